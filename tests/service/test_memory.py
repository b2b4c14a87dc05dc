"""Memory that was freed, given back."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from alliance_qa.service import memory


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc")
def test_gaps_between_what_is_in_use_are_given_back() -> None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("no glibc")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    blocks = [libc.malloc(40_000) for _ in range(2_500)]
    for block in blocks:
        ctypes.memset(block, 1, 40_000)
    for block in blocks[:-1]:  # the last holds all before it, which the library keeps therefore
        libc.free(block)
    before = resident()
    memory.trim()
    assert before - resident() > 80e6
    libc.free(blocks[-1])


def test_where_there_is_no_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.trim()
