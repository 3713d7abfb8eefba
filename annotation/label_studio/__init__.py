"""Labelling in Label Studio: pairs go to its server, annotations come back as answers."""
