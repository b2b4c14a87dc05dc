"""The facts that a Markdown file states above its text, between two lines of "---"."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError

_ALIASES = {
    "authors": "author",
    "by": "author",
    "date": "published",
    "pubdate": "published",
    "publish_date": "published",
    "published_at": "published",
    "published_on": "published",
    "url": "source_url",
    "source": "source_url",
    "link": "source_url",
    "canonical": "source_url",
    "canonical_url": "source_url",
    "lang": "language",
}


def part(text: str) -> tuple[tuple[Stated, ...], str]:
    """Return the facts of the front matter, in its order, and the text below it.

    Only scalars and lists of scalars are facts; a list becomes "A, B", a date ISO 8601. Names are
    lower case; usual other names of our facts ("date", "authors", "url") become ours, unless the file
    also uses ours. Text between two rules that is no mapping is text, and stays.

    Raises:
        DocumentError: The front matter is not valid YAML.
    """
    handler = YAMLHandler()
    if not handler.detect(text):
        return (), text
    try:
        matter, body = handler.split(text)
    except ValueError:  # no closing line: a rule, not front matter
        return (), text
    loaded = _load(matter, line_before=text.count("\n", 0, text.index(matter)))
    if loaded is None and not matter.strip():
        return (), body
    if not isinstance(loaded, dict):
        return (), text
    return _stated(loaded), body


def _load(matter: str, *, line_before: int) -> Any:
    try:
        return yaml.safe_load(matter)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {line_before + mark.line + 1}" if mark else "a line"
        problem = " ".join((error.problem or "unreadable").split())
        raise DocumentError(f"front matter is not valid YAML at {line} ({problem}); correct or remove it") from error
    except yaml.YAMLError as error:
        raise DocumentError("front matter holds a character that YAML forbids; correct or remove it") from error
    except ValueError as error:  # a date such as 2024-02-31
        raise DocumentError(f"front matter holds an impossible value ({error}); correct or remove it") from error
    except RecursionError:
        raise DocumentError("front matter is nested too deeply; keep to names and values") from None


def _stated(loaded: dict[Any, Any]) -> tuple[Stated, ...]:
    values = {str(name).strip().lower(): _value(value) for name, value in loaded.items() if _is_scalar(name)}
    stated: dict[str, str] = {}
    for name, value in values.items():
        ours = _ALIASES.get(name, name)
        name = name if ours in values or ours in stated else ours
        if value and name:
            stated[name] = value
    return tuple(Stated(name, value, Provenance.FRONT_MATTER) for name, value in stated.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        if not all(_is_scalar(entry) for entry in value):
            return ""
        return ", ".join(entry for entry in map(_value, value) if entry)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return " ".join(str(value).split()) if _is_scalar(value) and value is not None else ""


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | date)
