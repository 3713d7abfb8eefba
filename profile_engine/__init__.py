"""The method: factors, extraction, scores, rankings, alignment (PROFILE)."""
