"""No pattern of the package is expensive, whatever text it meets.

Python's `re` tries every way to match before it gives up. Where a repeated group can take the same
words in two ways, each further repeat doubles the time. So every pattern is given runs of the words
that its own repeats take, with an end that it refuses, and the processor's time is watched.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import signal
import time
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import alliance_qa

op, parser = (importlib.import_module(f"re.{name}") for name in ("_constants", "_parser"))

_CHARS = 600  # long enough: what takes the cube of this is stopped, too
_SECONDS = 0.5  # of the processor, for one text; the slowest of ours takes a fifth of this
_REFUSED = "\x00"  # ends a text so that what must end with something else has to try again

_OF_CATEGORY = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_NOT_WORD: " ",
}


def modules() -> list[types.ModuleType]:
    """Return every module of the package."""
    names = [m.name for m in pkgutil.walk_packages(alliance_qa.__path__, "alliance_qa.") if "__main__" not in m.name]
    return [importlib.import_module(name) for name in names]


def kept(value: object) -> Iterator[re.Pattern[str]]:
    """Yield the patterns in a module's value, however deep."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in (*value.keys(), *value.values()):
            yield from kept(inner)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for inner in value:
            yield from kept(inner)


def called(source: str, names: dict[str, Any]) -> Iterator[re.Pattern[str]]:
    """Yield the patterns that are handed to `re` where they are used; those made of local values are left out."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re") or node.func.attr == "escape":
            continue
        arguments = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
        flags = [ast.unparse(a) for a in arguments if ast.unparse(a).startswith("re.")]
        try:
            pattern = re.compile(eval(ast.unparse(node.args[0]), names), eval(" | ".join(flags) or "0", {"re": re}))
        except NameError:
            continue
        yield from kept(pattern)


def patterns() -> dict[str, re.Pattern[str]]:
    """Return every pattern of the package under a name."""
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        everything = [p for name, value in vars(module).items() if name != "re" for p in kept(value)]
        for pattern in dict.fromkeys([*everything, *called(source, vars(module))]):
            found.setdefault(f"{module.__name__}: {pattern.pattern}", pattern)
    return found


def sample(nodes: Any, choice: int = 0) -> str:
    """Return a text that a part of a pattern takes; `choice` picks among alternatives."""
    return "".join(_sample(kind, value, choice) for kind, value in nodes)


def _sample(kind: Any, value: Any, choice: int) -> str:
    match kind:
        case op.LITERAL:
            return chr(value)
        case op.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case op.ANY:
            return "a"
        case op.IN:
            return _member(value, choice)
        case op.BRANCH:
            return sample(value[1][choice % len(value[1])], choice)
        case op.SUBPATTERN:
            return sample(value[3], choice)
        case op.ATOMIC_GROUP:
            return sample(value, choice)
        case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
            return sample(value[2], choice) * int(max(value[0], min(1, value[1])))
        case _:  # a place, a look around, what another group took
            return ""


def _member(members: Any, choice: int) -> str:
    """Return a character of a set."""
    if members[0][0] is op.NEGATE:
        refused = re.compile("[" + "".join(map(_written, members[1:])) + "]")
        return next(c for c in "a 1-.,b\n" if not refused.match(c))
    kind, value = members[choice % len(members)]
    if kind is op.CATEGORY:
        return _OF_CATEGORY[value]
    return chr(int(value[0] if kind is op.RANGE else value))


def _written(member: Any) -> str:
    kind, value = member
    if kind is op.CATEGORY:
        return {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(value).rpartition("_")[2]]
    return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}" if kind is op.RANGE else re.escape(chr(value))


def repeats(nodes: Any, before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield, for every part that may be repeated often, what stands before it and texts that it takes."""
    for at, (kind, value) in enumerate(nodes):
        start = before + sample(nodes[:at])
        match kind:
            case op.MAX_REPEAT | op.MIN_REPEAT:
                if value[1] > 8:
                    yield start, list(dict.fromkeys(filter(None, (sample(value[2], choice) for choice in range(12)))))
                yield from repeats(value[2], start)
            case op.SUBPATTERN:
                yield from repeats(value[3], start)
            case op.BRANCH:
                for alternative in value[1]:
                    yield from repeats(alternative, start)
            case op.ASSERT | op.ASSERT_NOT:
                yield from repeats(value[1], start)


def texts(pattern: re.Pattern[str]) -> list[str]:
    """Return texts that make a pattern try again as often as it can."""
    found: dict[str, None] = {}
    for before, words in repeats(parser.parse(pattern.pattern, pattern.flags)):
        pairs = [first + second for first, second in itertools.islice(itertools.permutations(words, 2), 6)]
        for word in [*words, *pairs]:
            for end in (_REFUSED, f" {_REFUSED}"):
                found[(before + word * _CHARS)[:_CHARS] + end] = None
    return list(found)


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """Return the processor time that searching a text takes; `_SECONDS` or more when it was stopped."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    started = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        pattern.search(text)
    except TimeoutError:
        return _SECONDS
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.process_time() - started


@pytest.mark.no_cover
def test_no_pattern_is_slow_for_runs_of_its_own_words() -> None:
    found = patterns()
    assert len(found) > 200
    slow = {
        name: text[:60]
        for name, pattern in found.items()
        for text in texts(pattern)
        if seconds(pattern, text) >= _SECONDS
    }
    assert slow == {}


@pytest.mark.parametrize("pattern", [r"(?:it|its?|\s)*!", r"^(?:\w+\s?)+$", r"^who (?:the |it|its?)+ wrote"])
def test_a_pattern_that_doubles_with_every_repeat_is_found(pattern: str) -> None:
    slow = re.compile(pattern)
    assert any(seconds(slow, text) >= _SECONDS for text in texts(slow))


def test_patterns_are_found_where_they_are_kept_and_where_they_are_used() -> None:
    assert [p.pattern for p in kept({"a": [(re.compile("b"), "c")]})] == ["b"]
    source = 'X = "x+"\ndef f(t):\n    return re.sub(rf"{X}y", "", t, flags=re.IGNORECASE), re.match(t, "z")'
    assert [(p.pattern, p.flags & re.I) for p in called(source, {"X": "x+"})] == [("x+y", re.I)]
