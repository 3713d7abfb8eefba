"""Labelling in a browser: who is let in, and the served process of each.

The half in the browser is textual-serve's; the server is not: it lets in whoever has a code, keeps a process
over a lost connection, gives it no more than it needs, and takes nothing of it but the picture.
"""
