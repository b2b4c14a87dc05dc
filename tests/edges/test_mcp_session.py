"""The session that docs/mcp.md shows is what a client sees."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from alliance_qa.ports import Embedder, Reader
from edges.mcp_session import transcript
from edges.server import hosted

pytestmark = pytest.mark.model

PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"


def test_the_page_shows_a_session_as_it_is(shipped: Path, model: Embedder, reader: Reader) -> None:
    with hosted(shipped, model, reader) as running:
        address = f"http://127.0.0.1:{running.client.port}"
        seen = anyio.run(transcript, f"{address}/mcp").replace(address, "http://127.0.0.1:8000")
    assert f"```text\n{seen}\n```" in PAGE.read_text("utf-8")
