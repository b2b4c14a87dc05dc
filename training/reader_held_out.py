"""What the reader is compared on: held-out questions and questions/tuning.jsonl, with passages and present features.

    python training/reader_held_out.py WORK_FOLDER

Reads WORK_FOLDER/examples.pkl and writes WORK_FOLDER/cases.pkl. Never reads questions/test.jsonl.
"""

# Own pickles, seeded draws.
# ruff: noqa: S301

from __future__ import annotations

import json
import pickle
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from reader_data import SEARCHED, fold, lines

from alliance_qa import answerability, evidence, lexical
from alliance_qa.answering import Collection
from alliance_qa.domain import Hit, Passage, Span
from alliance_qa.embedding import SentenceTransformerEmbedder
from alliance_qa.evidence import Evidence
from alliance_qa.lexical import Bm25Index, Postings
from alliance_qa.passages import context
from alliance_qa.ports import EmbeddingInput, Vectors
from alliance_qa.questions import Question, analyse
from alliance_qa.rebuild import rebuild
from alliance_qa.retrieval import retrieve
from alliance_qa.sentences import split_sentences
from alliance_qa.service import Service, load_embedder
from alliance_qa.settings import load
from alliance_qa.terms import terms

_ROOT = Path(__file__).resolve().parents[1]
MOST = 6
MOST_TUNING = 10
FEATURES = (
    "score",
    "cosine",
    "coverage",
    "near_coverage",
    "passage_coverage",
    "names_covered",
    "numbers_covered",
    "kind_fits",
)


def describe(best: Evidence) -> dict[str, Any]:
    return {
        "row": best.hit.row,
        "sentence": best.sentence,
        "features": [float(getattr(best, name)) for name in FEATURES] + [best.hit.score],
        "confidence": answerability.decide(best)[1],
    }


def weigh(
    asking: tuple[Question, Vectors, Mapping[str, float]],
    places: Mapping[int, tuple[Hit, Passage, str, Vectors]],
    rows: Sequence[int],
) -> list[dict[str, Any]]:
    """Return what the present features say of the sentences of passages, best first."""
    asked, vector, weights = asking
    return [describe(e) for e in evidence.weigh(asked, vector, [places[r] for r in rows], weights)]


def occurrences(text: str, answers: list[str]) -> list[tuple[int, int]]:
    found = []
    for answer in sorted({a.strip() for a in answers if a.strip()}):
        found += [m.span() for m in re.finditer(re.escape(answer), text)]
    return found


def public(held_out: list[dict[str, Any]], embedder: SentenceTransformerEmbedder) -> list[dict[str, Any]]:
    cases = []
    for name in SEARCHED:
        chosen = [h for h in held_out if h["set"] == name]
        corpus = lines(name, "corpus")
        with tempfile.TemporaryDirectory() as folder:
            lexical.write(Path(folder), [terms(f"{c['title']}\n{c['text'].strip()}") for c in corpus])
            index = Bm25Index([Postings(Path(folder))])
            needed = sorted({r for h in chosen for r in [h["gold"], *(f[0] for f in h["found"][: MOST + 1])]})
            print(name, len(chosen), "questions", len(needed), "passages", flush=True)
            passages, vectors = {}, {}
            for row in needed:
                text = corpus[row]["text"].strip()
                passages[row] = Passage(corpus[row]["id"], Span(0, len(text)), text, tuple(split_sentences(text)))
            inputs = [EmbeddingInput(corpus[r]["title"], passages[r].text, passages[r].sentences) for r in needed]
            for row, made in zip(needed, embedder.embed_passages(inputs), strict=True):
                vectors[row] = made
            for h in chosen:
                question, gold = h["question"], h["gold"]
                asked = analyse(question["text"])
                weights = index.weights(asked.terms)
                words = terms(question["text"])
                mine = index.weights(words)
                coverages = index.scores(words) / (sum(mine[w] for w in words) or 1.0)
                hits = {r: Hit(r, s, c, v) for r, s, c, v in h["found"][: MOST + 1]}
                if gold not in hits:
                    cosine, cover = float(vectors[gold].passage @ h["vector"]), float(coverages[gold])
                    hits[gold] = Hit(gold, 0.4 * max(cosine, 0) + 0.6 * cover, cosine, cover)
                order = [r for r, *_ in h["found"][: MOST + 1]]

                places = {r: (hits[r], passages[r], corpus[r]["title"], vectors[r].sentences) for r in hits}
                asking = (asked, h["vector"], weights)
                folded = [fold(a.strip()) for a in question["answers"]]
                lacking = [r for r in order if r != gold and not any(a in fold(passages[r].text) for a in folded)]
                cases.append(
                    {
                        "set": name,
                        "kind": "answerable" if question["answerable"] else "unanswerable",
                        "text": question["text"],
                        "answerable": question["answerable"],
                        "gold": gold,
                        "lacking": lacking[:1],
                        "order": order[:5],
                        "gone": [r for r in order if r != gold][:5],
                        "passages": {
                            r: (corpus[r]["title"], passages[r].text, [(s.start, s.end) for s in passages[r].sentences])
                            for r in {gold, *order}
                        },
                        "right": {gold: occurrences(passages[gold].text, question["answers"])}
                        if question["answerable"]
                        else {},
                        "evidence": weigh(asking, places, order[:5]),
                        "evidence_gone": weigh(asking, places, [r for r in order if r != gold][:5]),
                        "evidence_gold": weigh(asking, places, [gold]),
                        "evidence_lacking": weigh(asking, places, lacking[:1]),
                    }
                )
    return cases


