"""Examples for the reader from the public sets of ../shared/data.

    python training/reader_data.py WORK_FOLDER [multilingual-e5-small]

Writes WORK_FOLDER/examples.pkl: token ids and what is known of the answer. What is never trained on is
said by `is_held_out`.
"""

# Own pickles, seeded draws.
# ruff: noqa: S311

from __future__ import annotations

import gzip
import hashlib
import json
import pickle
import random
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alliance_qa.answering.retrieval import DENSE_WEIGHT
from alliance_qa.domain import Span
from alliance_qa.index import lexical
from alliance_qa.index.lexical import Bm25Index, Postings
from alliance_qa.models import default, heads, multilingual
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.models.heads import KINDS, sentence_of
from alliance_qa.ports import PassageInput
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EARLIER = json.loads((Path(__file__).parent / "held_out.json").read_text("utf-8"))
"""Titles of qed-dev and covid-qa that an earlier draw kept back."""
HELD_OUT_ARTICLES = ("Spectre (2015 film)", "Sino-Tibetan relations during the Ming dynasty")
HELD_OUT_PERCENT = 15
SEED = 13
WINDOW = 120  # words of a training passage; longer ones are cut at sentences
WHOLE = 150  # up to this a passage stays whole
MAX_QUESTION, MAX_CONTEXT, MAX_LENGTH = 48, 40, 288


class Most(NamedTuple):
    """How many tokens are read."""

    question: int
    context: int
    length: int  # of everything


MULTILINGUAL = Most(56, 48, 320)  # its tokens are shorter

Example = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What share of a set's questions becomes an example of each sort."""

    share: float = 1.0  # of the questions
    near: float = 1.0  # of those that the set's makers paired with a passage that does not answer
    searched: float = 0.0  # of the answerable ones also with a passage that is found and does not answer
    dropped: float = 0.0  # also with the passage less what answers
    altered: float = 0.0  # also with another name, year, number or word
    annotated: int = 1  # how often an unanswerable one that a person marked is shown
    spans: bool = True  # whether answers are short


PLANS = {
    "squad1-part": Plan(near=0.6, searched=0.15, dropped=0.25, altered=0.35, annotated=2),
    "squad2-train-part": Plan(searched=0.5, dropped=0.3, altered=0.4, annotated=3),
    "timeqa-human": Plan(annotated=2),
    "condaqa-part": Plan(),
    "fairytaleqa": Plan(share=0.45, near=0.4, dropped=0.15),
    "sleepqa": Plan(share=0.6, near=0.6, dropped=0.15),
    "selqa-part": Plan(searched=0.3, dropped=0.2, altered=0.2, spans=False),
    "qamr-part": Plan(share=0.2),
    "policyqa-dev": Plan(share=0.25, searched=0.0, dropped=0.2),
    "covid-qa": Plan(searched=0.8, dropped=0.4, altered=0.3),
    "qed-dev": Plan(searched=0.8, dropped=0.4, altered=0.4),
}
"""Only sets whose licence lets a model be given away; squad2-pairs, wikiqa and others are for measuring."""

# Words that turn a question into another one when swapped.
_OPPOSITES = [
    ("first", "last"),
    ("largest", "smallest"),
    ("highest", "lowest"),
    ("most", "least"),
    ("before", "after"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("north", "south"),
    ("northern", "southern"),
    ("east", "west"),
    ("eastern", "western"),
    ("mother", "father"),
    ("wife", "sister"),
    ("husband", "brother"),
    ("born", "buried"),
    ("won", "lost"),
    ("win", "lose"),
    ("begin", "end"),
    ("start", "stop"),
    ("male", "female"),
    ("more", "less"),
    ("oldest", "youngest"),
    ("best", "worst"),
    ("released", "withdrawn"),
    ("early", "late"),
    ("major", "minor"),
    ("men", "women"),
    ("sell", "buy"),
    ("sold", "bought"),
    ("founded", "dissolved"),
    ("advantages", "drawbacks"),
    ("advantage", "drawback"),
    ("benefits", "risks"),
    ("cause", "prevent"),
    ("causes", "prevents"),
    ("agreed", "refused"),
    ("supported", "opposed"),
    ("written", "translated"),
    ("wrote", "translated"),
    ("directed", "criticized"),
    ("built", "demolished"),
    ("died", "married"),
    ("located", "manufactured"),
    ("established", "abolished"),
    ("appointed", "dismissed"),
    ("high", "low"),
    ("collect", "delete"),
    ("share", "destroy"),
    ("director", "composer"),
    ("president", "treasurer"),
    ("population", "budget"),
    ("length", "weight"),
    ("height", "price"),
    ("cost", "age"),
]
_SWAP = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_WHEN = re.compile(r"^(when|where)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<!^)\b[A-Z][\w’'-]+(?:(?: of| the| and|) [A-Z][\w’'-]+)*")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?![\w,.]?\d)")


