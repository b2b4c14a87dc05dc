"""The values that travel through the service: frozen, one type per stage.

Offsets are half-open and count Unicode code points of `Document.text`. They are
neither bytes nor the UTF-16 units that JavaScript counts.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import total_ordering


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document's text, from `start` up to but not including `end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}:{self.end}")

    def of(self, text: str) -> str:
        """Return the characters of `text` that the span covers."""
        return text[self.start : self.end]

    def moved(self, by: int) -> Span:
        """Return the same stretch counted from elsewhere: `by` more, or less where it is negative."""
        return Span(self.start + by, self.end + by)


class BlockKind(StrEnum):
    """What a block of a document is."""

    METADATA = "metadata"  # a line that states a fact about the document: "author: …", a date line
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"  # an entry of a list
    ROW = "row"  # a row of a table, its cells joined by " | "
    CAPTION = "caption"  # what stands under a picture, its credit included
    FOOTER = "footer"  # what a site says about itself below the text


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or other unit of the text; blocks follow each other and never overlap."""

    kind: BlockKind
    span: Span
    level: int = 0  # of a heading, from 1 (the title); of a row that heads its table 1; 0 for everything else
    page: int | None = None  # the page it starts on, from 1, where the file has pages
    locator: str = ""  # where in the file it starts, in the words of its kind: "slide 7", "time 00:01:12"; "": not told


@total_ordering
@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, a month of it or a day of that: as precise as somebody said.

    Ordered by its first day; of those that begin together the least precise comes first, as their text does.
    """

    year: int  # 1 to 9999
    month: int | None = None  # 1 to 12
    day: int | None = None  # of the month; None without a month

    def __post_init__(self) -> None:
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)
        if self.day is not None and self.month is None:
            raise ValueError("a day needs its month")

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Return the date that ISO 8601 text names: "2024", "2024-04" or "2024-04-10".

        Raises:
            ValueError: The text is none of the three, or names no day there is.
        """
        found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", text)
        if not found:
            raise ValueError(f"not a date of the form YYYY, YYYY-MM or YYYY-MM-DD: {text!r}")
        return cls(*(int(part) for part in found.groups() if part))

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """Return a day as precise as it is."""
        return cls(day.year, day.month, day.day)

    def __str__(self) -> str:
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part)])

    def __lt__(self, other: PartialDate) -> bool:
        return str(self) < str(other)

    @property
    def first(self) -> date:
        """The first of its days."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last of its days."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def covers(self, day: date) -> bool:
        """Whether a day is one of its days."""
        return self.first <= day <= self.last

    def before(self, other: PartialDate) -> bool:
        """Whether all its days come before all of another: 2023 is before April 2024, 2024 is not."""
        for own, others in zip(self._parts, other._parts, strict=True):
            if own is None or others is None:
                return False
            if own != others:
                return own < others
        return False

    @property
    def _parts(self) -> tuple[int | None, ...]:
        return self.year, self.month, self.day


class Provenance(StrEnum):
    """Where a fact about a document was found, the most trusted first."""

    FRONT_MATTER = "front_matter"
    FILE_METADATA = "file_metadata"  # HTML meta and JSON-LD, PDF and DOCX properties
    TEXT = "text"  # the first lines, a byline, the note about the author
    FILE_NAME = "file_name"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a document and the line that states it."""

    value: str
    provenance: Provenance
    span: Span | None = None  # in the document's text; None when only the file name says it
    where: str = ""  # the tag, attribute, property or address that states it, as 'meta name="author"'
    weak: bool = False  # it is likely, not said in so many words


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a document as a whole. None: the document does not say."""

    title: Fact
    author: Fact | None = None
    published: Fact | None = None  # value in ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD
    publisher: Fact | None = None
    source_url: Fact | None = None  # value an http or https address
    language: Fact | None = None  # value a BCP 47 tag, lower case: "en", "ja"


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the collection as clean text with its structure and facts."""

    id: str
    path: str  # relative to the documents folder, with "/" between folders
    media_type: str
    sha256: str  # of the file's bytes, 64 hexadecimal digits
    text: str
    blocks: tuple[Block, ...]
    facts: Facts

    def __post_init__(self) -> None:
        end = 0
        for block in self.blocks:
            if block.span.start < end or block.span.end > len(self.text):
                raise ValueError(f"{self.path}: block {block.span} overlaps or leaves the text")
            end = block.span.end

    def locator(self, at: int) -> str:
        """Return where in the file the text at a place stands: "slide 7", "page 3"; "" where that is not told.

        Args:
            at: An offset in `text`. Between two blocks the one before says it.
        """
        before = bisect_right(self.blocks, at, key=lambda block: block.span.start)
        if not before:
            return ""
        block = self.blocks[before - 1]
        return block.locator or (f"page {block.page}" if block.page else "")


