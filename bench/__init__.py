"""Side-by-side benchmarks: `python -m bench [NAME...]` prints tables and ratios; nothing here is a test."""
