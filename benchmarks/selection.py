"""How a language model's choice of sentences and our own decision combine best.

    PYTHONPATH=src python benchmarks/selection.py [--every 3]

No language model answers here. In its place stands one that knows the labels of the questions and errs at random, as
often as the table says: of questions that nothing answers it names our best sentence ("lets through"), of those that
are answered it names none ("misses") or a wrong sentence ("mistakes"). A real model errs where we do, too: these
figures say which rule to take and not how good it will be. Questions: the sets tuning and calibration.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from alliance_qa.answering import selection
from alliance_qa.domain import Answer
from alliance_qa.measuring import question_sets
from alliance_qa.measuring.judgement import LabelledQuestion, Quote, is_needed, parts_held
from alliance_qa.service.service import Service
from alliance_qa.settings import load

QUESTIONS = Path(__file__).resolve().parents[1] / "questions"
SETS = ("tuning", "calibration")
RULES = {"ours": (0.0, 0.0), "its word": (20.0, -20.0)} | {
    f"{named:+g} {none:+g}": (named, none) for named in (0.5, 1.0, 1.5, 2.0) for none in (-0.5, -1.0, -2.0)
}
REPEATS = 5


class Noise(NamedTuple):
    """How often the stand-in errs, each in [0, 1]."""

    lets_through: float
    misses: float
    mistakes: float


NOISES = (Noise(0, 0, 0), Noise(0.2, 0.05, 0.1), Noise(0.4, 0.1, 0.2), Noise(0.56, 0.2, 0.3))


class Asked(NamedTuple):
    """A question, our own answer, and which of the sentences shown are needed."""

    question: LabelledQuestion
    answer: Answer
    needed: tuple[int, ...]


def main() -> None:
    """Print, for each noise and rule, the shares right, falsely answered and wrongly refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="ask only every so many questions")
    every = parser.parse_args().every
    service = Service(load())
    generation = service.generation
    quote = _quoting(service)
    asked = []
    for name in SETS:
        for question in question_sets.read(QUESTIONS / f"{name}.jsonl").questions[::every]:
            answer = service.ask(generation, question.text, history=question.history, alone=True)
            places = [(p.document_id, p.text_of(s)) for p, s in selection.places(answer)]
            needed = [
                at for at, place in enumerate(places) if question.answerable and is_needed(question, quote(*place))
            ]
            asked.append(Asked(question, answer, tuple(needed)))
    service.close()
    print(f"{len(asked)} questions, {sum(bool(a.answer.weighed) for a in asked)} answered or refused from passages")
    for noise in NOISES:
        print(f"\nlets through {noise.lets_through:.2f}, misses {noise.misses:.2f}, mistakes {noise.mistakes:.2f}")
        print("rule         right  false answers  over-refusals  answers right")
        for rule, (named, none) in RULES.items():
            selection.NAMED, selection.NONE_NAMED = named, none
            shares = _shares([_judged(*pair, generation.corpus, quote, rule) for pair in _drawn(asked, noise)])
            print(f"{rule:<11} {shares[0]:6.3f}  {shares[1]:13.3f}  {shares[2]:13.3f}  {shares[3]:13.3f}")


def _quoting(service: Service) -> Callable[[str, str], Quote]:
    corpus = service.generation.corpus

    def quote(document_id: str, text: str) -> Quote:
        document = corpus.document(document_id)
        return Quote(text, document.path, document.facts.title.value)

    return quote


def _drawn(asked: Sequence[Asked], noise: Noise) -> Iterator[tuple[Asked, list[int]]]:
    """Yield each question several times, with what the stand-in names."""
    chance = random.Random(1)
    for entry in asked * REPEATS:
        places = selection.places(entry.answer)
        cited = {(c.document_id, c.span) for c in entry.answer.citations or entry.answer.nearest}
        ours = [at for at, (passage, span) in enumerate(places) if (passage.document_id, span) in cited][:1]
        named = list(entry.needed)
        if not entry.question.answerable:
            named = ours if chance.random() < noise.lets_through else []
        elif chance.random() < noise.misses:
            named = []
        elif places and chance.random() < noise.mistakes:
            named = [chance.randrange(len(places))]
        yield entry, named


def _judged(
    entry: Asked, named: Sequence[int], corpus: object, quote: Callable[[str, str], Quote], rule: str
) -> tuple[bool, bool, bool]:
    """Return whether a question is answerable, whether it was answered, and whether that is right."""
    answer = entry.answer
    if answer.weighed and rule != "ours":
        places = selection.places(answer)
        answer = selection.combined(answer, [places[at] for at in named], corpus)  # type: ignore[arg-type]
    quotes = [quote(citation.document_id, citation.quote) for citation in answer.citations]
    is_right = parts_held(entry.question, quotes) == 1 if entry.question.answerable else not answer.answered
    return entry.question.answerable, answer.answered, is_right


def _shares(judged: Sequence[tuple[bool, bool, bool]]) -> tuple[float, float, float, float]:
    answerable = [entry for entry in judged if entry[0]]
    others = [entry for entry in judged if not entry[0]]
    return (
        sum(right for *_, right in judged) / len(judged),
        sum(answered for _, answered, _ in others) / len(others),
        sum(not answered for _, answered, _ in answerable) / len(answerable),
        sum(right for *_, right in answerable) / len(answerable),
    )


if __name__ == "__main__":
    main()
