"""What a running service holds: the generations in use, rebuilds, the log of questions."""
