"""How good the answers are, and from where on one is given."""
