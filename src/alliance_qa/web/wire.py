"""The JSON that goes over HTTP and out of `--json`: version 1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from alliance_qa.answering import answerability
from alliance_qa.domain import (
    MOST_SUGGESTIONS,
    Answer,
    BlockKind,
    Citation,
    Document,
    Fact,
    Filters,
    OperatingPoint,
    PassageKind,
    Provenance,
    RankedPassage,
    Reason,
    Turn,
)
from alliance_qa.errors import Failure
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import FileState, Manifest
from alliance_qa.index.store import Verdict
from alliance_qa.measuring.calibration import Calibration, Outcome
from alliance_qa.service.jobs import Job, JobState
from alliance_qa.web.links import Place, citation_url, document_url

MOST_TOP_K = 50
LONGEST_QUESTION = 2_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _printable(text: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text):
        raise ValueError("must not hold control characters or lone surrogates")
    return text


def _asked(text: str) -> str:
    text = _printable(text).strip()
    if not 1 <= len(text) <= LONGEST_QUESTION:
        raise ValueError(f"must have 1 to {LONGEST_QUESTION} characters")
    return text


def _dated(value: object) -> object:
    # pydantic also takes seconds since 1970 for a date, as a number or as text.
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("must be a date of the form YYYY-MM-DD")


QuestionText = Annotated[
    str,
    # White space around it does not count, but bounds what is looked at.
    StringConstraints(max_length=4 * LONGEST_QUESTION),
    AfterValidator(_asked),
    Field(
        description="1 to 2,000 characters",
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_QUESTION},
    ),
]
Text = Annotated[str, StringConstraints(max_length=8_000), AfterValidator(_printable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_printable)]
Date = Annotated[date, Field(strict=False), BeforeValidator(_dated)]
TopK = Annotated[int, Field(ge=1, le=MOST_TOP_K, description="how many of the nearest passages to return")]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class TurnIn(In):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Text

    def value(self) -> Turn:
        """Return the domain's form."""
        return Turn(self.role, self.content)


class FiltersIn(In):
    """Which documents are asked. Filters apply before ranking: `top_k` counts what they let through."""

    document: Name | None = Field(None, description="a document id")
    author: Name | None = Field(None, description="a part of the author's name, in any case")
    published_from: Date | None = Field(None, description="earliest date, inclusive")
    published_to: Date | None = Field(None, description="latest date, inclusive")

    @model_validator(mode="after")
    def _ordered(self) -> FiltersIn:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError("published_from must not be after published_to")
        return self

    def value(self) -> Filters:
        """Return the domain's form."""
        return Filters(self.document, self.author, self.published_from, self.published_to)


Id = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{32}$"),
    Field(description="32 hex digits that the service gave"),
]


class AskIn(In):
    """A question, with what came before it."""

    question: QuestionText
    history: Annotated[list[TurnIn], Field(max_length=100, description="earlier turns, oldest first")] = []
    top_k: TopK | None = None
    filters: FiltersIn = FiltersIn()
    conversation_id: Id | None = Field(None, description="of the first answer, with every further question")


Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]


class VerifyIn(In):
    """A quote and where it is said to stand."""

    document_id: Name
    start: Annotated[int, Field(ge=0, le=2**53)]
    end: Annotated[int, Field(ge=0, le=2**53)]
    quote: Annotated[str, StringConstraints(max_length=50_000)]
    index_version: Version | None = Field(None, description="that was quoted; else the one in use")


class HighlightOut(Out):
    """The short answer inside a quote: a date, an amount, a name. `start` and `end` as in the citation."""

    start: int
    end: int
    text: str


class CitationOut(Out):
    """A quote and its place: `text[start:end] == quote`, in code points of the document's text."""

    number: int = Field(description="stands as [number] in the answer")
    document_id: str
    title: str
    author: str | None
    published: str | None = Field(description="ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD")
    source_url: str | None
    passage_id: str | None = Field(description="null where the line of a document fact is cited")
    quote: str
    start: int
    end: int
    highlight: HighlightOut | None = Field(description="the short answer itself; null where it is not clear")
    url: str = Field(description="the source with the quote marked, and the way to the other citations")


class PassageOut(Out):
    """One of the nearest passages."""

    rank: int
    passage_id: str
    document_id: str
    title: str
    kind: PassageKind
    headings: tuple[str, ...]
    page: int | None
    text: str
    score: float = Field(description="0 to 1, higher is nearer")
    start: int
    end: int


class AnswerOut(Out):
    """Sentences of the collection with their places, or `answered: false` and why."""

    answered: bool
    reason: Reason | None = Field(description="why not answered; null when answered")
    answer: str = Field(description='quotes with markers: "… [1] … [2]"; empty when not answered')
    confidence: float = Field(description="0 to 1, that the citations answer the question")
    resolved_question: str = Field(description="what was searched for, after a follow-up was resolved")
    index_version: str
    citations: tuple[CitationOut, ...]
    passages: tuple[PassageOut, ...]
    suggestions: tuple[str, ...] = Field(
        max_length=MOST_SUGGESTIONS,
        description="when not answered: up to three questions that the collection answers nearby",
    )
    took_ms: int


