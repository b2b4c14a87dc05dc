"""What looks from outside whether the event loop runs: while it does not, nothing inside could say so."""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

STALL_SECONDS = 10.0


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """While the block runs, write where every thread is to standard error when the loop does not run for so long.

    A thread of `faulthandler` does, which needs neither the loop nor Python's lock. It writes places in the code, no
    values.
    """
    tick = asyncio.ensure_future(_tick())
    try:
        yield
    finally:
        tick.cancel()
        with suppress(asyncio.CancelledError):
            await tick
        faulthandler.cancel_dump_traceback_later()


async def _tick() -> None:
    while True:
        faulthandler.dump_traceback_later(STALL_SECONDS, file=sys.__stderr__ or sys.stderr)
        await asyncio.sleep(1)
