"""What goes over HTTP and out of `--json`, version 1: each schema with the conversion that makes it.

A name that ends in `In` comes in, one that ends in `Out` goes out. The wire's names are promises: fields are added,
none changes its meaning.
"""