def folded_map(text: str) -> tuple[str, list[int]]:
    """Text as questions/README.md compares it, and where each of its characters stands in the original."""
    out, places = [], []
    clean = text.replace("**", "\0\0").replace(" | ", "\0 \0")
    for i, c in enumerate(clean):
        if c == "\0":
            continue
        if c.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                places.append(i)
            continue
        for low in c.casefold():
            out.append(low)
            places.append(i)
    return "".join(out), places


def tuning(work: Path) -> list[dict[str, Any]]:
    settings = load(documents=_ROOT / "documents", index=work / "index")
    rebuild(settings, load_embedder(settings))
    service = Service(settings)
    generation = service.generation
    collection = Collection(generation.corpus, generation.dense, generation.lexical, service.embedder)
    corpus = collection.corpus
    cases = []
    for line in (_ROOT / "questions" / "tuning.jsonl").read_text("utf-8").splitlines():
        question = json.loads(line)
        text = question["standalone"] or question["text"]
        vector = service.embedder.embed_question(text)
        hits = retrieve(
            text,
            vector,
            dense=collection.dense,
            lexical=collection.lexical,
            corpus=corpus,
            allowed=None,
            top_k=MOST_TUNING,
        )
        found = list(zip(hits, corpus.passages([h.row for h in hits]), strict=True))
        asked = analyse(text)
        weights = collection.lexical.weights(asked.terms)
        contexts = {h.row: context(corpus.document(p.document_id), p) for h, p in found}

        places = {h.row: (h, p, contexts[h.row], corpus.sentence_vectors([h.row])[0]) for h, p in found}
        asking = (asked, vector, weights)
        order = [h.row for h in hits]
        right: dict[int, list[tuple[int, int]]] = {}
        for h, p in found:
            low, origin = folded_map(p.text)
            for wanted in question["evidence"]:
                piece = folded_map(wanted)[0].strip()
                at = low.find(piece)
                if at >= 0:
                    right.setdefault(h.row, []).append((origin[at], origin[at + len(piece) - 1] + 1))
        cases.append(
            {
                "set": "tuning",
                "kind": question["kind"],
                "text": text,
                "answerable": question["answerable"],
                "id": question["id"],
                "order": [h.row for h in hits],
                "right": right,
                "passages": {
                    h.row: (
                        contexts[h.row],
                        p.text,
                        [(s.start - p.span.start, s.end - p.span.start) for s in p.sentences],
                    )
                    for h, p in found
                },
                "evidence": weigh(asking, places, order[:5]),
                "evidence_10": weigh(asking, places, order),
                "answers": question["answers"],
            }
        )
    return cases


def main() -> None:
    work = Path(sys.argv[1])
    cases = tuning(work)
    print("tuning", len(cases), "with right passage in top 10:", sum(bool(c["right"]) for c in cases), flush=True)
    held_out = pickle.loads((work / "examples.pkl").read_bytes())["held_out"]
    cases += public(held_out, SentenceTransformerEmbedder())
    with (work / "cases.pkl").open("wb") as file:
        pickle.dump(cases, file)
    print(len(cases), "cases", np.mean([len(p[1]) for c in cases for p in c["passages"].values()]))


if __name__ == "__main__":
    main()
