"""The facts that a Markdown file states above its text, in the ways of its dialects."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

import yaml

from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError

_ALIASES = {
    "authors": "author",
    "by": "author",
    "written_by": "author",
    "date": "published",
    "datepublished": "published",
    "pubdate": "published",
    "publication_date": "published",
    "publish_date": "published",
    "publishdate": "published",
    "published_at": "published",
    "published_on": "published",
    "url": "source_url",
    "source": "source_url",
    "link": "source_url",
    "canonical": "source_url",
    "canonical_url": "source_url",
    "lang": "language",
}
_CREATED = ("created", "created_at", "created_on", "created_time", "date_created")  # likely the day of publication
_USUAL = frozenset([*_ALIASES, *_CREATED, "title", "author", "published"]) | frozenset(
    "category categories tags keywords slug summary status modified subtitle publisher owner".split()
)
_TABLES = ("params", "extra", "taxonomies")  # where Hugo and Zola keep what is not theirs
_PERSON = ("name", "literal", "full_name", "fullname")
_NAME_PARTS = (("given", "family"), ("first", "last"), ("firstname", "lastname"), ("first_name", "last_name"))
_YAML = re.compile(r"\s*---[ \t]*\n(?P<head>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\s*\+\+\+[ \t]*\n(?P<head>.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_JSON = re.compile(r"\s*(?P<head>\{[ \t]*\n.*?^\})[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
# Pandoc's title block: "% Title", "% Author; Author", "% Date", each with indented lines that go on.
_PERCENT = re.compile(r"(?:%(?![%{])[^\n]*(?:\n[ \t]+\S[^\n]*)*(?:\n|\Z)){1,3}")
_PERCENT_PART = re.compile(r"^%[ \t]*([^\n]*(?:\n[ \t]+\S[^\n]*)*)", re.MULTILINE)
_ORG = re.compile(r"\s*(?:#\+\w+:[^\n]*\n)+")
_ORG_LINE = re.compile(r"#\+(\w+):[ \t]*([^\n]*\S)")
# Pelican's and MultiMarkdown's head, and Notion's properties below the title: lines "Name: value".
_LINE = r"[^\W\d_][\w ()-]{0,30}:[ \t]+\S[^\n]*(?:\n[ \t]+\S[^\n]*)*"
_LINES = re.compile(rf"(?P<title>\s*# [^\n]+\n\s*\n)?(?P<head>{_LINE}(?:\n{_LINE})+)[ \t]*(?:\n[ \t]*\n|\n?\Z)")
_NOTE = re.compile(r"\^\[[^\]]*\]|\[\^[^\]]*\]")


def part(text: str) -> tuple[tuple[Stated, ...], str]:
    """Return the facts of the front matter, in its order, and the text below it.

    Read are YAML between "---" (or up to "..."), TOML between "+++", JSON, Pandoc's "% Title", Org's "#+TITLE:",
    and lines "Title: …" as Pelican, MultiMarkdown and exports of Notion have them. Values are kept as written.
    Scalars, lists of them, and people ("name: …") are facts; a list becomes "A, B". Names are lower case;
    usual other names of our facts ("date", "authors", "url") become ours, unless the file also uses ours.
    Text between two rules that is no mapping is text, and stays.

    Raises:
        DocumentError: The front matter is not valid YAML or TOML.
    """
    for pattern, load in ((_YAML, _yaml), (_TOML, _toml), (_JSON, _json)):
        if found := pattern.match(text):
            loaded = load(found["head"], text.count("\n", 0, found.start("head")))
            if isinstance(loaded, dict):
                return _stated(loaded), text[found.end() :]
            is_empty = loaded is None and not found["head"].strip()
            return (), text[found.end() :] if is_empty else text
    if found := _PERCENT.match(text):
        title, author, published = (*_PERCENT_PART.findall(found[0]), "", "")[:3]
        authors = [name.strip() for name in re.split(r";|\n", author)]
        return _stated({"title": title, "author": authors, "date": published}), text[found.end() :]
    if (found := _ORG.match(text)) and _ORG_LINE.search(found[0]):
        named = {name: value.strip("<>[]") for name, value in _ORG_LINE.findall(found[0])}
        return _stated(named), text[found.end() :]
    if (found := _LINES.match(text)) and (named := _named(found["head"], below_title=bool(found["title"]))):
        return _stated(named), (found["title"] or "") + text[found.end() :]
    return (), text


def _yaml(head: str, line_before: int) -> Any:
    try:
        # The loader that leaves every value as it is written: "12:30" is no 750, "no" not false.
        return yaml.load(head, yaml.BaseLoader)  # noqa: S506  # it makes strings, lists and mappings only
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {line_before + mark.line + 1}" if mark else "a line"
        problem = " ".join((error.problem or "unreadable").split())
        raise DocumentError(f"front matter is not valid YAML at {line} ({problem}); correct or remove it") from error
    except yaml.YAMLError as error:
        raise DocumentError("front matter holds a character that YAML forbids; correct or remove it") from error
    except RecursionError:
        raise DocumentError("front matter is nested too deeply; keep to names and values") from None


def _toml(head: str, line_before: int) -> Any:
    try:
        return tomllib.loads(head, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        # The message ends with "(at line 2, column 5)", of the head.
        problem = re.sub(r"line (\d+)", lambda line: f"line {int(line[1]) + line_before}", str(error))
        raise DocumentError(f"front matter is not valid TOML: {problem}; correct or remove it") from error
    except RecursionError:
        raise DocumentError("front matter is nested too deeply; keep to names and values") from None


def _json(head: str, _: int) -> Any:
    try:
        return json.loads(head, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return head  # a text that opens with a bracket


def _named(head: str, *, below_title: bool) -> dict[str, str]:
    """Return what lines "Name: value" state; nothing where the names are not those of a head."""
    pairs = [line.split(":", 1) for line in re.sub(r"\n[ \t]+", " ", head).split("\n")]
    named = {name.strip(): value.strip() for name, value in pairs}
    usual = [name for name in map(_plain, named) if name in _USUAL]
    return named if len(usual) >= 2 or (usual and below_title) or "title" in usual else {}


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _stated(loaded: Mapping[Any, Any]) -> tuple[Stated, ...]:
    values = {_plain(name): (str(name), text) for name, value in _flat(loaded) if (text := _value(value))}
    stated: dict[str, Stated] = {}
    for name, (written, value) in values.items():
        ours = _ALIASES.get(name, name)
        name = name if ours in values or ours in stated else ours
        if name:
            stated[name] = Stated(name, value, Provenance.FRONT_MATTER, f'front matter "{written}"')
    created = next((name for name in _CREATED if name in stated), None)
    if created and "published" not in stated:
        fact = stated[created]
        stated[created] = Stated("published", fact.value, fact.provenance, fact.where, weak=True)
    return tuple(stated.values())


def _flat(loaded: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the names with their values; those of a table of the site follow, where they are not there yet."""
    yield from ((name, value) for name, value in loaded.items() if isinstance(name, str))
    for table in _TABLES:
        inner = loaded.get(table)
        if isinstance(inner, dict):
            yield from ((name, value) for name, value in inner.items() if name not in loaded)


def _value(value: Any) -> str:
    if isinstance(value, list):
        values = [_value(entry) for entry in value]
        return "" if any(isinstance(entry, list) for entry in value) else ", ".join(filter(None, values))
    if isinstance(value, dict):
        named = {_plain(name): entry for name, entry in value.items() if isinstance(name, str)}
        of_parts = (" ".join(filter(None, (_value(named.get(part, "")) for part in parts))) for parts in _NAME_PARTS)
        return next(filter(None, [*(_value(named.get(name, "")) for name in _PERSON), *of_parts]), "")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = _NOTE.sub("", " ".join(str(value).split()))
    return "" if value is None or text in ("~", "null") else text