class AskOut(AnswerOut):
    """An answer over HTTP."""

    answer_id: str = Field(description="names this answer in feedback about it")
    conversation_id: str = Field(description="to be sent with the next question of the conversation")


class CollectionOut(Out):
    """What the collection holds, to greet a visitor with."""

    index_version: str
    documents: int
    passages: int
    earliest: str | None = Field(description="the earliest date that a document states, ISO 8601")
    latest: str | None = Field(description="the latest")
    examples: tuple[str, ...] = Field(description="questions that it answers")
    questions_kept_days: int | None = Field(description="how long questions are kept; null when they are not")


class FeedbackIn(In):
    """What a visitor thinks of an answer."""

    answer_id: Id
    rating: Literal["up", "down"]
    comment: Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_printable)] | None = None


class WidgetOut(Out):
    """The chat widget that is served."""

    version: str
    url: str = Field(description="of this version and no other")
    integrity: str = Field(description="for the attribute `integrity` of a script element that loads it")


class SearchOut(Out):
    """The nearest passages."""

    question: str
    index_version: str
    passages: tuple[PassageOut, ...]
    took_ms: int


class FactOut(Out):
    """A fact about a document and where it is stated."""

    value: str
    provenance: Provenance
    start: int | None
    end: int | None


class DocumentSummaryOut(Out):
    """A document and its facts."""

    id: str
    path: str
    media_type: str
    title: str
    author: str | None
    published: str | None
    publisher: str | None
    source_url: str | None
    language: str | None
    characters: int
    url: str


class HeadingOut(Out):
    """A heading of a document."""

    level: int
    text: str
    start: int


class DocumentOut(DocumentSummaryOut):
    """A document with the provenance of its facts and its headings."""

    index_version: str
    sha256: str = Field(description="of the file's bytes")
    facts: dict[str, FactOut]
    headings: tuple[HeadingOut, ...]


class DocumentsOut(Out):
    """All documents, ordered by path."""

    index_version: str
    documents: tuple[DocumentSummaryOut, ...]


class TextOut(Out):
    """The text that citations point into."""

    text: str


class VerifyOut(Out):
    """Whether the quote stands at the place."""

    stands: bool
    index_version: str


class HealthOut(Out):
    """State of the service."""

    status: Literal["live", "ready", "degraded"] = Field(description="degraded: an earlier generation serves")
    index_version: str | None = Field(None, description="the generation that answers")
    detail: str | None = Field(None, description="what is wrong")


class ProgressOut(Out):
    """How far a rebuild is."""

    stage: str
    done: int
    total: int


class JobOut(Out):
    """A rebuild."""

    state: JobState
    progress: ProgressOut | None
    index_version: str | None
    error: str | None


class FileOut(Out):
    """A file of the documents folder."""

    path: str
    state: Literal["indexed", "skipped", "failed"]
    since: str = Field(description="when it came into this state")
    document_id: str | None
    passages: int
    failure: Failure | None = Field(description="why it is not indexed, as a class")
    reason: str | None = Field(description="the same in words")


class SegmentOut(Out):
    """A part of the generation."""

    name: str
    documents: int
    passages: int
    dense: str = Field(description="FAISS factory string and search parameters")
    recall: float = Field(description="at 10, against exact search, measured when it was built")


class OperatingPointOut(Out):
    """What a confidence means and from where on it answers, fitted by `alliance-qa calibrate`."""

    threshold: float = Field(description="the lowest confidence that answers")
    slope: float = Field(description="of the log-odds of the rule's confidence")
    intercept: float = Field(description="of the log-odds of the rule's confidence")
    questions: int = Field(description="that it was fitted to")
    made: str | None = Field(description="the day it was fitted, ISO 8601; null for the shipped one")


class GenerationOut(Out):
    """A generation on disk, after every file was compared with its manifest."""

    index_version: str
    in_use: bool
    damage: str | None = Field(description="the file, what was expected and what was found")
    operating_point: OperatingPointOut | None = Field(description="null: the shipped one")


class CheckOut(Out):
    """All generations on disk, the newest first."""

    sound: bool
    generations: tuple[GenerationOut, ...]


class IndexOut(Out):
    """The generation in use."""

    index_version: str
    created: str
    model: str
    dimension: int
    documents: int
    passages: int
    sentences: int
    segments: tuple[SegmentOut, ...]
    files: tuple[FileOut, ...]
    job: JobOut | None
    damage: str | None = Field(description="what is wrong with the generation that should be in use")
    operating_point: OperatingPointOut | None = Field(description="null: the shipped one")
    operating_point_note: str | None = Field(description="why one that was fitted is not used")


