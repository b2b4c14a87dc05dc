"""From files to a generation of the index."""
