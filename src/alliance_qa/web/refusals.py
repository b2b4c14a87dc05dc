"""Why a question was not answered, in English sentences. The widget has the same ones, and others in Japanese."""

from __future__ import annotations

from alliance_qa.domain import Reason

SENTENCES = {
    Reason.NOTHING_RELEVANT: "The collection says nothing about this.",
    Reason.RELATED_BUT_NOT_STATED: "The collection treats this subject, but does not say this.",
    Reason.UNCLEAR_QUESTION: "This question is not clear enough to search for.",
    Reason.LANGUAGE_NOT_COVERED: "The collection has no document in this language.",
    Reason.SMALL_TALK: "Happy to help. Ask about the documents: answers are quoted from them, each with its source.",
}
NOT_STATED = "The collection does not say: {part}"
TRUNCATED = "This question is too long: only its beginning was read."
EXAMPLES = "Questions to start with"