class OutcomeOut(Out):
    """What becomes of questions at an operating point."""

    unanswerable: int
    false_answers: int = Field(description="unanswerable questions that are answered")
    answerable: int
    over_refusals: int = Field(description="answerable questions that are refused")
    answers: int
    right: int = Field(description="answers with all that is needed")
    confidence: float = Field(description="mean of the answers; the share of them that is right should be as large")
    calibration_error: float = Field(description="mean distance of confidence and share right, over 10 bins")


class LeftOutOut(Out):
    """A question that cannot be judged."""

    id: str
    fault: str


class CalibrationOut(Out):
    """A fitted operating point and what it changes, in counts of questions."""

    questions: str = Field(description="the name of the set")
    index_version: str = Field(description="the generation that was asked")
    written: str | None = Field(description="the generation that has the point now; null when none was written")
    false_answers: float = Field(description="the share of the unanswerable questions that may be answered")
    operating_point: OperatingPointOut
    replaced: OperatingPointOut = Field(description="what was in use until now")
    before: OutcomeOut = Field(description="at the point in use until now")
    fitted: OutcomeOut = Field(description="on the questions that it was fitted to")
    held_out: OutcomeOut = Field(description="each fifth at a point fitted to the others: what to expect of new ones")
    certain: int = Field(description="questions that no operating point changes")
    left_out: tuple[LeftOutOut, ...]


def answer_out(answer: Answer, generation: Generation, took_ms: int) -> AnswerOut:
    """Return the JSON of an answer."""
    return AnswerOut(
        answered=answer.answered,
        reason=answer.reason,
        answer=answer.text,
        confidence=round(answer.confidence, 4),
        resolved_question=answer.question,
        index_version=generation.version,
        citations=_citations(answer.citations, generation),
        passages=passages_out(answer.passages, generation),
        suggestions=answer.suggestions,
        took_ms=took_ms,
    )


def passages_out(ranked: tuple[RankedPassage, ...], generation: Generation) -> tuple[PassageOut, ...]:
    """Return the JSON of passages."""
    return tuple(
        PassageOut(
            rank=entry.rank,
            passage_id=entry.passage.id,
            document_id=entry.passage.document_id,
            title=generation.corpus.document(entry.passage.document_id).facts.title.value,
            kind=entry.passage.kind,
            headings=entry.passage.headings,
            page=entry.passage.page,
            text=entry.passage.text,
            score=round(entry.score, 4),
            start=entry.passage.span.start,
            end=entry.passage.span.end,
        )
        for entry in ranked
    )


def collection_out(generation: Generation, examples: tuple[str, ...], kept_days: int | None) -> CollectionOut:
    """Return the JSON of what the collection holds."""
    earliest, latest = generation.period
    return CollectionOut(
        index_version=generation.version,
        documents=generation.manifest.documents,
        passages=generation.manifest.passages,
        earliest=earliest,
        latest=latest,
        examples=examples,
        questions_kept_days=kept_days,
    )


def search_out(question: str, ranked: tuple[RankedPassage, ...], generation: Generation, took_ms: int) -> SearchOut:
    """Return the JSON of a search."""
    return SearchOut(
        question=question,
        index_version=generation.version,
        passages=passages_out(ranked, generation),
        took_ms=took_ms,
    )


def documents_out(generation: Generation) -> DocumentsOut:
    """Return the JSON of all documents."""
    return DocumentsOut(
        index_version=generation.version,
        documents=tuple(DocumentSummaryOut(**_summary(d)) for d in generation.corpus.documents()),
    )


def document_out(document: Document, generation: Generation) -> DocumentOut:
    """Return the JSON of one document."""
    facts = {name: getattr(document.facts, name) for name in document.facts.__dataclass_fields__}
    return DocumentOut(
        **_summary(document),
        index_version=generation.version,
        sha256=document.sha256,
        facts={name: _fact(fact) for name, fact in facts.items() if fact is not None},
        headings=tuple(
            HeadingOut(level=block.level, text=block.span.of(document.text), start=block.span.start)
            for block in document.blocks
            if block.kind is BlockKind.HEADING
        ),
    )


def index_out(manifest: Manifest, job: Job | None = None, damage: str | None = None) -> IndexOut:
    """Return the JSON of the generation in use."""
    return IndexOut(
        index_version=manifest.version,
        created=manifest.created,
        model=manifest.recipe.model,
        dimension=manifest.dimension,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        files=tuple(_file(state) for state in manifest.sources),
        segments=tuple(
            SegmentOut(
                name=segment.name,
                documents=segment.documents,
                passages=segment.passages,
                dense=" ".join(filter(None, [segment.dense, segment.dense_parameters])),
                recall=segment.recall,
            )
            for segment in manifest.segments
        ),
        job=job_out(job) if job else None,
        damage=damage,
        operating_point=_point(manifest.operating_point),
        operating_point_note=manifest.dropped or _unused(manifest.operating_point),
    )


