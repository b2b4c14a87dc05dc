"""What another judge makes of an answer: it names those of the nearest passages' sentences that answer, or none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from alliance_qa.answering import citations
from alliance_qa.answering.answerability import SHIPPED
from alliance_qa.answering.evidence import MOST_OF_MANY
from alliance_qa.domain import Answer, Citation, OperatingPoint, Passage, Reason, Span
from alliance_qa.ports import Corpus

# What the judge's word adds to the log odds that we answer rightly, by benchmarks/selection.py.
NAMED, NONE_NAMED = 1.0, -2.0

Place = tuple[Passage, Span]
"""A passage and a sentence of it."""


def places(answer: Answer) -> list[Place]:
    """Return the sentences that may be named, those of the nearest passage first; none where no passage was asked."""
    return [(passage, sentence) for passage in answer.weighed for sentence in passage.sentences]


def combined(answer: Answer, named: Sequence[Place], corpus: Corpus, point: OperatingPoint | None = None) -> Answer:
    """Return an answer decided anew with a judge's word.

    Args:
        answer: Made of passages, answered or refused.
        named: The sentences that the judge says answer, of `places`; none: it says that nothing does.
        corpus: Where they stand.
        point: From which confidence on the collection answers.
    """
    sure = min(max(answer.confidence, 1e-6), 1 - 1e-6)
    log_odds = math.log(sure / (1 - sure)) + (NAMED if named else NONE_NAMED)
    sure = 1 / (1 + math.exp(-log_odds))
    cited = answer.citations or answer.nearest
    if sure < (point or SHIPPED).threshold or not cited:
        reason = answer.reason or Reason.RELATED_BUT_NOT_STATED
        return replace(answer, citations=(), reason=reason, confidence=sure, nearest=cited, not_stated=())
    return replace(
        answer, citations=_joined(cited, named, corpus), reason=None, confidence=sure, suggestions=(), nearest=()
    )


def _joined(cited: Sequence[Citation], named: Sequence[Place], corpus: Corpus) -> tuple[Citation, ...]:
    """Return our citations and those of the sentences named, in reading order, as many as an answer may have."""
    kept = {(citation.document_id, citation.span): citation for citation in cited}
    for passage, sentence in named:
        if len(kept) >= MOST_OF_MANY:
            break
        place = (passage.document_id, sentence)
        if place not in kept:
            document = corpus.document(passage.document_id)
            kept[place] = citations.cite(document, sentence, number=1, passage_id=passage.id)
    documents = list(dict.fromkeys(document for document, _ in kept))
    ordered = sorted(kept, key=lambda place: (documents.index(place[0]), place[1]))
    return tuple(replace(kept[place], number=number) for number, place in enumerate(ordered, 1))
