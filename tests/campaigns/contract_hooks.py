"""What `campaigns.contract` tells schemathesis of refusals that no description of single fields can say."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

_RELATIONS = (
    "published_from must not be after published_to",
    "the last message must",
    "a message must",
    "the last message String should",
    "a message String should",
)


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case[Any], response: schemathesis.Response
) -> bool:
    """Whether a failure counts: not where a refusal names nothing but what the description says in words."""
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 422:
        return True
    found = response.json()
    said = [error["message"] for error in found.get("errors", [])] or [found["detail"]]
    return not all(message.startswith(_RELATIONS) for message in said)
