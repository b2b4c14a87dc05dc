"""The widget's source, read: what it must not hold, and that its documentation and its words are complete."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import pytest

from alliance_qa.web.widget import widget

SOURCE: str = widget().source.decode("utf-8")
MOST_BYTES = 30_000

# Ways from text to markup, script, style or another page, each with a line that it must find.
FORBIDDEN = {
    r"\b(?:inner|outer)HTML\b": "node.innerHTML = text",
    r"\binsertAdjacentHTML\b": 'node.insertAdjacentHTML("beforeend", text)',
    r"\bset(?:HTML\w*|HTMLUnsafe)\b": "node.setHTMLUnsafe(text)",
    r"\bparseHTML\w*\b": "Document.parseHTMLUnsafe(text)",
    r"\bDOMParser\b": "new DOMParser().parseFromString(text)",
    r"\bXSLTProcessor\b": "new XSLTProcessor()",
    r"\bcreateContextualFragment\b": "range.createContextualFragment(text)",
    r"\bdocument\s*\.\s*(?:write|writeln|domain|open)\b": "document.write(text)",
    r"\bexecCommand\b": 'document.execCommand("copy")',
    r"\bsrcdoc\b": "frame.srcdoc = text",
    r"\beval\b": "eval(text)",
    r"\b(?:Async|Generator)?Function\s*\(": "new Function(text)()",
    r"\bset(?:Timeout|Interval)\s*\(\s*[\"'`]": 'setTimeout("text", 1)',
    r"\bimport\s*\(": "await import(address)",
    r"^\s*import\b|\bfrom\s+[\"']": 'import { render } from "./other.js"',
    r"\bimportScripts\b": "importScripts(address)",
    r"\bnew\s+(?:Shared)?Worker\b": "new Worker(address)",
    r"javascript\s*:": 'link.href = "javascript:void 0"',
    r"\bdata\s*:\s*(?:text|image|application)/": 'image.src = "data:text/html,x"',
    r"\bblob\s*:|\bcreateObjectURL\b": "URL.createObjectURL(found)",
    r"[\"'`{,]\s*style\s*[\"'`]?\s*[:,](?! \"unit\")": 'make("p", { style: "color: red" })',
    r"\.style\b|\bcssText\b": "node.style.color = found",
    r"createElement\w*\s*\(\s*(?:namespace\s*,\s*)?[\"'`](?:script|style|link|iframe|object|embed|img|form)\b": (
        'document.createElement("script")'
    ),
    r"make\s*\(\s*[\"'`](?:script|style|link|iframe|object|embed|img|form|base|meta)\b": 'make("iframe", {})',
    r"[\"'`{,\s.]on(?!e\b)[a-z]+[\"'`]?\s*[:=](?!=)": "node.onclick = act",
    r"setAttribute\s*\(\s*[\"'`](?:on\w+|style|src\w*|href|xlink:href|action|formaction)\b": (
        'node.setAttribute("onclick", text)'
    ),
    r"\bcookie\b": "document.cookie",
    r"\blocalStorage\b|\bindexedDB\b|\bcookieStore\b": "localStorage.getItem(name)",
    r"\bsendBeacon\b|\bXMLHttpRequest\b|\bEventSource\b|\bWebSocket\b": "navigator.sendBeacon(address)",
    r"credentials\s*:\s*[\"'`](?!omit\b)": 'credentials: "include"',
    r"\bAuthorization\b|\bBearer\b|api[_-]?key|\bpassword\b(?!\s*\?)\s*[=:]": "headers.Authorization = key",
    r"@import|\burl\s*\(": "background: url(https://other.example/x.png)",
    r"\btrustedTypes\b": "trustedTypes.createPolicy(name, {})",
    r"\bpostMessage\b|\bwindow\s*\.\s*open\b|\blocation\b": "window.open(address)",
}
ADDRESS = re.compile(r"\b(?:https?|wss?|ftp):(?://|\\/\\/)[^\s\"'`<>)]+|[\"'`(]//[\w.-]+")
ALLOWED = {
    "https://qa.example.org/widget.js",  # how to embed it, in the comment
    "http://www.w3.org/2000/svg",  # a namespace's name, which nobody asks for
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_the_source_has_no_way_from_text_to_markup_or_to_another_place(pattern: str) -> None:
    assert [match.group() for match in re.finditer(pattern, code(), re.MULTILINE)] == []


@pytest.mark.parametrize(("pattern", "line"), FORBIDDEN.items())
def test_each_forbidden_thing_would_be_found(pattern: str, line: str) -> None:
    assert re.search(pattern, f"  {line};", re.MULTILINE)


def test_the_only_addresses_are_an_example_and_a_namespace() -> None:
    assert set(ADDRESS.findall(SOURCE)) == ALLOWED


@pytest.mark.parametrize(
    "line", ['fetch("https://other.example/x")', 'new URL("//other.example")', "`wss://x.example`"]
)
def test_another_address_would_be_found(line: str) -> None:
    assert set(ADDRESS.findall(line)) - ALLOWED


def test_it_asks_from_one_place_without_cookies_referrer_or_redirects() -> None:
    calls = re.findall(r"\bfetch\(.*?\n    \}\);", SOURCE, re.DOTALL)
    assert len(calls) == SOURCE.count("fetch(") == 1
    assert calls[0].startswith("fetch(origin + path, {")
    for option in ('credentials: "omit"', 'referrerPolicy: "no-referrer"', 'redirect: "error"'):
        assert option in calls[0]
    # Whatever a caller adds comes last, so none may say otherwise.
    for option in ("credentials", "referrerPolicy", "redirect"):
        assert SOURCE.count(f"{option}:") == 1


def test_it_is_at_most_30_kilobytes_when_it_is_sent() -> None:
    assert len(gzip.compress(widget().source, 9, mtime=0)) <= MOST_BYTES


def test_it_is_named_and_sealed_by_its_content() -> None:
    source = widget().source
    assert widget().path == f"/widget-{hashlib.sha256(source).hexdigest()[:12]}.js"
    algorithm, _, value = widget().integrity.partition("-")
    assert (algorithm, base64.b64decode(value)) == ("sha384", hashlib.sha384(source).digest())


def test_both_languages_have_the_same_words_in_the_same_order() -> None:
    tables = words()
    assert list(tables) == ["en", "ja"]
    assert list(tables["en"]) == list(tables["ja"])
    assert len(tables["en"]) >= 60


def test_both_languages_fill_in_the_same_values() -> None:
    tables = words()
    assert {key: places(text) for key, text in tables["en"].items()} == {
        key: places(text) for key, text in tables["ja"].items()
    }


def test_no_words_are_empty_and_the_japanese_ones_are_japanese() -> None:
    tables = words()
    assert [key for key, text in tables["en"].items() if not text.isascii() or not text.strip()] == []
    assert [key for key, text in tables["ja"].items() if not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)] == []


def test_every_word_is_used() -> None:
    rest = SOURCE[SOURCE.index("const REASONS") :]
    kept = [re.sub(r"_(?:one|other|of)$", "", key) for key in words()["en"]]
    assert [key for key in kept if not re.search(rf"[\"`]{key}[\"`]|[\"`]{key}_|^const .*\b{key}\b", rest, re.M)] == []


def test_every_word_that_is_asked_for_exists() -> None:
    kinds = re.search(r"^const KINDS = \{(.*)\};$", code(), re.MULTILINE)
    reasons = re.search(r"^const REASONS = \[(.*)\];$", code(), re.MULTILINE)
    assert kinds and reasons
    asked = {key for _, key in re.findall(r'\b(say\(|new Fault\()"(\w+)"', code())}
    asked |= set(re.findall(r'"(\w+)"', kinds[1] + reasons[1]))
    asked |= {f"{key}_{form}" for key in re.findall(r'\.count\("(\w+)"', code()) for form in ("one", "other")}
    assert len(asked) > 50
    assert asked - words()["en"].keys() == set()


def test_no_words_apologise_or_exclaim() -> None:
    assert [
        text for text in words()["en"].values() if re.search(r"!|sorry|oops|unfortunately", text, re.IGNORECASE)
    ] == []


def test_every_documented_attribute_is_read_and_the_other_way_round() -> None:
    listed = re.search(r"\n \* Attributes\n(.*?)\n \*\n", SOURCE, re.DOTALL)
    assert listed
    documented = set(re.findall(r"^ \*   ([a-z]+)  ", listed[1], re.MULTILINE))
    observed = re.search(r"observedAttributes = \[(.*?)\]", code(), re.DOTALL)
    assert observed
    # The theme is read by the styles alone.
    assert documented == set(re.findall(r'"(\w+)"', observed[1])) | {"theme"}
    for name in documented - {"theme", "lang"}:
        assert f'Attribute("{name}"' in code()
    assert ':host([theme="dark"])' in code()
    assert 'getAttribute("lang")' in code()


def test_every_documented_variable_is_used_and_the_other_way_round() -> None:
    assert set(re.findall(r"--alliance-qa-[a-z-]+", header())) == set(re.findall(r"--alliance-qa-[a-z-]+", code()))


def test_every_documented_part_is_set_and_the_other_way_round() -> None:
    listed = re.search(r"Parts: (.*?)\n \*/", header(), re.DOTALL)
    assert listed
    documented = {name.strip(" *\n") for name in listed[1].split(",")}
    assert documented == set(re.findall(r'\bpart: "([a-z]+)"', code()))


def test_every_documented_method_and_event_exists() -> None:
    methods = re.search(r"Methods: (.*)", header())
    assert methods
    for name in re.findall(r"(\w+)\(", methods[1]):
        assert re.search(rf"^  (?:async )?{name}\(", code(), re.MULTILINE)
    assert set(re.findall(r"alliance-qa-(?:answer|error|open|close)\b", header())) == set(
        re.findall(r'"(alliance-qa-(?:answer|error|open|close))"', code())
    )


def test_it_is_defined_once_however_often_it_is_loaded() -> None:
    assert SOURCE.rstrip().endswith("if (!customElements.get(TAG)) customElements.define(TAG, AllianceQaChat);")
    assert code().count("customElements.define(") == 1


def header() -> str:
    """Return the comment at the top."""
    return SOURCE[: SOURCE.index("*/") + 2]


def code() -> str:
    """Return what follows it."""
    return SOURCE[len(header()) :]


def words() -> dict[str, dict[str, str]]:
    """Return the words of the interface by language and key."""
    table = SOURCE[SOURCE.index("const WORDS = {") : SOURCE.index("const REASONS")]
    found: dict[str, dict[str, str]] = {}
    for line in table.splitlines():
        if opened := re.fullmatch(r"  (\w+): \{", line):
            found[opened[1]] = {}
        elif word := re.fullmatch(r'    (\w+): "(.*)",', line):
            language = list(found)[-1]
            assert word[1] not in found[language], f"{word[1]} is there twice"
            found[language][word[1]] = word[2]
        else:
            assert line.strip(" {},=;") in ("", "const WORDS"), f"not a word of the interface: {line}"
    return found


def places(text: str) -> set[str]:
    """Return the names of what is filled in."""
    return set(re.findall(r"\{(\w+)\}", text))
