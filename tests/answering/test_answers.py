"""The real commentary beside the shipped documents: dropped in, indexed, asked."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Answer, Filters, Reason
from alliance_qa.ports import Embedder
from alliance_qa.service.service import Service
from edges.server import settings_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "commentary"
NAME = "japans-alliance-with-the-us-has-just-gone-global.txt"

pytestmark = [
    pytest.mark.model,
    pytest.mark.commentary,
    pytest.mark.skipif(not (FOLDER / NAME).is_file(), reason="../shared/commentary is absent"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shipped: Path, model: Embedder) -> Service:
    folder = tmp_path_factory.mktemp("collection") / "home"
    shutil.copytree(shipped, folder)
    shutil.copy(FOLDER / NAME, folder / "documents")
    rebuild(settings_of(folder), model)
    return Service(settings_of(folder), model)


def ask(service: Service, question: str, document: str | None = None) -> Answer:
    return service.ask(service.generation, question, filters=Filters(document=document))


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Who wrote this?", "Jeffrey W. Hornung"),
        ("When was it published?", "Apr 16, 2024"),
        ("Who published this?", "Nikkei Asia"),
        ("What is the title of this document?", "Gone Global"),
        ("How many treaty allies did the United States rely on in Asia?", "six treaty allies"),
        ("When did the United States drop its pact with Taiwan?", "1980"),
        ("What is the title of the joint summit statement?", "global partners for the future"),
        ("Which war began the shift?", "1991 Gulf War"),
        ("When were the Guidelines revised?", "1997 and again in 2015"),
    ],
)
def test_a_visitor_is_answered_in_the_commentary_s_own_words(service: Service, question: str, quoted: str) -> None:
    answer = ask(service, question, NAME)
    assert any(quoted in citation.quote for citation in answer.citations), answer.text


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "How do I cook rice?", "How much did the summit cost?"]
)
def test_what_is_not_stated_is_refused(service: Service, question: str) -> None:
    answer = ask(service, question)
    assert answer.reason in (Reason.NOTHING_RELEVANT, Reason.RELATED_BUT_NOT_STATED)


def test_a_pull_quote_is_no_second_passage_and_buttons_are_gone(service: Service) -> None:
    corpus = service.generation.corpus
    rows = corpus.rows_of([NAME]).tolist()
    texts = [passage.text for passage in corpus.passages(rows)]
    assert sum("strictly a bilateral affair" in text for text in texts) == 1
    assert sum("but the global nature of the alliance is now more prominent" in text for text in texts) == 1
    assert not any("Share on" in text or "More About" in text for text in texts)


def test_every_marker_and_quote_fits(service: Service) -> None:
    answer = ask(service, "What is the title of the joint summit statement?")
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert numbers == [citation.number for citation in answer.citations] == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        text = service.generation.corpus.document(citation.document_id).text
        assert text[citation.span.start : citation.span.end] == citation.quote
