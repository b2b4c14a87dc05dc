"""What assistants give the tools and get from them.

Whoever fills in the arguments is a language model: "5" is taken for 5, and an argument that there is not is refused,
since a filter that is overlooked would be worse than an error.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from alliance_qa.web.wire.answer import AnswerOut, PassageOut, SearchOut
from alliance_qa.web.wire.fields import MOST_TOP_K, Name, Out, QuestionText, TopK, Version
from alliance_qa.web.wire.question import FiltersIn

MOST_CHARACTERS = 20_000
"""Of documents in one result, about 5,000 tokens: hosts cut what is longer, and do not say where."""

MOST_EARLIER = 12
"""Questions of a history; whoever points further back says the name again."""

Offset = Annotated[int, Field(ge=0, le=2**53, description="in code points of the document's text")]
AnyVersion = Annotated[Version, Field(description="`index_version` of an earlier result; else the index in use")]


class ArgumentsIn(BaseModel):
    """What a tool is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedIn(ArgumentsIn):
    """What is asked, in front of all else."""

    question: QuestionText


class _WithinIn(FiltersIn, AskedIn):
    """A question, and of which documents it is asked."""

    model_config = ConfigDict(strict=False)


class AskToolIn(_WithinIn):
    """A question, what was asked before it, and of which documents it is asked."""

    history: list[QuestionText] = Field(
        [], max_length=MOST_EARLIER, description="earlier questions, oldest first, where this one leans on them"
    )


class SearchToolIn(_WithinIn):
    """A question, and which of the nearest passages are wanted."""

    top_k: TopK | None = None
    skip: int = Field(0, ge=0, lt=MOST_TOP_K, description="how many of the nearest to leave out: `next_skip`")


class FetchToolIn(ArgumentsIn):
    """A stretch of a document."""

    document_id: Name
    start: Offset = 0
    characters: int = Field(10_000, ge=1, le=MOST_CHARACTERS, description="the most to return")
    index_version: AnyVersion | None = None


class VerifyToolIn(ArgumentsIn):
    """A quote and where it is said to stand."""

    document_id: Name
    quote: Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS)]
    start: Offset | None = None
    end: Offset | None = None
    index_version: AnyVersion | None = None

    @model_validator(mode="after")
    def _place(self) -> VerifyToolIn:
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end belong together; without both the quote is looked for")
        return self


class SaidOut(Out):
    """The answer as a person reads it, in front of all else."""

    message: str = Field(description="the answer with its markers, or why there is none and what is answered nearby")


class FoundPassageOut(PassageOut):
    """One of the nearest passages, and its page."""

    url: str = Field(description="the source with the passage marked")


class AskToolOut(AnswerOut, SaidOut):
    """An answer. Its passages are cut to what fits."""

    passages: tuple[FoundPassageOut, ...]
    passages_left_out: int = Field(description="of the nearest passages, for their length; `search` has them")


class SearchToolOut(SearchOut):
    """The nearest passages. They are cut to what fits."""

    passages: tuple[FoundPassageOut, ...]
    next_skip: int | None = Field(description="search with this `skip` for those left out; null when all are here")


class FetchToolOut(Out):
    """A stretch of a document's text: `text` is `[start:end]` of it, in code points."""

    document_id: str
    title: str
    author: str | None
    published: str | None = Field(description="ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD")
    source_url: str | None
    likely: tuple[str, ...] = Field(description="which of these facts are likely, not said in so many words")
    url: str = Field(description="the document's page")
    index_version: str
    characters: int = Field(description="of the whole text")
    start: int
    end: int
    text: str
    next_start: int | None = Field(description="fetch with this `start` for the rest; null at the end")


class VerifyToolOut(Out):
    """Whether a quote stands, character by character, and where."""

    stands: bool
    document_id: str
    start: int | None = Field(description="null when it does not stand")
    end: int | None
    url: str | None = Field(description="the source with the quote marked; null when it does not stand")
    index_version: str


class ChatGptSearchIn(ArgumentsIn):
    """What ChatGPT searches for."""

    query: QuestionText


class ChatGptFetchIn(ArgumentsIn):
    """What ChatGPT fetches."""

    id: Name = Field(description="of a result of search, `next_id`, or a document id")


class ChatGptResultOut(Out):
    """A passage found."""

    id: str
    title: str
    url: str
    text: str


class ChatGptResultsOut(Out):
    """The passages found, best first."""

    results: tuple[ChatGptResultOut, ...]


class ChatGptDocumentOut(Out):
    """A document, or the part of a long one that begins with the passage."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str] = Field(
        description="author, published, source_url, which of them are likely; next_id: the rest"
    )
