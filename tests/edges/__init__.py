"""The edges of the house: HTTP and the command line, as a visitor and a keeper meet them."""
