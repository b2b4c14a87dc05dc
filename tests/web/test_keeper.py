"""The keeper's page and all scripts of the pages say nothing that has no Japanese."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_qa.documents import incoming
from alliance_qa.documents.extract import Omission
from alliance_qa.domain import BlockKind, Facts
from alliance_qa.errors import Failure, LanguageModelFault
from alliance_qa.web import pages
from alliance_qa.web.pages import Shell, keeper, phrases
from alliance_qa.web.wire.uploads import OFF

FOLDER = Path(pages.__file__).parent
TEMPLATE = (FOLDER / "admin.html").read_text("utf-8")
IDS = frozenset(re.findall(r'\bid="([\w-]+)"', TEMPLATE))
SCRIPTS = sorted(FOLDER.glob("*.js"))
_ASKING = re.compile(r"\b(?:t|parts|counted)\($")  # what a script asks a phrase of
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<template>`[^`]*`)"""
    r"""|(?:(?<=[=(,!&|?:])|(?<=[=(,!&|?:]\s))(?P<regex>/(?:\\.|\[[^\]]*\]|[^/\\\n\[])+/)|(?P<mark>.)|\n""",
    re.DOTALL,
)
_BRACES = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")
# Strings of the scripts that nobody reads, besides the names that the template gives to elements.
_NAMES = """
a b bdi blockquote button caption circle dd defs details div dt figcaption figure h3 h4 img image li line ol p path
pattern progress rect span summary svg table tbody td text th thead title tr ul
aria-disabled aria-hidden aria-invalid aria-label aria-labelledby href role text-anchor value
axis bad base cards drawing facts first grid hatch hint legend more note number plot row scroll second sent spark tick
tip two unseen
abort change click close error hashchange submit
AbortError Content-Disposition Content-Type If-None-Match DELETE POST PUT GET L M col csv day done down en end en-GB
gaps ja json jsonl lang medium middle no-store numeric omit percent phrases problems region short true up
userSpaceOnUse UTC
answered asked block down fact failed failure indexed outcome p50_ms p95_ms refused skipped small_talk state
"""  # elements, attributes, classes, events, codes, fields
_UNREAD = frozenset(_NAMES.split()) | {
    "left out", "signed out", "hint panel", "facts trend", "dot first", "dot second", "block \0", "line \0",
    "Bearer \0", "\0 UTC", "application/octet-stream", "http://www.w3.org/2000/svg", "mailto:\0", "coverage-gaps.\0",
    "plot-\0", "\0-hatch", "url(#\0-hatch)", "rotate(45)",
    "button[data-copies]", "printed", ".paper", ".lit rect", "(min-width: 72rem)", "quote",
}  # fmt: skip


def strings(source: str) -> Iterator[tuple[bool, str]]:
    """Yield each string of a script that somebody might read, with whether it is a phrase that is asked for.

    What is written in a template is none, and what it computes is looked at like anything else.
    """
    calls: list[bool] = []  # for each open parenthesis whether it asks for a phrase
    before = ""
    for token in _TOKEN.finditer(source):
        text = token[0]
        if token["string"]:
            yield bool(calls and calls[-1]), json.loads(text)
        elif token["template"]:
            for piece in _BRACES.findall(text):
                yield from strings(piece)
            yield False, _BRACES.sub("\0", text[1:-1])
        elif token["mark"] == "(":
            calls.append(bool(_ASKING.search(before + "(")))
        elif token["mark"] in ("[", "{"):
            calls.append(False)
        elif token["mark"] and token["mark"] in ")]}" and calls:
            calls.pop()
        if not token["comment"]:
            before = (before + text)[-20:]


def unread(text: str) -> bool:
    """Whether a string is none that a person reads: a name of the code, an address, numbers."""
    return not re.search("[A-Za-z]{2}", text) or text in _UNREAD or text in IDS or text.startswith(("/", "#read/"))


