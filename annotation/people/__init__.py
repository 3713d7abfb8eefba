"""The people of a human study: how they get in, whether they take part, how well they work."""
