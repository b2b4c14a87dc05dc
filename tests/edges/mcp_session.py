"""A session over MCP as a client sees it, for docs/mcp.md.

`PYTHONPATH=tests python -m edges.mcp_session http://127.0.0.1:8000/mcp` prints it, of a service over documents/.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import anyio
from mcp.client.client import Client

# Whoever reads the page has them in /openapi.json; some change with every fit.
_LEFT_OUT = ("took_ms", "confidence", "resolved_question", "likely", "passage_id", "author", "source_url", "score")
CALLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("ask", {"question": "When was AUKUS announced?"}),
    ("ask", {"question": "How much did the summit of April 2024 cost?"}),
    (
        "verify_quote",
        {"document_id": "aukus-and-japan.txt", "quote": "AUKUS was announced on September 16, 2021"},
    ),
    ("fetch", {"document_id": "aukus-and-japan.txt", "start": 435, "characters": 700}),
    ("ask", {"question": "When was AUKUS announced?", "year": 2021}),
)


async def transcript(url: str) -> str:
    """Return what is said: a line for each call, and what comes back, without the passages beside an answer."""
    async with Client(url) as client:
        tools = (await client.list_tools()).tools
        resources = (await client.list_resources()).resources
        lines = [
            f"> connect, protocol {client.protocol_version}",
            f"{client.instructions}",
            "",
            "> tools/list",
            *(f"{tool.name}: {tool.title}" for tool in tools),
            "",
            "> resources/list",
            *(f"{resource.uri}  {resource.title}" for resource in resources[:2]),
            f"… {len(resources)} in all",
        ]
        for name, arguments in CALLS:
            result = await client.call_tool(name, arguments)
            lines += ["", f"> {name} {json.dumps(arguments)}"]
            if result.is_error:
                lines += ["is_error: true", *(getattr(block, "text", "") for block in result.content)]
            else:
                lines.append(json.dumps(dict(_shown(result.structured_content)), indent=1, ensure_ascii=False))
        return "\n".join(lines)


def _shown(result: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in result.items():
        if name == "passages":
            yield name, f"… {len(value)} of them"
        elif name == "citations":
            yield name, [dict(_shown(citation)) for citation in value]
        elif name not in _LEFT_OUT:
            yield name, value


if __name__ == "__main__":
    print(anyio.run(transcript, sys.argv[1]))
