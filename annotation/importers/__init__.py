"""Data files into a study: readers of formats, dataset cards, mappings, the one way in."""
