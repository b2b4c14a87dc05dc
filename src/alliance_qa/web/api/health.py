"""Whether the service lives, is ready, and how it fares."""

from __future__ import annotations

import logging

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from alliance_qa.web.api.state import Shared
from alliance_qa.web.wire.service import HealthOut

_log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> HealthOut:
    """Say that the process answers."""
    return HealthOut(status="live")


@router.get("/health/ready")
def ready(shared: Shared) -> HealthOut:
    """Embed and search once: 200 when questions can be answered, else 503."""
    service = shared.service
    try:
        service.check_ready()
    except Exception:
        _log.exception("not ready")
        raise HTTPException(503, "a search failed; see the log") from None
    version = service.generation.version
    if service.damage is None:
        return HealthOut(status="ready", index_version=version)
    return HealthOut(
        status="degraded",
        index_version=version,
        detail=f"the index is damaged; generation {version} serves; see the log or `alliance-qa check`",
    )


@router.get("/metrics", response_class=PlainTextResponse)
def prometheus(shared: Shared) -> Response:
    """Return counters in the Prometheus text format."""
    return Response(shared.metrics.text(), media_type=CONTENT_TYPE_LATEST)
