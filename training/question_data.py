"""Training examples for the reader from questions of our own.

    python training/question_data.py WORK_FOLDER

The questions of questions/development.jsonl and questions/training.jsonl about `documents/`, with the
passages that the project's retrieval finds for them, and those of training/public_questions.jsonl
about passages of ../shared/data. Writes WORK_FOLDER/questions.pkl. Never reads the tuning or the test half.
"""

# Own pickles, seeded draws.
# ruff: noqa: S311

from __future__ import annotations

import json
import pickle
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reader_data import Encoder, lines

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Passage
from alliance_qa.index.generation import Generation
from alliance_qa.measuring import question_sets
from alliance_qa.measuring.judgement import Kind, LabelledQuestion, folded, holds
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load
from alliance_qa.text.passages import context

_ROOT = Path(__file__).resolve().parents[1]
SETS = ("development", "training")
_FOUND = 10
_OFF_TOPIC, _NEAR, _MISSED, _RIGHT = 2, 2, 5, 3  # passages of a question that are read

Example = dict[str, Any]


def main() -> None:
    work = Path(sys.argv[1])
    encoder, rng = Encoder(), random.Random(13)
    examples = list(_about_documents(encoder, rng)) + list(_about_public(encoder))
    for kind, count in sorted(Counter(e["kind"] for e in examples).items()):
        print(kind, count)
    (work / "questions.pkl").write_bytes(pickle.dumps(examples))


def _about_documents(encoder: Encoder, rng: random.Random) -> Iterator[Example]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(documents=_ROOT / "documents", index=Path(folder))
        embedder = load_embedder(settings)
        rebuild(settings, embedder)
        service = Service(settings, embedder)
        for name in SETS:
            for question in question_sets.read(_ROOT / "questions" / f"{name}.jsonl").questions:
                if question.kind is not Kind.DOCUMENT_FACT:
                    yield from _examples(question, service, encoder, rng)


def _examples(question: LabelledQuestion, service: Service, encoder: Encoder, rng: random.Random) -> Iterator[Example]:
    generation = service.generation
    asked = question.standalone or question.text
    found = [entry.passage for entry in service.search(generation, asked, top_k=_FOUND)]
    if rng.random() < 0.3:
        asked = asked.lower()
    if not question.answerable:
        read = found[: _OFF_TOPIC if question.kind is Kind.OFF_TOPIC else _MISSED]
        spans: dict[str, tuple[int, int]] = {}
    else:
        right = [p for p in _passages(generation) if _evidence(question, p)]
        spans = {p.id: _span(question, p) for p in right[:_RIGHT]}
        wrong = [p for p in found if not _evidence(question, p)]
        read = right[:_RIGHT] + wrong[:_NEAR] + rng.sample(wrong[_NEAR:], 1)
    for passage in read:
        document = generation.corpus.document(passage.document_id)
        span = spans.get(passage.id)
        example = encoder.pair(asked, context(document.facts, passage), passage.text, span)
        if example is not None:
            yield example | {"kind": f"documents, {question.kind}", "set": "own", "answerable": span is not None}


def _passages(generation: Generation) -> list[Passage]:
    return generation.corpus.passages(range(len(generation.corpus)))


def _evidence(question: LabelledQuestion, passage: Passage) -> bool:
    return any(holds(folded(passage.text), sentence) for sentence in question.evidence)


def _span(question: LabelledQuestion, passage: Passage) -> tuple[int, int]:
    """Return where the short answer stands; the whole of an evidence sentence where its words are broken."""
    text = passage.text
    for answer in question.answers:
        if (at := text.find(answer)) >= 0:
            return at, at + len(answer)
    shift = passage.span.start
    for sentence in passage.sentences:
        start, end = sentence.start - shift, sentence.end - shift
        if any(holds(folded(e), text[start:end]) or holds(folded(text[start:end]), e) for e in question.evidence):
            return start, end
    return 0, len(text)


def _about_public(encoder: Encoder) -> Iterator[Example]:
    path = Path(__file__).parent / "public_questions.jsonl"
    asked = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for name in sorted({entry["set"] for entry in asked}):
        corpus = {entry["id"]: entry for entry in lines(name, "corpus")}
        for entry in asked:
            if entry["set"] != name:
                continue
            source = corpus[entry["passage"]]
            span = tuple(entry["answer"]) if entry["answer"] else None  # offsets: the text is not ours to keep
            example = encoder.pair(entry["text"], source["title"], source["text"].strip(), span)
            if example is not None:
                kind = "public, answerable" if span else "public, near_miss"
                yield example | {"kind": kind, "set": name, "answerable": span is not None}


if __name__ == "__main__":
    main()
