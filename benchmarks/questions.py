"""Answers and refusals on the questions about the shipped documents, per kind.

A first measure until `alliance-qa evaluate` exists.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from alliance_qa.domain import Answer, Turn
from alliance_qa.rebuild import rebuild
from alliance_qa.service import Service, load_embedder
from alliance_qa.settings import Settings, load

_ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print a table, and with -v what went wrong."""
    files = [Path(name) for name in sys.argv[1:] if not name.startswith("-")] or [_ROOT / "questions" / "tuning.jsonl"]
    service = Service(open_shipped())
    tally: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    times = []
    for line in (line for file in files for line in file.read_text("utf-8").splitlines()):
        question = json.loads(line)
        history = [Turn(turn["role"], turn["content"]) for turn in question["history"]]
        started = time.perf_counter()
        answer = service.ask(service.generation, question["text"], history=history)
        times.append(1000 * (time.perf_counter() - started))
        right = _is_right(answer, question)
        tally[question["kind"]].append((right, answer.answered))
        if "-v" in sys.argv and not right:
            print(f"{question['id']} {question['kind']}: {question['text']}")
            print(f"    {answer.reason or answer.text[:200]} ({answer.confidence:.2f})")
            print(f"    wanted: {question['evidence'][:1]}")
    print("| kind | questions | right | answered |")
    print("|---|---|---|---|")
    for kind, entries in tally.items():
        print(f"| {kind} | {len(entries)} | {_share(r for r, _ in entries)} | {_share(a for _, a in entries)} |")
    refusable = ("near_miss", "off_topic")
    answerable = [entry for kind, entries in tally.items() if kind not in refusable for entry in entries]
    print(f"answerable right {_share(r for r, _ in answerable)}, refused {_share(not a for _, a in answerable)}")
    for kind in refusable:
        print(f"{kind} answered {_share(a for _, a in tally[kind])}")
    print(f"p50 {statistics.median(times):.1f} ms")


def open_shipped() -> Settings:
    """Return settings of an index over documents/, built in a temporary folder."""
    settings = load(documents=_ROOT / "documents", index=Path(tempfile.mkdtemp(prefix="alliance-qa-")))
    rebuild(settings, load_embedder(settings))
    return settings


def folded(text: str) -> str:
    """Return text as it is compared: one space between words, no table or emphasis marks, any case."""
    return " ".join(text.replace(" | ", " ").replace("**", "").split()).casefold()


def holds_evidence(quote: str, question: dict[str, Any]) -> bool:
    """Whether a folded quote holds one of the sentences that answer, or is a large part of one."""
    accepted = [folded(sentence) for sentence in question["evidence"]]
    return any(sentence in quote or (quote in sentence and len(quote) > 20) for sentence in accepted)


def _is_right(answer: Answer, question: dict[str, Any]) -> bool:
    if not question["answerable"]:
        return not answer.answered
    return any(holds_evidence(folded(citation.quote), question) for citation in answer.citations)


def _share(values: Any) -> str:
    found = list(values)
    return f"{sum(found) / len(found):.2f}"


if __name__ == "__main__":
    main()
