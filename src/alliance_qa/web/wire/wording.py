"""Sentences that a language model worded, each with its proof, and how wording fares."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from alliance_qa.errors import LanguageModelFault
from alliance_qa.web.urls import Place, citation_url
from alliance_qa.web.wire.fields import Out
from alliance_qa.wording.composer import Sentence
from alliance_qa.wording.guard import State, Use
from alliance_qa.wording.rules import Check


class ProofOut(Out):
    """What a sentence stands on: `text[start:end] == quote`, widened where the source goes on with a "but"."""

    number: int = Field(description="of the citation")
    document_id: str
    quote: str
    start: int
    end: int
    url: str = Field(description="the source with this lit")


class SentenceOut(Out):
    """A sentence of a composed answer."""

    text: str
    proof: tuple[ProofOut, ...] = Field(description="at least one")
    checks: tuple[Check, ...] = Field(description="what it passed; none for a quote")
    is_quote: bool = Field(description="a quote in place of a sentence that was not proved")


class LanguageModelOut(Out):
    """How wording fares since the start."""

    model: str
    is_paused: bool = Field(description="it failed several times in a row and is not asked for a while")
    last_fault: LanguageModelFault | None = Field(description="null once it has answered again")
    outcomes: Mapping[str, int] = Field(description="answers by what came of them: composed, mixed, verbatim, a fault")
    selections: Mapping[str, int] = Field(description="selections by what came of them: some, none, a fault")
    resolutions: Mapping[str, int] = Field(description="follow-ups by what came of them: resolved, refused, a fault")
    refused: Mapping[str, int] = Field(description="sentences that were not proved, by the check that they failed")


def sentence_out(sentence: Sentence, version: str) -> SentenceOut:
    """Return the JSON of a sentence."""
    places = [Place(source.document_id, source.span) for source in sentence.sources]
    return SentenceOut(
        text=" ".join(sentence.text.split()),
        proof=tuple(
            ProofOut(
                number=source.number,
                document_id=source.document_id,
                quote=source.text,
                start=source.span.start,
                end=source.span.end,
                url=citation_url(places, at, version),
            )
            for at, source in enumerate(sentence.sources)
        ),
        checks=sentence.checks,
        is_quote=sentence.is_quote,
    )


def language_model_out(state: State | None) -> LanguageModelOut | None:
    """Return the JSON of how wording fares; None where no model is set."""
    if state is None:
        return None
    return LanguageModelOut(
        model=state.model,
        is_paused=state.is_paused,
        last_fault=state.last_fault,
        outcomes=state.outcomes[Use.WORD],
        selections=state.outcomes[Use.SELECT],
        resolutions=state.outcomes[Use.RESOLVE],
        refused=state.refused,
    )
