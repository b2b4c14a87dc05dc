"""A question, what came before it, and which documents it is asked of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from alliance_qa.domain import Filters, PartialDate, Turn
from alliance_qa.web.wire.fields import Date, Id, In, Name, QuestionText, Text, TopK


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
    author: Name | None = Field(None, description="a part of the author's name, or words of it, in any case")
    published_from: Date | None = Field(None, description="earliest date, inclusive")
    published_to: Date | None = Field(None, description="latest date, inclusive")

    @model_validator(mode="after")
    def _ordered(self) -> FiltersIn:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError("published_from must not be after published_to")
        return self

    def value(self) -> Filters:
        """Return the domain's form."""
        start, end = (PartialDate.of(day) if day else None for day in (self.published_from, self.published_to))
        return Filters(self.document, self.author, start, end)


class AskIn(In):
    """A question, with what came before it."""

    question: QuestionText
    history: list[TurnIn] = Field([], max_length=100, description="earlier turns, oldest first")
    top_k: TopK | None = None
    filters: FiltersIn = FiltersIn()
    wording: Literal["verbatim", "composed"] | None = Field(
        None, description="quotes alone, or also in a language model's words, proved; null as the service is set"
    )
    conversation_id: Id | None = Field(None, description="of the first answer, with every further question")
