"""Passage vectors, one store per module."""
