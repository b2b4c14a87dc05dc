"""Questions in; sentences of a collection out, each with the place it was taken from."""

import os

# Read when numpy loads its OpenBLAS, whose threads spin while they wait. Our own products of matrices are small:
# beside other work on the same cores each of a reading's took 43 ms with two threads and 0.5 with one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
