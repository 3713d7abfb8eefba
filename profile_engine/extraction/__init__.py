"""Finding factor values in texts."""