def found() -> tuple[set[str], set[str]]:
    """Return the phrases that the scripts ask for, and all other strings that they may say."""
    said = {pair for script in SCRIPTS for pair in strings(script.read_text("utf-8"))}
    return {text for is_asked, text in said if is_asked}, {text for is_asked, text in said if not is_asked}


def test_every_phrase_of_the_scripts_and_the_page_has_its_japanese() -> None:
    asked, _ = found()
    template = set(re.findall(r'shell\.t\("([^"]*)"\)', TEMPLATE))
    assert len(asked) > 100
    assert asked | template == set(keeper.JAPANESE)


def test_no_script_says_anything_that_is_no_phrase() -> None:
    _, others = found()
    assert {text for text in others if not unread(text)} == set()
    assert _UNREAD - others - IDS == set(), "no script has these any more"


@pytest.mark.parametrize(
    ("source", "asked", "left"),
    [
        ('say("It is gone.");', set(), {"It is gone."}),
        ("say(`${path} is gone.`);", set(), {"\0 is gone."}),
        ('tell(`${t("Gone")}: ${n ? "all" : t("Some")}`);', {"Gone", "Some"}, {"all"}),
        ('counted(of({ n: "kept" }), "{n} file", "{n} files")', {"{n} file", "{n} files"}, {"kept"}),
        ('// say("It is gone.") isn\'t said\nif (/"it"/.test(x)) parts("Done");', {"Done"}, set()),
        ('element("p", {}, "Gone")', set(), {"Gone"}),
        ('sort("Gone")', set(), {"Gone"}),
    ],
)
def test_what_a_script_says_is_found(source: str, asked: set[str], left: set[str]) -> None:
    said = list(strings(source))
    assert {text for is_asked, text in said if is_asked} == asked
    assert {text for is_asked, text in said if not is_asked and not unread(text)} == left


def test_no_attribute_of_the_page_has_words_of_its_own() -> None:
    shown = re.findall(r' (?:aria-label|title|placeholder|alt|value)="([^"]*)', TEMPLATE)
    assert sorted(set(shown)) == ["all", "problems", "{{ days }}", "{{ shell.t("]


def test_every_name_that_the_service_has_is_known() -> None:
    uses = {"composed", "mixed", "verbatim", "some", "none", "resolved", "refused"}
    kinds = {
        "state": {"indexed", "skipped", "failed"},
        "failure": set(map(str, Failure)),
        "fact": set(Facts.__dataclass_fields__),
        "block": set(map(str, BlockKind)),
        "left out": set(map(str, Omission)),
        "outcome": uses | set(map(str, LanguageModelFault)),
        "refused": {OFF, str(incoming.why_not(Path("nowhere"))), "the documents folder is read-only for this service"},
    }
    assert {f"{kind}: {name}" for kind, names in kinds.items() for name in names} == set(keeper.NAMES)


def test_a_phrase_and_its_japanese_are_filled_with_the_same() -> None:
    def braces(text: str) -> set[str]:
        return set(re.findall(r"\{([^}]*)\}", text)) - {"failure"}  # the English reason says it by itself

    assert [key for key, said in keeper.JAPANESE.items() if braces(key) != braces(said)] == []
    both = set(keeper.JAPANESE) & set(phrases.JAPANESE)
    assert {key: keeper.JAPANESE[key] for key in both} == {key: phrases.JAPANESE[key] for key in both}


def test_a_page_carries_what_its_scripts_say_in_its_language() -> None:
    english, japanese = (pages.admin_page(Shell(None, "/admin", lang=lang)) for lang in ("en", "ja"))
    assert 'id="phrases"' not in english
    assert '<html lang="ja">' in japanese
    held = re.search(r'<template id="phrases">(.*?)</template>', japanese)
    assert held
    assert json.loads(held[1])["phrases"]["Rebuild"] == "再構築"
    assert ["page (\\d+)", "$1ページ"] in json.loads(held[1])["places"]
    assert "<code>ALLIANCE_QA_ADMIN_TOKEN</code> の値です。" in japanese
    assert "The value of <code>ALLIANCE_QA_ADMIN_TOKEN</code>. This page" in english
