"""What the service says of itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from alliance_qa.web.wire.fields import Out


class HealthOut(Out):
    """State of the service."""

    status: Literal["live", "ready", "degraded"] = Field(description="degraded: an earlier generation serves")
    index_version: str | None = Field(None, description="the generation that answers")
    detail: str | None = Field(None, description="what is wrong")


class WidgetOut(Out):
    """The chat widget that is served."""

    version: str
    url: str = Field(description="of this version and no other")
    integrity: str = Field(description="for the attribute `integrity` of a script element that loads it")
