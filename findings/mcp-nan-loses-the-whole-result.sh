#!/usr/bin/env bash
# mcp 2.3.0 (the official SDK): one NaN in the result of a tool makes its own client lose the whole result.
#
# Tried: a tool of MCPServer whose result is a model with one number; it returns NaN, then infinity, then 0.5.
# Expected: null under a schema that allows it, or an error of the tool (is_error) that says what is wrong.
# Seen: the server sends null under its own schema, which says "number", with is_error false. The SDK's client compares
# the two and raises RuntimeError: the text beside it, and every good number, is gone, and the message blames the
# content, not the server. Where it matters: a score of an empty set is NaN; whoever tests the server alone sees
# nothing. json.dumps(..., allow_nan=False) before the result is returned is the way out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import anyio
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel


class Found(BaseModel):
    name: str
    score: float


server = MCPServer("scores", log_level="ERROR")


@server.tool()
def score(value: str) -> Found:
    return Found(name="a good name", score=float(value))


async def call(value: str) -> str:
    async with Client(server) as client:
        try:
            result = await client.call_tool("score", {"value": value})
        except RuntimeError as error:
            return f"RuntimeError: {str(error).splitlines()[0]}"
        return f"{result.structured_content}"


print("mcp", version("mcp"))
seen = {value: anyio.run(call, value) for value in ("0.5", "nan", "inf")}
for value, what in seen.items():
    print(f"{value}: {what}")
assert seen["0.5"] == "{'name': 'a good name', 'score': 0.5}"
assert seen["nan"].startswith("RuntimeError") and seen["inf"].startswith("RuntimeError")
PY
# Output seen on 2026-11-30:
#   mcp 2.3.0
#   0.5: {'name': 'a good name', 'score': 0.5}
#   nan: RuntimeError: Invalid structured content returned by tool score: None is not of type 'number'
#   inf: RuntimeError: Invalid structured content returned by tool score: None is not of type 'number'
