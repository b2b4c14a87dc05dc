"""Questions in; sentences of a collection out, each with the place it was taken from."""

__version__ = "0.1.0"
