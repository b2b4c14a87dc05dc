"""What was asked and what came of it: labelled questions, responses, and how right these are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alliance_qa.domain import Reason, Turn

# The bars of a table row, the marks of emphasis, quotation marks, and the hyphens at which lines break.
_IGNORED = frozenset("|*\"'“”‘’-‐‑")


class Kind(StrEnum):
    """What a question is like; questions/README.md describes each."""

    FACT = "fact"
    PARAPHRASE = "paraphrase"
    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    HOW_MANY = "how_many"
    WHY = "why"
    LIST = "list"
    COMPARISON = "comparison"
    DOCUMENT_FACT = "document_fact"
    FOLLOW_UP = "follow_up"
    NEAR_MISS = "near_miss"
    OFF_TOPIC = "off_topic"
    OTHER = "other"  # of a set that does not sort its questions

    @property
    def needs_all(self) -> bool:
        """Whether `answers` are parts of one answer; of every other kind they are variants."""
        return self in (Kind.LIST, Kind.COMPARISON)


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question of a set, with what answers it. Unanswerable ones have neither answers, evidence nor documents."""

    id: str
    kind: Kind
    text: str
    answerable: bool
    history: tuple[Turn, ...] = ()
    answers: tuple[str, ...] = ()  # accepted short answers; none where only the documents are known
    evidence: tuple[str, ...] = ()  # sentences that answer; none where a document as a whole does
    documents: tuple[str, ...] = ()  # their paths, or the last parts of them
    grades: tuple[int, ...] = ()  # how relevant each document is, from 1; none: all alike
    reason: Reason | None = None  # why it must be refused, where that is known
    standalone: str | None = None  # a follow-up written out

    def __post_init__(self) -> None:
        if not self.answerable and (self.answers or self.evidence or self.documents):
            raise ValueError(f"{self.id} is not answerable, but something answers it")
        if self.grades and len(self.grades) != len(self.documents):
            raise ValueError(f"{self.id} needs one grade per document")

    @property
    def has_answers(self) -> bool:
        """Whether an answer can be judged, and not only what was found."""
        return bool(self.answers or self.evidence) or not self.answerable


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited sentence; of a refused question, one that would have been cited."""

    text: str
    document: str  # its path
    title: str
    stands: bool = True  # whether exactly this stands at the cited place


@dataclass(frozen=True, slots=True)
class Response:
    """What the service made of a question."""

    reason: Reason | None  # None: answered
    confidence: float  # that the quotes answer, in [0, 1]
    quotes: tuple[Quote, ...]
    is_composed: bool | None = None  # whether every sentence was worded and proved; None where none was to be

    @property
    def answered(self) -> bool:
        """Whether the quotes were given as an answer."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Ranking:
    """How relevant what was found is. The units are passages or whole documents."""

    gains: tuple[int, ...]  # of each unit found, best first; 0 where it does not answer
    relevant: tuple[int, ...]  # the gains of all units that answer; at least one

    def __post_init__(self) -> None:
        if not self.relevant or min(self.relevant) < 1:
            raise ValueError("a ranking is measured by at least one relevant unit")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, what came of it, and how right that is."""

    question: LabelledQuestion
    response: Response | None = None  # None where there is nothing to judge an answer by
    ranking: Ranking | None = None  # None where no unit holds what answers
    milliseconds: float | None = None  # from question to answer
    fault: str | None = None  # why it cannot be judged
    written_out: Judged | None = None  # the same for `question.standalone`

    @property
    def parts(self) -> float:
        """The share of what is needed that the quotes hold; 0.0 when not answerable."""
        return parts_held(self.question, self.response.quotes) if self.response else 0.0

    @property
    def quotes_answer(self) -> bool:
        """Whether the quotes hold all that is needed, be they cited or not."""
        return self.parts == 1.0

    @property
    def answered(self) -> bool:
        """Whether the service answered."""
        return self.response is not None and self.response.answered

    @property
    def right(self) -> bool:
        """Whether it was answered with all that is needed; if it is not answerable, whether it was refused."""
        return (self.answered and self.quotes_answer) if self.question.answerable else not self.answered


def folded(text: str) -> str:
    """Return text as quotes and evidence are compared: without white space, case, hyphens and marks of form.

    A PDF breaks lines and words, and front matter may be quoted.
    """
    return text.translate(_FOLDED).casefold()


class _Folded(dict[int, str | None]):
    """What becomes of each character; worked out when it is first met, since documents hold few of the million."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        is_form = character.isspace() or character in _IGNORED or unicodedata.category(character) in ("Cc", "Cf")
        self[code] = None if is_form else character
        return self[code]


_FOLDED = _Folded()


def holds(text: str, sentence: str) -> bool:
    """Whether a folded text holds a sentence, or every cell of a table row: a PDF shows them as lines."""
    return all(folded(cell) in text for cell in sentence.split(" | "))


def is_of(path: str, named: str) -> bool:
    """Whether a path is the named one, or ends with it."""
    return path == named or path.endswith(f"/{named}")


def is_needed(question: LabelledQuestion, quote: Quote) -> bool:
    """Whether a quote holds a sentence that answers, or a part of one with an accepted answer in it.

    Where no sentence is known but documents are: whether it is of one of them and holds an accepted
    answer, or is at least half of one.
    """
    if not any(is_of(quote.document, name) for name in question.documents):
        return False
    said, answers = folded(quote.text), [folded(answer) for answer in question.answers]
    if question.evidence:
        return any(
            holds(said, sentence) or (said in folded(sentence) and any(answer in said for answer in answers))
            for sentence in question.evidence
        )
    return any(answer in said or (said in answer and 2 * len(said) >= len(answer)) for answer in answers)


def parts_held(question: LabelledQuestion, quotes: Iterable[Quote]) -> float:
    """Return the share of what is needed that quotes hold, in [0, 1].

    A list or a comparison needs all its answers, each in a quote that is needed; any other question
    needs one quote. 0.0 when the question is not answerable.
    """
    said = [folded(quote.text) for quote in quotes if is_needed(question, quote)]
    if not question.kind.needs_all or not question.answers:
        return float(bool(said))
    return sum(any(folded(answer) in text for text in said) for answer in question.answers) / len(question.answers)
