"""Examples for the reader from questions of our own.

    python training/question_data.py WORK_FOLDER [multilingual-e5-small]

The questions of questions/development.jsonl, questions/training.jsonl and training/document_questions.jsonl about
`documents/`, those of training/text_questions.jsonl about training/texts, each with the passages that the
project's retrieval finds for it, and those of training/public_questions.jsonl about single passages of
../shared/data; for the multilingual reader also training/japanese_questions.jsonl, 4,802 of the last two once more in
Japanese. Writes WORK_FOLDER/questions.pkl. Never reads the tuning, the calibration or the test half.
"""

# Own pickles, seeded draws.
# ruff: noqa: S311

from __future__ import annotations

import json
import pickle
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reader_data import Encoder, Example, PublicSet, is_held_out

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Passage, Span
from alliance_qa.index.generation import Generation
from alliance_qa.measuring.judgement import folded
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load
from alliance_qa.text.passages import context

_ROOT = Path(__file__).resolve().parents[1]
_HERE = Path(__file__).parent
HELD_OUT_TEXTS = frozenset(
    {
        "e-cold-cables.md",
        "e-seoul-baton.md",
        "f-night-clinics-report.md",
        "f-tram-return.md",
        "g-europe-indo-pacific.md",
        "g-sakishima-evacuation.md",
        "hg-museum-sea-clocks.md",
        "hg-nairobi-partnership-speech.md",
        "hg-port-ellery-tram-strike.md",
        "hg-tarobexin-gout-drug.md",
        "hg-teluvai-island-status.md",
    }
)
"""Never trained on: another commentary, as far as the reader knows."""
_FOUND = 10
_RIGHT, _WRONG, _MISSED = 3, 2, 3  # passages of an answerable question that answer and that do not; of another

Question = dict[str, Any]


def main() -> None:
    work = Path(sys.argv[1])
    encoder, rng = Encoder(*sys.argv[2:]), random.Random(13)
    documents = [
        _of_set(line) for name in ("development", "training") for line in _lines(_ROOT / f"questions/{name}.jsonl")
    ]
    documents += _lines(_HERE / "document_questions.jsonl")
    texts, passages = _lines(_HERE / "text_questions.jsonl"), _lines(_HERE / "public_questions.jsonl")
    if sys.argv[2:]:
        japanese = _lines(_HERE / "japanese_questions.jsonl")
        texts += [line for line in japanese if "document" in line]
        passages += [line for line in japanese if "set" in line]
    texts = [line for line in texts if line["document"] not in HELD_OUT_TEXTS]
    examples = list(_about_documents(_ROOT / "documents", documents, encoder, rng, sure=False))
    examples += _about_documents(_HERE / "texts", texts, encoder, rng, sure=True)
    examples += _about_passages(passages, encoder, rng)
    for kind, count in sorted(Counter((e["set"], e["made"]) for e in examples).items()):
        print(*kind, count)
    (work / "questions.pkl").write_bytes(pickle.dumps(examples))


def _lines(path: Path) -> list[Question]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _of_set(line: Question) -> Question:
    """Return a question of a question set in the form of the training questions."""
    asked = line["standalone"] or line["text"]
    return {"text": asked, "kind": None, "evidence": line["evidence"], "answer": (line["answers"] or [None])[0]}


def _about_documents(
    folder: Path, questions: Sequence[Question], encoder: Encoder, rng: random.Random, *, sure: bool
) -> Iterator[Example]:
    """Yield examples of the passages that are found in a folder.

    Args:
        folder: Of documents.
        questions: About them.
        encoder: Into tokens.
        rng: Which questions are typed in lower case.
        sure: Whether what is not named as evidence does not answer: where several documents say the same it may.
    """
    with tempfile.TemporaryDirectory() as name:
        copied = Path(name) / "documents"
        copied.mkdir()
        for path in folder.iterdir():
            if path.name not in HELD_OUT_TEXTS:
                shutil.copy(path, copied)
        settings = load(documents=copied, index=Path(name) / "index")
        embedder = load_embedder(settings)
        rebuild(settings, embedder)
        service = Service(settings, embedder)
        generation = service.generation
        passages = generation.corpus.passages(range(len(generation.corpus)))
        texts = {passage.id: folded(passage.text) for passage in passages}
        for question in questions:
            asked = question.get("standalone") or question["text"]
            evidence = [folded(sentence) for sentence in question["evidence"]]
            searched = question.get("english", asked)  # a model of English looks for them
            found = [entry.passage for entry in service.search(generation, searched, top_k=_FOUND)]
            right = [p for p in passages if any(e in texts[p.id] for e in evidence)]
            known = {p.id for p in right}
            wrong = [p for p in found if p.id not in known]
            if evidence and not sure:  # another document may say the same
                short = folded(question["answer"] or "")
                wrong = [p for p in wrong if short and short not in texts[p.id]]
            if rng.random() < 0.25:
                asked = asked.lower()
            for passage in right[:_RIGHT]:
                yield from _example(question, asked, passage, evidence, generation, encoder, 1.0)
            for passage in wrong[: _WRONG if evidence else _MISSED]:
                weight = 0.7 if not evidence or sure else 0.35
                yield from _example(question, asked, passage, [], generation, encoder, weight)


def _example(
    question: Question,
    asked: str,
    passage: Passage,
    evidence: Sequence[str],
    generation: Generation,
    encoder: Encoder,
    weight: float,
) -> Iterator[Example]:
    document = generation.corpus.document(passage.document_id)
    sentences = [Span(s.start - passage.span.start, s.end - passage.span.start) for s in passage.sentences]
    shown = [folded(s.of(passage.text)) for s in sentences]
    parts = {i for i, text in enumerate(shown) if any(e in text or text in e for e in evidence)}
    if bool(parts) != bool(evidence):
        return  # a sentence that the passage's borders cut
    span = None
    for i in sorted(parts):
        if question["answer"] and span is None:
            at = passage.text.find(question["answer"], sentences[i].start, sentences[i].end)
            span = Span(at, at + len(question["answer"])) if at >= 0 else None
    example = encoder.example(
        asked,
        context(document.facts, passage),
        passage.text,
        sentences,
        span=span,
        parts=parts,
        answers=bool(parts),
        kind=question["kind"],
        weight=weight,
    )
    if example is not None:
        made = "answered" if parts else "found" if question["evidence"] else "not"
        yield example | {"set": "documents" if weight in (0.35, 1.0) else "own", "made": made}


def _about_passages(asked: Sequence[Question], encoder: Encoder, rng: random.Random) -> Iterator[Example]:
    """Yield examples of single passages; the text is not ours to keep, so offsets say what answers."""
    for name in sorted({entry["set"] for entry in asked}):
        data = PublicSet(name, encoder)
        for entry in asked:
            if entry["set"] != name:
                continue
            row = data.rows[entry["passage"]]
            if is_held_out(name, data.titles[row], entry["passage"]):
                continue
            sentences = data.sentences(row)
            span = Span(*entry["answer"]) if entry["answer"] else None
            places = [Span(*place) for place in entry.get("sentences") or ([entry["answer"]] if span else [])]
            parts = {i for i, s in enumerate(sentences) if any(s.start < p.end and s.end > p.start for p in places)}
            text = entry.get("standalone") or entry["text"]
            example = encoder.example(
                text.lower() if rng.random() < 0.15 else text,
                data.titles[row],
                data.texts[row],
                sentences,
                span=span,
                parts=parts,
                answers=bool(places),
                kind=entry.get("kind"),
            )
            if example is not None:
                yield example | {"set": name, "made": "answered" if places else "not"}


if __name__ == "__main__":
    main()