def calibration_out(
    found: Calibration,
    *,
    questions: str,
    asked: Manifest,
    written: Manifest | None,
    most_false: float,
    left_out: Sequence[tuple[str, str]],
) -> CalibrationOut:
    """Return the JSON of a calibration; `left_out` is the id and the fault of each question left out."""
    return CalibrationOut(
        questions=questions,
        index_version=asked.version,
        written=written.version if written else None,
        false_answers=most_false,
        operating_point=_point_out(found.point),
        replaced=_point_out(answerability.in_force(asked.operating_point)),
        before=_outcome(found.before),
        fitted=_outcome(found.fitted),
        held_out=_outcome(found.held_out),
        certain=found.certain,
        left_out=tuple(LeftOutOut(id=id_, fault=fault) for id_, fault in left_out),
    )


def check_out(verdicts: Sequence[Verdict]) -> CheckOut:
    """Return the JSON of a check."""
    return CheckOut(
        sound=all(verdict.damage is None for verdict in verdicts),
        generations=tuple(
            GenerationOut(
                index_version=verdict.version,
                in_use=verdict.in_use,
                damage=verdict.damage,
                operating_point=_point(verdict.operating_point),
            )
            for verdict in verdicts
        ),
    )


def job_out(job: Job) -> JobOut:
    """Return the JSON of a rebuild."""
    progress = None
    if job.progress is not None:
        progress = ProgressOut(stage=job.progress.stage, done=job.progress.done, total=job.progress.total)
    return JobOut(state=job.state, progress=progress, index_version=job.version, error=job.error)


def _citations(citations: Sequence[Citation], generation: Generation) -> tuple[CitationOut, ...]:
    places = [Place(citation.document_id, citation.span) for citation in citations]
    return tuple(
        _citation(
            citation, generation.corpus.document(citation.document_id), citation_url(places, at, generation.version)
        )
        for at, citation in enumerate(citations)
    )


def _citation(citation: Citation, document: Document, url: str) -> CitationOut:
    facts = document.facts
    return CitationOut(
        number=citation.number,
        document_id=citation.document_id,
        title=facts.title.value,
        author=_value(facts.author),
        published=_value(facts.published),
        source_url=_value(facts.source_url),
        passage_id=citation.passage_id,
        quote=citation.quote,
        start=citation.span.start,
        end=citation.span.end,
        highlight=_highlight(citation, document),
        url=url,
    )


def _highlight(citation: Citation, document: Document) -> HighlightOut | None:
    inner = citation.highlight
    return HighlightOut(start=inner.start, end=inner.end, text=inner.of(document.text)) if inner else None


def _summary(document: Document) -> dict[str, Any]:
    facts = document.facts
    return {
        "id": document.id,
        "path": document.path,
        "media_type": document.media_type,
        "title": facts.title.value,
        "author": _value(facts.author),
        "published": _value(facts.published),
        "publisher": _value(facts.publisher),
        "source_url": _value(facts.source_url),
        "language": _value(facts.language),
        "characters": len(document.text),
        "url": document_url(document.id),
    }


def _fact(fact: Fact) -> FactOut:
    span = fact.span
    return FactOut(
        value=fact.value,
        provenance=fact.provenance,
        start=span.start if span else None,
        end=span.end if span else None,
    )


def _file(state: FileState) -> FileOut:
    return FileOut(
        path=state.path,
        state=state.state,
        since=state.since,
        document_id=state.document_id,
        passages=state.passages,
        failure=state.failure,
        reason=state.reason,
    )


def _point(stored: OperatingPoint | None) -> OperatingPointOut | None:
    """Return the JSON of an operating point that is used; None where the shipped one is."""
    point = answerability.in_force(stored)
    return None if point is answerability.SHIPPED else _point_out(point)


def _point_out(point: OperatingPoint) -> OperatingPointOut:
    return OperatingPointOut(
        threshold=round(point.threshold, 4),
        slope=round(point.slope, 4),
        intercept=round(point.intercept, 4),
        questions=point.questions,
        made=point.made,
    )


def _unused(stored: OperatingPoint | None) -> str | None:
    if stored is None or answerability.in_force(stored) == stored:
        return None
    return (
        f"the operating point of {stored.made} was fitted with another answerability rule and is not used; "
        'run "alliance-qa calibrate" again'
    )


def _outcome(outcome: Outcome) -> OutcomeOut:
    counts = asdict(outcome)
    return OutcomeOut(**{name: round(value, 4) for name, value in counts.items()})


def _value(fact: Fact | None) -> str | None:
    return fact.value if fact else None
