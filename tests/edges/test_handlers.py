"""What serves a call is a function: it can be called without HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa.service.service import Service
from alliance_qa.web.api import documents, questions
from alliance_qa.web.api.state import State, state_of
from alliance_qa.web.wire.collection import VerifyIn
from edges.collection import LIGHTHOUSE_SENTENCE
from edges.embedder import WordEmbedder
from edges.server import settings_of


@pytest.fixture(scope="module")
def shared(small_home: Path) -> State:
    return state_of(Service(settings_of(small_home), WordEmbedder()))


def test_a_quote_is_verified_against_the_text_that_is_served(shared: State) -> None:
    (notes,) = (document for document in documents.documents(shared).documents if document.author == "Ichiro Tanaka")
    start = documents.text(notes.id, shared).text.index(LIGHTHOUSE_SENTENCE)
    for quote, stands in ((LIGHTHOUSE_SENTENCE, True), (LIGHTHOUSE_SENTENCE[::-1], False)):
        place = VerifyIn(document_id=notes.id, start=start, end=start + len(quote), quote=quote)
        assert questions.verify(place, shared).stands is stands
