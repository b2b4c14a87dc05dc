"""An event loop that does not run is noticed from outside."""

from __future__ import annotations

import subprocess
import sys

import pytest

_BLOCK = """
import asyncio, re, sys, time
from alliance_qa.web.api import watchdog

watchdog.STALL_SECONDS = 1.5

def stand_still():
    {stall}

async def main():
    async with watchdog.watched():
        await asyncio.sleep(0.1)
        {call}

asyncio.run(main())
"""
HELD = 're.match(r"(a|a|a)+$", "a" * 14 + "b")'  # holds Python's lock, so that no other thread of Python's runs


@pytest.mark.parametrize(
    ("stall", "call", "noticed"),
    [
        ("time.sleep(3)", "stand_still()", True),
        (f"end = time.monotonic() + 3\n    while time.monotonic() < end: {HELD}", "stand_still()", True),
        ("pass", "await asyncio.sleep(3)", False),
    ],
)
def test_where_the_loop_stands_is_written_to_standard_error(stall: str, call: str, noticed: bool) -> None:
    source = _BLOCK.format(stall=stall, call=call)
    ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    assert ("in stand_still" in ended.stderr, bool(ended.stderr)) == (noticed, noticed)
