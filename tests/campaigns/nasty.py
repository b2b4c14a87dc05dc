"""Questions that are allowed and made to be expensive: `PYTHONPATH=tests python -m campaigns.nasty --full`.

Each is a kind of repetition, of lists, of words typed wrong, of letters, signs, numbers and clauses, or of a long
conversation, as long as the service takes. Their processor time, of all threads, is compared with that of the
questions that visitors ask. None may fail, and none may take more than the budget.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance_qa import budget
from alliance_qa.building import rebuild
from alliance_qa.service import service
from alliance_qa.service.service import Service
from alliance_qa.web.wire.fields import LONGEST_QUESTION
from alliance_qa.web.wire.question import AskIn
from campaigns.asking import cores, percentile
from edges.embedder import WordEmbedder
from edges.server import settings_of

ROOT = Path(__file__).resolve().parents[2]
_QUESTIONS = ROOT / "questions" / "development.jsonl"
_TURNS, _HISTORY = 100, 60_000  # characters; a body holds 65,536 bytes

Text = Callable[[random.Random, list[str]], str]


def _many(chance: random.Random, words: list[str]) -> str:
    return chance.choice(words)


def _typed_wrong(chance: random.Random, words: list[str]) -> str:
    word = chance.choice([word for word in words if len(word) > 6])
    at = chance.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _one_of(*pieces: str) -> Text:
    return lambda chance, words: chance.choice(pieces)


KINDS: dict[str, Text] = {
    "words of the collection": _many,
    "its words in capitals": lambda chance, words: _many(chance, words).upper(),
    "its words as names": lambda chance, words: _many(chance, words).title(),
    "words typed wrong": _typed_wrong,
    "joined words": lambda chance, words: "".join(chance.choices(words, k=8)),
    "hyphens": lambda chance, words: "-".join(chance.choices(words, k=9)),
    "one word": _one_of("treaty", "guidlines", "Treaty"),
    "words that say nothing": _one_of("what", "is", "the", "of", "it", "that", "who", "did"),
    "questions": _one_of("When was AUKUS announced?", "Who wrote it?", "What is the Quad?", "and why?"),
    "clauses": _one_of("when was it signed, and who", "which of those, and where,", "what is AUKUS and how"),
    "comparisons": _one_of("compare AUKUS and", "the difference between the Quad and", "versus NATO,", "or"),
    "overviews": _one_of("summarise", "the main points of", "what does it argue about", "NATO and"),
    "about documents": _one_of("who wrote the report on", "the latest document by", "list all documents about", "the"),
    "countries": _one_of("United States of America", "the United Kingdom", "Republic of Korea", "U.S.", "U.N."),
    "Roman numerals": lambda chance, words: (
        f"{chance.choice(['Article', 'Pillar'])} {chance.choice(['XIV', 'III', 'i'])}"
    ),
    "numbers": lambda chance, words: str(chance.randrange(10 ** chance.randrange(1, 9))),
    "dates": lambda chance, words: f"April {chance.randrange(1, 31)}, {chance.randrange(1950, 2026)}",
    "months": _one_of("since April", "before 2015", "in the 1990s", "last year", "from 1978 to 1997"),
    "greetings": _one_of("thanks", "hello", "who are you", "bye"),
    "quotation marks": _one_of('"', "“treaty”", "'", "‘a", '"of the"'),
    "brackets": _one_of("(", ")", "[1]", "{a}", "((treaty"),
    "stops": _one_of(".", "...", "a.b.c.", "Mr.", "e.g.", "?!"),
    "Japanese": _one_of("日米安全保障条約", "の", "カ", "日a"),
    "other letters": _one_of("договор", "معاهدة", "条約と", "สนธิสัญญา", "가"),
    "signs": _one_of("😀", "a\u0301\u0301\u0301", "ﷺ", "①", "ﬁ", "\u200b", "İ"),
}


def questions(seed: int, count: int, words: list[str]) -> list[tuple[str, AskIn]]:
    """Return so many, each with the name of its kind; the words are those of the collection."""
    chance, made = random.Random(seed), []
    for number in range(count):
        name = list(KINDS)[number % len(KINDS)]
        kinds = [KINDS[name], *([chance.choice(list(KINDS.values()))] if chance.random() < 0.3 else [])]
        # As long as it may be, or just below where the forms of a question are looked at.
        length = chance.choice((LONGEST_QUESTION, LONGEST_QUESTION, 300, chance.randrange(1, LONGEST_QUESTION)))
        asked = _filled(kinds, length, chance, words)
        history = []
        if chance.random() < 0.2:
            turns = chance.choice((1, 8, _TURNS))
            each = min(8_000, _HISTORY // turns)
            contents = [_filled(kinds, each, chance, words)[: each // 3] for _ in range(turns)]  # three bytes a letter
            history = [
                {"role": ("user", "assistant")[at % 2], "content": content} for at, content in enumerate(contents)
            ]
            asked = chance.choice((asked, "When was it announced?", "And in 2015?"))
        made.append((name, AskIn.model_validate({"question": asked, "history": history})))
    return made


def _filled(kinds: list[Text], length: int, chance: random.Random, words: list[str]) -> str:
    pieces, left = [chance.choice(kinds)(chance, words)], length
    while left > 0:
        pieces.append(chance.choice(kinds)(chance, words))
        left -= len(pieces[-1]) + 1
    return " ".join(pieces)[:length].strip() or "?"


@dataclass
class Outcome:
    """What came of it; all in seconds of processor time."""

    normal: list[float] = field(default_factory=list)
    nasty: list[float] = field(default_factory=list)
    refused: list[tuple[bool, float]] = field(default_factory=list)  # those of both that were refused; whether nasty
    slowest: list[tuple[float, str, str]] = field(default_factory=list)  # with kind and beginning
    failed: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The 99th percentile of the nasty ones by that of the normal ones."""
        return percentile(self.nasty, 99) / percentile(self.normal, 99)

    def __str__(self) -> str:
        lines = [
            f"{name}: {len(seconds)} questions, p50 {percentile(seconds, 50):.0f}, p99 {percentile(seconds, 99):.0f}, "
            f"most {percentile(seconds, 100):.0f} ms of processor time"
            for name, seconds in (
                ("normal", self.normal),
                ("nasty", self.nasty),
                ("normal, refused", [seconds for is_nasty, seconds in self.refused if not is_nasty]),
                ("nasty, refused", [seconds for is_nasty, seconds in self.refused if is_nasty]),
            )
        ]
        lines.append(f"p99 nasty by p99 normal: {self.ratio:.2f}; {len(self.failed)} failed; {cores()}")
        lines += [f"{seconds * 1000:.0f} ms: {kind}: {text[:60]!r}" for seconds, kind, text in self.slowest[:5]]
        return "\n".join([*lines, *self.failed[:5]])