@dataclass(frozen=True, slots=True)
class Outline:
    """What a list of documents shows of one: all but its text."""

    id: str
    path: str
    media_type: str
    characters: int  # of the text
    facts: Facts


class LineKind(StrEnum):
    """A line by which people name a document."""

    TITLE = "title"
    LABEL = "label"  # the title, the words of the path and the lines that state facts, as one
    HEADING = "heading"


class PassageKind(StrEnum):
    """What a passage is made of."""

    TEXT = "text"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Passage:
    """A few whole sentences of one document: the unit that is embedded and found.

    `document.text[span.start : span.end] == text`, exactly. The sentences are in
    reading order, lie inside the span and never overlap; the first starts it and
    the last ends it.
    """

    document_id: str
    span: Span
    text: str
    sentences: tuple[Span, ...]  # offsets in the document's text, like `span`
    headings: tuple[str, ...] = ()  # from the outermost; context for the embedding, not part of the span
    kind: PassageKind = PassageKind.TEXT
    page: int | None = None  # the page it starts on, from 1
    heads: tuple[str, ...] = ()  # of rows of a table with heads: what stands above each column; a sentence is a row

    def __post_init__(self) -> None:
        if len(self.text) != self.span.end - self.span.start:
            raise ValueError(f"{self.id}: the span and the text differ in length")
        if not self.sentences or (self.sentences[0].start, self.sentences[-1].end) != (
            self.span.start,
            self.span.end,
        ):
            raise ValueError(f"{self.id}: the sentences do not fill the span")

    @property
    def id(self) -> str:
        """The passage's place, which is its identity: `document:start-end`."""
        return f"{self.document_id}:{self.span.start}-{self.span.end}"

    def text_of(self, span: Span) -> str:
        """Return the words at a place of the document that lies in this passage."""
        return span.moved(-self.span.start).of(self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. All scores are higher-is-better."""

    row: int  # of the passage in the index, from 0
    score: float  # weighted sum of the two below, in [0, 1]
    cosine: float  # of the question and the passage's nearest sentence, in [-1, 1]
    coverage: float  # BM25 divided by the most the question's terms could score, in [0, 1]


class Reason(StrEnum):
    """Why a question was not answered. Small talk is none of the refusals that are counted: it asks nothing."""

    NOTHING_RELEVANT = "nothing_relevant"
    RELATED_BUT_NOT_STATED = "related_but_not_stated"
    UNCLEAR_QUESTION = "unclear_question"
    LANGUAGE_NOT_COVERED = "language_not_covered"
    SMALL_TALK = "small_talk"  # a greeting, thanks, a farewell, or about whom one talks to


# A rule that is not certain never becomes so by calibration.
_LEAST_CONFIDENCE = 1e-9


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How the confidence of the answerability rule is read, and from where on it answers.

    Source of the form: Platt, Probabilistic outputs for support vector machines, 1999.
    """

    threshold: float  # the lowest calibrated confidence that answers, in (0, 1)
    slope: float = 1.0  # of the log-odds, above 0: calibration never changes which of two is surer
    intercept: float = 0.0
    questions: int = 0  # that it was fitted to
    made: str | None = None  # when it was fitted: ISO 8601, YYYY-MM-DD; None: it is the shipped one
    rule: str = ""  # the version of the rule whose confidence it reads

    def __post_init__(self) -> None:
        if not (0 < self.threshold < 1 and 0 < self.slope < math.inf and math.isfinite(self.intercept)):
            raise ValueError(f"an operating point needs a threshold in (0, 1) and a slope above 0, not {self}")
        if self.questions < 0:
            raise ValueError(f"an operating point is fitted to 0 or more questions, not {self.questions}")

    def calibrated(self, confidence: float) -> float:
        """Return the probability that a confidence of the rule stands for, in [0, 1].

        0 and 1 are certain, hence not the rule's, and stay as they are.
        """
        if not 0 < confidence < 1:
            return confidence
        log_odds = self.slope * (math.log(confidence) - math.log1p(-confidence)) + self.intercept
        # The same as 1 / (1 + exp(-x)), which overflows.
        return min(max((1 + math.tanh(log_odds / 2)) / 2, _LEAST_CONFIDENCE), 1 - _LEAST_CONFIDENCE)


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place. `quote` was compared with the document's text when this was made."""

    number: int  # from 1; stands as [number] in the answer
    document_id: str
    span: Span
    quote: str
    passage_id: str | None  # None where a fact's line is cited, which belongs to no passage
    highlight: Span | None = None  # the short answer, in the document's text and inside `span`; None: not clear

    def __post_init__(self) -> None:
        inner = self.highlight
        if inner is not None and not self.span.start <= inner.start < inner.end <= self.span.end:
            raise ValueError(f"the highlight {inner} leaves the quote {self.span}")


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its place in the ranking."""

    rank: int  # from 1
    score: float
    passage: Passage


MOST_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences of the collection with their places, or why there are none.

    There are citations exactly when there is no reason.
    """

    question: str  # as searched, after a follow-up was resolved
    citations: tuple[Citation, ...]  # in reading order
    reason: Reason | None
    confidence: float  # that the citations answer the question, in [0, 1]
    passages: tuple[RankedPassage, ...]  # the nearest, best first, answered or not
    suggestions: tuple[str, ...] = ()  # when refused: up to three questions that the collection does answer
    nearest: tuple[Citation, ...] = ()  # when refused: what would have been cited had it been surer
    not_stated: tuple[str, ...] = ()  # when answered: parts of the question that are not, as they were typed
    truncated: bool = False  # a model read only the beginning of the question

    def __post_init__(self) -> None:
        if bool(self.citations) != (self.reason is None):
            raise ValueError("an answer has citations exactly when it has no reason")
        if self.nearest and self.reason is None:
            raise ValueError("what would have been cited belongs to a refusal")
        if self.not_stated and self.reason is not None:
            raise ValueError("only an answer leaves parts of a question open")
        if self.suggestions and (self.reason is None or len(self.suggestions) > MOST_SUGGESTIONS):
            raise ValueError(f"only a refusal has suggestions, at most {MOST_SUGGESTIONS}")

    @property
    def text(self) -> str:
        """The quotes, each followed by its marker: "… [1] … [2]"; "" when refused."""
        return "".join(quote + marker for quote, marker in self.pieces)

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The text piece by piece: a quote with the spaces around it, and its marker, "[1]" for one.

        Line ends become spaces.
        """
        return tuple(
            (f"{' ' * bool(at)}{' '.join(citation.quote.split())} ", f"[{citation.number}]")
            for at, citation in enumerate(self.citations)
        )

    @property
    def answered(self) -> bool:
        """Whether the collection answers the question."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: str  # "user" or "assistant"
    content: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents a question is asked of. None: any."""

    document: str | None = None  # a document id
    author: str | None = None  # a part of the name, or words of it, in any case
    published_from: PartialDate | None = None  # inclusive; a document without a date is left out
    published_to: PartialDate | None = None  # inclusive

    @property
    def is_open(self) -> bool:
        """Whether every document passes."""
        return self == Filters()
