"""Of what type a request's body is."""

from __future__ import annotations

from fastapi import Depends, HTTPException, Request

_JSON = "application/json"


async def _check_json(request: Request) -> None:
    # Other types are what a form of any page can send without asking first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise HTTPException(415, f"the body must be JSON, with Content-Type: {_JSON}", {"Accept": _JSON})


Json = Depends(_check_json)
"""The dependency of a call whose body is JSON: any other type is refused with 415."""
