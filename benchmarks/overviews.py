"""Overviews: how many questions get two of the sentences that people marked, by each way to choose six.

Each question is asked of its own text, whichever intent it is taken for, so that only the choice counts. The weights of
the project's own choice were fitted to these questions; "held out" fits them anew for each text, to the others.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alliance_qa.answering import bodies, salience
from alliance_qa.answering.bodies import Body
from alliance_qa.answering.salience import Asked
from alliance_qa.asking import subjects
from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Filters
from alliance_qa.ports import Vectors
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load

_ROOT = Path(__file__).resolve().parents[1]
_MOST = 6
_DAMPING, _LEAST_COSINE = 0.85, 0.2  # of LexRank
_RIDGE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    document: str
    body: Body
    asked: Asked
    features: Vectors  # shape (sentences, features)
    marked: NDArray[np.bool_]  # shape (sentences,)


def main(texts: Path, questions: Path) -> None:
    """Print a row for each way to choose."""
    asked = _read(texts, questions)
    held_out = {
        document: _fitted([question for question in asked if question.document != document])
        for document in {question.document for question in asked}
    }
    ways: dict[str, Callable[[_Question], Sequence[int]]] = {
        "the first six": lambda q: _full(q)[:_MOST],
        "LexRank": lambda q: _best(_lexrank(q.body.vectors), q),
        "LexRank, MMR": lambda q: _choose(4 * _lexrank(q.body.vectors), q),
        "cosine with the question": lambda q: _best(q.body.vectors @ q.asked.question, q),
        "cosine with the question, MMR": lambda q: _choose(9 * q.body.vectors @ q.asked.question, q),
        "ours, held out": lambda q: _choose(q.features @ held_out[q.document], q),
        "ours": lambda q: _choose(q.features @ np.array(list(salience.WEIGHTS.values())), q),
    }
    print(f"{len(asked)} questions, {sum(bool(q.asked.topic) for q in asked)} of them about something in the text\n")
    print("| choice | two or more | one or more | marked, of those chosen |\n|---|---|---|---|")
    for name, way in ways.items():
        chosen = [list(way(question)) for question in asked]
        right = np.array([question.marked[at].sum() for question, at in zip(asked, chosen, strict=True)])
        shares = [right.sum() / sum(map(len, chosen))]
        print(f"| {name} | {np.mean(right >= 2):.2f} | {np.mean(right >= 1):.2f} | {shares[0]:.2f} |")
    fitted = dict(zip(salience.WEIGHTS, np.round(_fitted(asked), 2).tolist(), strict=True))
    print(f"\nfitted to all: {fitted}")


def _read(texts: Path, questions: Path) -> list[_Question]:
    with tempfile.TemporaryDirectory(prefix="alliance-qa-") as folder:
        shutil.copytree(texts, Path(folder) / "documents")
        settings = load(documents=Path(folder) / "documents", index=Path(folder) / "index")
        embedder = load_embedder(settings)
        rebuild(settings, embedder)
        service = Service(settings, embedder)
        collection = service.collection(service.generation, Filters())
        claim, making = embedder.embed_questions([salience.CLAIM, salience.MAKING])
        known = {id_: bodies.read(collection.corpus.document(id_), collection) for id_ in collection.corpus.ids}
        read = []
        for line in questions.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["kind"] != "overview":
                continue
            id_ = entry["document"]
            subject = subjects.find(entry["text"], collection.corpus, collection.lexical, {}, frozenset((id_,)))
            vector = embedder.embed_question(entry["text"])
            asked = Asked(vector, claim, making, subject.topic if subject else ())
            body = known[id_]
            marked = {" ".join(text.split()) for text in entry["evidence"]}
            read.append(
                _Question(
                    id_,
                    body,
                    asked,
                    salience.features(body.sentences, body.vectors, asked, has_thesis=body.is_whole),
                    np.array([" ".join(sentence.text.split()) in marked for sentence in body.sentences]),
                )
            )
        return read


def _full(question: _Question) -> list[int]:
    return [at for at, sentence in enumerate(question.body.sentences) if sentence.is_full]


def _best(weights: Vectors, question: _Question) -> list[int]:
    return sorted(_full(question), key=lambda at: -weights[at])[:_MOST]


def _choose(weights: Vectors, question: _Question) -> list[int]:
    return salience.choose(question.body.sentences, question.body.vectors, weights, question.asked, _MOST)


def _lexrank(vectors: Vectors) -> Vectors:
    """Return the centrality of each sentence, at most 1. Source: Erkan and Radev, LexRank, JAIR 22, 2004."""
    cosines = vectors @ vectors.T
    walk = np.where(cosines > _LEAST_COSINE, cosines, 0)
    walk /= walk.sum(axis=1, keepdims=True)
    rank = np.full(len(vectors), 1 / len(vectors))
    for _ in range(100):
        rank = (1 - _DAMPING) / len(vectors) + _DAMPING * walk.T @ rank
    return np.asarray(rank / rank.max())


def _fitted(questions: Sequence[_Question]) -> NDArray[np.float64]:
    """Return the weights of a logistic regression with a ridge penalty, by Newton's method, shape (features,)."""
    found = np.concatenate([question.features for question in questions]).astype(np.float64)
    found = np.hstack([found, np.ones((len(found), 1))])
    marked = np.concatenate([question.marked for question in questions]).astype(np.float64)
    weights = np.zeros(found.shape[1])
    for _ in range(12):
        likely = 1 / (1 + np.exp(-found @ weights))
        curvature = (found.T * (likely * (1 - likely))) @ found + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, found.T @ (marked - likely) - _RIDGE * weights)
    return weights[:-1]


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*(given or [_ROOT / "training" / "texts", _ROOT / "training" / "text_questions.jsonl"]))
