"""Measures how fast the engine and the server are, on a model of the full shape."""
