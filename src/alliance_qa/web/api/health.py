"""Whether the service lives, is ready, and how it fares."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from alliance_qa.web.api.state import Shared
from alliance_qa.web.wire.service import HealthOut

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> HealthOut:
    """Say that the process answers."""
    return HealthOut(status="live")


@router.get("/health/ready")
async def ready(shared: Shared) -> HealthOut:
    """Embed, search and read, once a second at most: 200 when that succeeds within two seconds, else 503."""
    service = shared.service
    if not await shared.readiness.is_ready():
        raise HTTPException(503, "a search failed or took too long; see the log")
    version = service.generation.version
    if service.damage is None:
        return HealthOut(status="ready", index_version=version)
    return HealthOut(
        status="degraded",
        index_version=version,
        detail=f"the generation meant to be in use cannot be; generation {version} serves; "
        "see the log or `alliance-qa check`",
    )


@router.get("/metrics", response_class=PlainTextResponse)
async def prometheus(shared: Shared) -> Response:
    """Return counters in the Prometheus text format."""
    return Response(shared.metrics.text(shared.service.language_model), media_type=CONTENT_TYPE_LATEST)
