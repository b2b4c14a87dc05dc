"""The names of version 1, written out: what goes over HTTP and out of --json keeps them."""

from __future__ import annotations

ANSWER_KEYS = [
    "answered",
    "reason",
    "answer",
    "confidence",
    "resolved_question",
    "index_version",
    "citations",
    "passages",
    "suggestions",
    "not_stated",
    "truncated",
    "took_ms",
]
ASK_KEYS = [*ANSWER_KEYS, "answer_id", "conversation_id"]
CITATION_KEYS = [
    "number",
    "document_id",
    "title",
    "author",
    "published",
    "source_url",
    "likely",
    "passage_id",
    "quote",
    "locator",
    "start",
    "end",
    "highlight",
    "url",
]
PASSAGE_KEYS = [
    "rank",
    "passage_id",
    "document_id",
    "title",
    "kind",
    "headings",
    "page",
    "locator",
    "text",
    "score",
    "start",
    "end",
]
