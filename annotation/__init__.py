"""The study: store, people's work, agreement, files in and out."""
