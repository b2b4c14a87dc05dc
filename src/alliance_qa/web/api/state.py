"""What all calls share, from the start of the application to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from alliance_qa.service.service import Service
from alliance_qa.web.api.metrics import Metrics
from alliance_qa.web.api.rate_limits import RateLimits
from alliance_qa.web.api.readiness import Readiness
from alliance_qa.web.api.work_queue import WorkQueue
from alliance_qa.web.pages.shelf import Shelf
from alliance_qa.web.widget import Widget, widget


@dataclass(frozen=True, slots=True)
class State:
    """The service, and what is kept about the calls to it."""

    service: Service
    limits: RateLimits
    queue: WorkQueue
    readiness: Readiness
    metrics: Metrics
    shelf: Shelf = field(default_factory=Shelf)
    widget: Widget = field(default_factory=widget)

    def address(self, request: Request) -> str:
        """Return where visitors find the service: scheme, host and path, without "/" at the end."""
        return str(request.base_url).rstrip("/")  # of the public address where there is one: `HostGuard`


def state_of(service: Service) -> State:
    """Return the state of an application that begins, as the settings say."""
    queue = WorkQueue(service.settings)
    return State(
        service,
        RateLimits(service.settings),
        queue,
        Readiness(service.check_ready, queue),
        Metrics(queue.waiting),
    )


def share(app: FastAPI, state: State) -> None:
    """Give the calls of an application what they share."""
    app.state.shared = state


def shared(app: FastAPI) -> State:
    """Return what the calls of an application share."""
    state: State = app.state.shared
    return state


async def _shared(request: Request) -> State:  # a coroutine, since it would take a thread otherwise
    return shared(request.app)


Shared = Annotated[State, Depends(_shared)]
"""The type of a parameter by which a handler is given it."""