def lines(name: str, what: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name / f"{what}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def is_held_out(name: str, title: str, id_: str) -> bool:
    """Whether a passage is never trained on: by its title, or in a set without titles by itself."""
    if name == "squad2-train-part":
        return title in HELD_OUT_ARTICLES
    if name in EARLIER:
        return title in EARLIER[name]
    draw = int(hashlib.sha256((title or id_).encode()).hexdigest(), 16) % 100
    return draw < HELD_OUT_PERCENT


class Encoder:
    """Question, context and passage into token ids, as `ExtractiveReader` does."""

    def __init__(self, base: str = default.NAME) -> None:
        """Take the tokenizer of a model, `default.NAME` or `multilingual.NAME`."""
        halved = base == multilingual.NAME
        self.tokenizer = multilingual.tokenizer() if halved else default.tokenizer()
        self.around = multilingual.around() if halved else heads.AROUND
        self.most = MULTILINGUAL if halved else Most(MAX_QUESTION, MAX_CONTEXT, MAX_LENGTH)

    def tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        found = self.tokenizer.encode(text, add_special_tokens=False)
        return found.ids, found.offsets

    def example(
        self,
        question: str,
        context: str,
        passage: str,
        sentences: Sequence[Span],
        *,
        span: Span | None = None,
        parts: Collection[int] | None = None,
        answers: bool = False,
        kind: str | None = None,
        weight: float = 1.0,
    ) -> Example | None:
        """Return an example to learn from; None when what answers does not survive truncation.

        Args:
            question: As it is read.
            context: Title and headings of the passage.
            passage: Its text.
            sentences: Where its sentences stand in it.
            span: Where the short answer does, if it is known.
            parts: Which sentences belong to the answer; None when that is not known.
            answers: Whether the passage answers.
            kind: What is asked for, one of `KINDS`; None when that is not known.
            weight: How much the example counts.
        """
        asked = [*self.around.question, *self.tokens(question)[0][: self.most.question], self.around.end]
        front = [*asked, *self.around.passage, *self.tokens(context)[0][: self.most.context]]
        ids, offsets = self.tokens(passage)
        room = self.most.length - len(front) - 1
        ids, offsets = ids[:room], offsets[:room]
        places = sentence_of(offsets, sentences)
        count = places[-1] + 1 if places else 0
        if not count or (parts and max(parts) >= count):
            return None
        start = end = -1
        if span is not None:
            inside = [i for i, (a, b) in enumerate(offsets) if a < span.end and b > span.start]
            if not inside or offsets[inside[-1]][1] < span.end - 2:
                return None
            start, end = len(front) + inside[0], len(front) + inside[-1]
        return {
            "ids": np.array([*front, *ids, self.around.end], np.int32),
            "second": len(asked),
            "passage": len(front),
            "sentences": np.array(places, np.int16),
            "parts": None if parts is None else np.array([i in parts for i in range(count)], np.float32),
            "start": start,
            "end": end,
            "answers": answers,
            "kind": -1 if kind is None else KINDS.index(kind),
            "weight": weight,
        }


class PublicSet:
    """A public set with sentences, tokens of each sentence and, where asked for, what retrieval finds."""

    def __init__(self, name: str, encoder: Encoder) -> None:
        self.name, self.encoder = name, encoder
        corpus = lines(name, "corpus")
        self.questions = lines(name, "queries")
        self.rows = {entry["id"]: row for row, entry in enumerate(corpus)}
        self.texts = [entry["text"].strip() for entry in corpus]
        self.titles = [entry["title"] for entry in corpus]
        self._sentences: dict[int, list[Span]] = {}
        self.held_out = [is_held_out(name, entry["title"], entry["id"]) for entry in corpus]
        self.found: list[list[int]] = []

    def sentences(self, row: int) -> list[Span]:
        if row not in self._sentences:
            self._sentences[row] = split_sentences(self.texts[row])
        return self._sentences[row]

    def row(self, question: dict[str, Any]) -> int:
        return self.rows[question["relevant"][0]]

    def spans(self, question: dict[str, Any]) -> list[Span]:
        """Return where accepted answers stand, of each the occurrence whose sentence shares most with the question."""
        row = self.row(question)
        text, words, spans = self.texts[row], set(terms(question["text"])), []
        for answer in {answer.strip() for answer in question["answers"] if answer.strip()}:
            best = None
            for found in re.finditer(re.escape(answer), text):
                at, end = found.span()
                edges = (at == 0 or not text[at - 1].isalnum()) + (end == len(text) or not text[end].isalnum())
                near = [s.of(text) for s in self.sentences(row) if s.start < end and s.end > at]
                score = (edges, len(words & set(terms(" ".join(near)))), -at)
                if best is None or score > best[0]:
                    best = (score, Span(at, end))
            if best is not None:
                spans.append(best[1])
        return sorted(spans, key=lambda s: (-s.end + s.start, s.start))

    def window(self, row: int, wanted: Sequence[Span], question: str, rng: random.Random) -> list[int]:
        """Return neighbouring sentences, of at most WINDOW words, around spans or the sentence most like a question."""
        text, sentences = self.texts[row], self.sentences(row)
        counts = [len(s.of(text).split()) for s in sentences]
        if sum(counts) <= WHOLE or not sentences:
            return list(range(len(sentences)))
        if wanted:
            held = [i for i, s in enumerate(sentences) if any(_overlap(s, span) for span in wanted)]
        else:
            words = set(terms(question))
            held = [max(range(len(sentences)), key=lambda i: len(words & set(terms(sentences[i].of(text)))))]
        first, last = (held[0], held[-1]) if held else (0, 0)
        size = sum(counts[first : last + 1])
        while ways := [i for i in (first - 1, last + 1) if 0 <= i < len(counts) and size + counts[i] <= WINDOW]:
            i = rng.choice(ways)
            size += counts[i]
            first, last = min(first, i), max(last, i)
        return list(range(first, last + 1))

    def example(
        self,
        question: str,
        row: int,
        kept: Sequence[int],
        wanted: Sequence[Span] = (),
        *,
        spanned: bool = True,
        **labels: Any,
    ) -> Example | None:
        """Return an example of some sentences of a passage, of which those with a span of `wanted` answer."""
        text, places = self.texts[row], [self.sentences(row)[i] for i in kept]
        moved, at = [], 0
        for place in places:
            moved.append(Span(at, at + place.end - place.start))
            at = moved[-1].end + 1
        parts = {i for i, place in enumerate(places) if any(_overlap(place, span) for span in wanted)}
        short = None
        for span in wanted if spanned else ():
            for place, new in zip(places, moved, strict=True):
                if short is None and place.start <= span.start < place.end:
                    by = new.start - place.start
                    short = Span(span.start + by, min(span.end, place.end) + by)
        labels = {"parts": parts, "answers": bool(wanted)} | labels
        shown = " ".join(place.of(text) for place in places)
        return self.encoder.example(question, self.titles[row], shown, moved, span=short, **labels)

    def search(self, embedder: ModelEmbedder, cache: Path, most: int = 10) -> None:
        file = cache / f"{self.name}.npz"
        if file.exists():
            stored = np.load(file)
            passages, asked = stored["passages"], stored["questions"]
        else:
            both = zip(self.titles, self.texts, strict=True)
            inputs = [PassageInput(f"{title}.", text, (Span(0, len(text)),)) for title, text in both]
            passages = np.stack([found.passage for found in embedder.embed_passages(inputs)])
            asked = embedder.embed_questions([q["text"] for q in self.questions])
            np.savez(file, passages=passages, questions=asked)
        with tempfile.TemporaryDirectory() as folder:
            lexical.write(Path(folder), [terms(f"{t}\n{x}") for t, x in zip(self.titles, self.texts, strict=True)])
            index = Bm25Index([Postings(Path(folder))])
            for question, vector in zip(self.questions, asked, strict=True):
                words = terms(question["text"])
                weights = index.weights(words)
                coverages = index.all_scores(words) / (sum(weights[w] for w in words) or 1.0)
                scores = DENSE_WEIGHT * np.maximum(passages @ vector, 0) + (1 - DENSE_WEIGHT) * coverages
                self.found.append([int(r) for r in np.argsort(-scores, kind="stable")[:most]])


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def altered(question: str, place: str, pools: dict[str, list[str]], rng: random.Random) -> str | None:
    """A question that shares nearly all words with another but is not answered by the place (passage and title)."""
    held = fold(place)
    ways = []
    names = list(_NAME.finditer(question))
    if names:
        ways.append("name")
    years, numbers = list(_YEAR.finditer(question)), list(_NUMBER.finditer(question))
    if years:
        ways.append("year")
    if numbers:
        ways.append("number")
    words = [m for m in re.finditer(r"\w+", question) if m.group().casefold() in _SWAP]
    if words:
        ways.append("word")
    if _WHEN.match(question) and " why " not in question:
        ways.append("why")
    rng.shuffle(ways)
    for way in ways:
        if way == "name":
            match = rng.choice(names)
            size = len(match.group().split())
            pool = [n for n in pools["name"] if len(n.split()) == size and fold(n) not in held] or pools["name"]
            other = rng.choice(pool)
            if any(word in held for word in fold(other).split() if len(word) > 3):
                continue
        elif way == "year":
            match = rng.choice(years)
            other = str(int(match.group()) + rng.choice([-30, -12, -7, -4, -3, -2, -1, 1, 2, 3, 4, 7, 12]))
            if other in held:
                continue
        elif way == "number":
            match = rng.choice(numbers)
            other = str(rng.randint(2, 99))
            if re.search(rf"\b{other}\b", held) or other == match.group():
                continue
        elif way == "word":
            match = rng.choice(words)
            other = _SWAP[match.group().casefold()]
            if re.search(rf"\b{other}", held):
                continue
        else:
            if re.search(r"\b(?:because|since|due to|in order|reason|after|as a result)\b", held):
                continue
            return "Why" + question[match_end(_WHEN, question) :]
        return question[: match.start()] + other + question[match.end() :]
    return None


def match_end(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def lower_names(question: str, title: str, passage: str) -> str:
    """Give the names of a question typed in lower case their capitals, as title and passage show them."""
    shown = {w.casefold(): w for w in re.findall(r"\b[A-Z][\w’'-]+", f"{passage} {title}") if len(w) > 3}
    parts = re.split(r"(\W+)", question)
    return "".join(shown.get(p, p) if i else p for i, p in enumerate(parts))


def examples(data: PublicSet, plan: Plan, rng: random.Random) -> Iterator[tuple[str, Example | None]]:
    """Yield the examples of a set, each with what it was made as."""
    shown = {m.group() for text in data.texts for m in _NAME.finditer(text)}
    pools = {"name": sorted(n for n in shown | set(data.titles) if len(n) > 3 and len(n.split()) <= 4)}
    for at, question in enumerate(data.questions):
        row, text = data.row(question), question["text"]
        if data.held_out[row] or rng.random() > (plan.near if question.get("made") else plan.share):
            continue
        spans = data.spans(question)
        if not question["answerable"]:
            made = {"weight": 0.6} if question.get("made") else {}
            for _ in range(1 if made else plan.annotated):
                yield "near" if made else "not", data.example(text, row, data.window(row, (), text, rng), **made)
            continue
        if "label" in question:
            kept = data.window(row, spans, text, rng)
            known = {} if spans else {"parts": None}  # which sentences settle it is not said
            yield "yes or no", data.example(text, row, kept, spans, answers=True, kind="yes_no", **known)
            continue
        if not spans:
            continue
        kept = data.window(row, spans, text, rng)
        yield "answered", data.example(text, row, kept, spans, spanned=plan.spans)
        folded = [fold(a.strip()) for a in question["answers"] if a.strip()]
        if data.found and rng.random() < plan.searched:
            near = [
                r
                for r in data.found[at][:8]
                if r != row and not data.held_out[r] and not any(x in fold(data.texts[r]) for x in folded)
            ]
            if near:
                other = near[0] if rng.random() < 0.6 else rng.choice(near)
                yield "found", data.example(text, other, data.window(other, (), text, rng), weight=0.7)
        if rng.random() < plan.dropped:
            sentences = data.sentences(row)
            left = [i for i in kept if not any(_overlap(sentences[i], span) for span in spans)]
            rest = " ".join(sentences[i].of(data.texts[row]) for i in left)
            if len(left) >= 2 and not any(x in fold(rest) for x in folded):
                yield "dropped", data.example(text, row, left, weight=0.8)
        if rng.random() < plan.altered:
            place = f"{data.titles[row]} {data.texts[row]}"
            asked = text if any(c.isupper() for c in text[1:]) else lower_names(text, data.titles[row], data.texts[row])
            other_text = altered(asked, place, pools, rng)
            if other_text:
                yield (
                    "altered",
                    data.example(other_text.lower() if text.islower() else other_text, row, kept, weight=0.8),
                )


def main() -> None:
    work = Path(sys.argv[1])
    work.mkdir(parents=True, exist_ok=True)
    rng, encoder, embedder = random.Random(SEED), Encoder(*sys.argv[2:]), ModelEmbedder()
    made: list[Example] = []
    for name, plan in PLANS.items():
        data = PublicSet(name, encoder)
        if plan.searched:
            data.search(embedder, work)
        tally = Counter()
        for kind, example in examples(data, plan, rng):
            if example is not None:
                tally[kind] += 1
                made.append(example | {"set": name, "made": kind})
        print(name, dict(tally), flush=True)
    sizes = [len(e["ids"]) for e in made]
    print(len(made), "examples, tokens mean", np.mean(sizes), "p50/90/99", np.percentile(sizes, [50, 90, 99]))
    for example in rng.sample([e for e in made if e["made"] == "altered"], 12):
        print("altered:", encoder.tokenizer.decode(example["ids"][: example["second"]]))
    (work / "examples.pkl").write_bytes(pickle.dumps(made))


if __name__ == "__main__":
    main()
