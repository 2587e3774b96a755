"""The demonstration: a made-up workspace, and a whole edition run on it."""
