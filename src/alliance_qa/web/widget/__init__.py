"""The chat widget as it is served: one file, joined from its sources and named by its content."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCES = ("words", "looks", "shapes", "service", "conversation", "views", "element")

_HEAD = re.compile(r"/\*\*.*?\*/\n\n", re.DOTALL)
_CHAPTER = re.compile(r"// ---- .+\n\n")
_IMPORT = re.compile(r'import \{ (\w+(?:, \w+)*) \} from "\./(\w+)\.js";\n')
_EXPORT = re.compile(r"^export (?=(?:const|class|function|async function) (\w+))", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:const|let|class|(?:async )?function\*?) (\w+)", re.MULTILINE)
_OTHER = re.compile(r"^\s*(?:import|export)\b|\bimport\s*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Widget:
    """The script, and what a page needs to load exactly this one."""

    source: bytes
    version: str  # the first 12 hex digits of its SHA-256
    integrity: str  # for the attribute `integrity` (W3C Subresource Integrity)

    @property
    def path(self) -> str:
        """Where the service serves this version, and only this one."""
        return f"/widget-{self.version}.js"


@cache
def widget() -> Widget:
    """Join the widget's sources."""
    source = joined({name: (FOLDER / f"{name}.js").read_text("utf-8") for name in SOURCES}).encode()
    return Widget(
        source,
        hashlib.sha256(source).hexdigest()[:12],
        f"sha384-{base64.b64encode(hashlib.sha384(source).digest()).decode()}",
    )


def joined(sources: Mapping[str, str]) -> str:
    """Join modules of JavaScript into one that does the same.

    A source is a chapter's comment, imports of sources before it, and statements; what stands first in the last one,
    the comment for those who embed the widget, heads the whole. Imports and the word `export` go, since all names are
    then of one scope; what the last source exports stays exported.

    Args:
        sources: The modules' texts by name, each after those that it imports.

    Raises:
        ValueError: A source is not of this form, or what it imports is not exported before it, or two sources have
            a name in common: joined they would do something else than each alone.
    """
    exported: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    parts: list[str] = []
    head = ""
    for name, text in sources.items():
        last = len(exported) == len(sources) - 1
        if last and (found := _HEAD.match(text)):
            head, text = found[0], text[found.end() :]
        chapter = _CHAPTER.match(text)
        if not chapter:
            raise ValueError(f'{name}.js does not begin with its chapter, "// ---- …" and an empty line')
        text = text[chapter.end() :]
        while found := _IMPORT.match(text):
            _check_import(name, found[1].split(", "), found[2], exported)
            text = text[found.end() :]
        exported[name] = set(_EXPORT.findall(text))
        for each in _NAME.findall(text):
            if each in owners:
                raise ValueError(f"{each} is a name of both {owners[each]}.js and {name}.js")
            owners[each] = name
        rest = _EXPORT.sub("", text)
        if found := _OTHER.search(rest):
            line = rest[found.start() :].strip().partition("\n")[0]
            raise ValueError(f"{name}.js has an import or export that is not joined: {line}")
        parts.append(chapter[0] + (text if last else rest).strip("\n") + "\n")
    return head + "\n".join(parts)


def _check_import(name: str, wanted: list[str], source: str, exported: Mapping[str, set[str]]) -> None:
    if source not in exported:
        raise ValueError(f"{name}.js imports {source}.js, which is no source before it")
    if missing := set(wanted) - exported[source]:
        raise ValueError(f"{name}.js imports {', '.join(sorted(missing))}, which {source}.js does not export")
