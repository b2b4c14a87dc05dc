#!/usr/bin/env bash
# starlette 1.10.0: where two routes share an address, a 405 names the methods of the first one alone.
#
# Tried: GET at /documents/{id} and PUT at /documents/{path:path}, and then PATCH /documents/x, which neither takes.
# Expected: Allow lists what the resource supports, GET, HEAD and PUT (RFC 9110, 10.2.1). Seen: GET and HEAD; PUT is
# answered all the same. FastAPI 0.165 does likewise. Where it matters: a client that believes Allow never tries the
# call that is there. `_allowed` in src/alliance_qa/web/api/errors.py reads all routes that fit the address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check starlette==1.10.0 httpx==0.28.1
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

app = Starlette(
    routes=[
        Route("/documents/{id}", lambda request: Response("read"), methods=["GET"]),
        Route("/documents/{path:path}", lambda request: Response("written"), methods=["PUT"]),
    ]
)
client = TestClient(app)
print("starlette", version("starlette"))
print("PUT:", client.put("/documents/x").text)
print("PATCH:", (reply := client.patch("/documents/x")).status_code, "Allow:", reply.headers["allow"])
PY