def run(home: Path, *, count: int, seed: int, model: bool) -> Outcome:
    """Ask so many nasty questions of the shipped documents, and those of the development set."""
    outcome = Outcome()
    shutil.copytree(ROOT / "documents", home / "documents")
    settings = settings_of(home)
    embedder = service.load_embedder(settings) if model else WordEmbedder()
    rebuild.rebuild(settings, embedder)
    asked = Service(settings, embedder, service.load_reader(settings) if model else None)
    asked.check_ready()
    lines = [json.loads(line) for line in _QUESTIONS.read_text("utf-8").splitlines()]
    normal = [AskIn.model_validate({"question": line["text"], "history": line["history"]}) for line in lines]
    random.Random(seed).shuffle(normal)
    words = sorted({word for document in asked.generation.corpus.ids for word in _words(asked, document)})
    for question in normal[: max(100, count // 10)]:
        seconds, is_refused = _seconds(asked, question)
        outcome.normal.append(seconds)
        outcome.refused += [(False, seconds)] * is_refused
    for kind, question in questions(seed, count, words):
        try:
            seconds, is_refused = _seconds(asked, question)
        except Exception as error:
            outcome.failed.append(f"{kind}: {question.question[:60]!r}: {error!r}")
            continue
        outcome.nasty.append(seconds)
        outcome.refused += [(True, seconds)] * is_refused
        outcome.slowest = sorted([*outcome.slowest, (seconds, kind, question.question)], reverse=True)[:5]
    return outcome


def _words(asked: Service, document: str) -> list[str]:
    return [
        word for word in asked.generation.corpus.document(document).text.split() if word.isalpha() and len(word) > 1
    ]


def _seconds(asked: Service, question: AskIn) -> tuple[float, bool]:
    """Return the processor time that a question took, and whether it was refused."""
    started = time.process_time()
    history = [turn.value() for turn in question.history]
    with budget.limited(asked.settings.question_seconds):
        answer = asked.ask(asked.generation, question.question, history=history)
    return time.process_time() - started, answer.reason is not None


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--full", action="store_true", help="5,000 questions to the real models, instead of 250 to words"
    )
    parser.add_argument("--model", action="store_true", help="with the real models")
    parser.add_argument("--count", type=int, help="so many")
    parser.add_argument("--seed", type=int, default=14)
    given = parser.parse_args()
    count = given.count or (5_000 if given.full else 250)
    with TemporaryDirectory() as folder:
        outcome = run(Path(folder), count=count, seed=given.seed, model=given.model or given.full)
    print(outcome)
    print(f"seed {given.seed}")
    sys.exit(bool(outcome.failed) or ((given.model or given.full) and outcome.ratio > 2))


if __name__ == "__main__":
    main()
