"""Collections that the reader never saw, each with questions, as `alliance-qa evaluate` takes them.

    PYTHONPATH=src:training python benchmarks/strange_collections.py WORK_FOLDER

Writes WORK_FOLDER/NAME/documents and WORK_FOLDER/NAME/questions.jsonl: the held-out parts of the public sets of
../shared/data (see `training/reader_data.is_held_out`) among all their passages, and the held-out texts of
training/texts among all texts. Measure one with

    cd WORK_FOLDER/NAME
    alliance-qa index && alliance-qa evaluate questions.jsonl
"""

# Seeded draws.

from __future__ import annotations

import json
import random
import re
import shutil
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from question_data import HELD_OUT_TEXTS
from reader_data import PublicSet

_TRAINING = Path(__file__).resolve().parents[1] / "training"


@dataclass(frozen=True)
class Plan:
    """How a set becomes a collection."""

    answerable: int  # questions
    unanswerable: int = 0  # by annotation
    by_title: bool = False  # whether the passages of a title are one document
    all_held_out: bool = False  # whether nothing of the set was trained on
    fitted: bool = True  # whether its licence lets coefficients that we ship be fitted to it


PLANS = {
    "squad1-part": Plan(120, 120),
    "squad2-train-part": Plan(80, 80, by_title=True),
    "qed-dev": Plan(160),
    "covid-qa": Plan(90, by_title=True),
    "squad2-pairs": Plan(200, 200, all_held_out=True, fitted=False),
    "wikiqa-test": Plan(120, 120, all_held_out=True, fitted=False),
}
TEXTS = "texts"


def main() -> None:
    work = Path(sys.argv[1])
    seen = _seen()
    for name, plan in PLANS.items():
        asked = _write_public(work / name, PublicSet(name, None), plan, seen)
        print(name, len(asked), "questions,", sum(q["answerable"] for q in asked), "answerable")
    print(TEXTS, len(_write_texts(work / TEXTS)), "questions")


def _write_public(folder: Path, data: PublicSet, plan: Plan, seen: set[str]) -> list[dict[str, Any]]:
    rng = random.Random(3)
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    groups: dict[str, list[int]] = defaultdict(list)
    for row, title in enumerate(data.titles):
        groups[title if plan.by_title else str(row)].append(row)
    paths = {}
    for rows in groups.values():
        title = data.titles[rows[0]]
        path = f"{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')[:60] or 'x'}-{rows[0]}.txt"
        body = "\n\n".join(" ".join(data.texts[row].split()) for row in rows)
        (documents / path).write_text(f"{title}\n\n{body}\n" if title else f"{body}\n", "utf-8")
        paths |= dict.fromkeys(rows, path)
    questions = [q for q in data.questions if q["relevant"] and not q.get("made")]
    if plan.all_held_out:
        questions = [q for q in questions if seen.isdisjoint(_runs(data.texts[data.row(q)]))]
    else:
        questions = [q for q in questions if data.held_out[data.row(q)]]
    rng.shuffle(questions)
    asked: list[dict[str, Any]] = []
    left = {True: plan.answerable, False: plan.unanswerable}
    for question in questions:
        spans = data.spans(question) if question["answerable"] else []
        if left[question["answerable"]] and bool(spans) == question["answerable"]:
            left[question["answerable"]] -= 1
            row = data.row(question)
            sentences = [s for s in data.sentences(row) if any(s.start < w.end and w.start < s.end for w in spans)]
            evidence = [" ".join(s.of(data.texts[row]).split()) for s in sentences]
            asked.append(_question(f"{data.name}-{len(asked)}", question["text"], evidence, paths[row]))
    _write(folder, asked)
    return asked


def _write_texts(folder: Path) -> list[dict[str, Any]]:
    shutil.copytree(_TRAINING / "texts", folder / "documents", dirs_exist_ok=True)
    lines = (_TRAINING / "text_questions.jsonl").read_text("utf-8").splitlines()
    held_out = [line for line in map(json.loads, lines) if line["document"] in HELD_OUT_TEXTS]
    asked = [
        _question(f"text-{at}", line.get("standalone") or line["text"], line["evidence"], line["document"])
        for at, line in enumerate(held_out)
    ]
    _write(folder, asked)
    return asked


def _question(id_: str, text: str, evidence: list[str], document: str) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": "fact" if evidence else "near_miss",
        "text": text,
        "history": [],
        "answers": list(dict.fromkeys(evidence)),
        "evidence": list(dict.fromkeys(evidence)),
        "documents": [document] if evidence else [],
        "answerable": bool(evidence),
        "reason": None if evidence else "related_but_not_stated",
        "standalone": None,
    }


def _write(folder: Path, asked: list[dict[str, Any]]) -> None:
    (folder / "questions.jsonl").write_text("".join(f"{json.dumps(q, ensure_ascii=False)}\n" for q in asked), "utf-8")


def _seen() -> set[str]:
    """Return the runs of twelve words of the SQuAD passages that may have been trained on."""
    return {
        run
        for name in ("squad1-part", "squad2-train-part")
        for text in PublicSet(name, None).texts
        for run in _runs(text)
    }


def _runs(text: str) -> set[str]:
    words = text.lower().split()
    return {" ".join(words[at : at + 12]) for at in range(len(words) - 11)}


if __name__ == "__main__":
    main()
