"""Documents, their text and their quotes over HTTP."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from edges import collection
from edges.client import PROBLEM, Client

pytestmark = pytest.mark.model

SENTENCE = collection.LIGHTHOUSE_SENTENCE
NOTES_ID = "notes-on-oshima.md-4d7cbfef"
MISSING = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "no document has this id; list the documents to see their ids",
}


def test_the_collection_is_listed_by_path(client: Client) -> None:
    listed = client.get("/v1/documents").json
    assert list(listed) == ["index_version", "documents"]
    assert [d["path"] for d in listed["documents"]] == sorted([*collection.COPIED, "gardens.txt", "notes on Ōshima.md"])
    assert next(d for d in listed["documents"] if d["id"] == NOTES_ID) == {
        "id": NOTES_ID,
        "path": "notes on Ōshima.md",
        "media_type": "text/markdown",
        "title": "Notes on the Lighthouse of Ōshima",
        "author": "Ichiro Tanaka",
        "published": "2001-02-03",
        "publisher": None,
        "source_url": None,
        "language": None,
        "characters": len(client.text(NOTES_ID)),
        "url": f"/documents/{NOTES_ID}",
    }


def test_a_document_says_where_its_facts_stand(client: Client, server_home: Path) -> None:
    document = client.get(f"/v1/documents/{NOTES_ID}").json
    text = client.text(NOTES_ID)
    facts = document["facts"]
    assert {name: (fact["value"], fact["provenance"]) for name, fact in facts.items()} == {
        "title": ("Notes on the Lighthouse of Ōshima", "front_matter"),
        "author": ("Ichiro Tanaka", "front_matter"),
        "published": ("2001-02-03", "front_matter"),
    }
    assert text[facts["author"]["start"] : facts["author"]["end"]] == "author: Ichiro Tanaka"
    assert (text.split("\n")[facts["author"]["line"] - 1], facts["author"]["weak"]) == ("author: Ichiro Tanaka", False)
    assert all(fact["where"] for fact in facts.values())
    file = server_home / "documents" / "notes on Ōshima.md"
    assert document["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_document_has_its_headings_at_their_places(client: Client) -> None:
    for summary in client.get("/v1/documents").json["documents"]:
        document = client.get(f"/v1/documents/{summary['id']}").json
        text = client.text(summary["id"])
        assert summary.items() <= document.items()
        assert len(text) == summary["characters"]
        for heading in document["headings"]:
            assert text.startswith(heading["text"], heading["start"])


@pytest.mark.parametrize(
    "path", ["/v1/documents/nowhere.txt", "/v1/documents/nowhere.txt/text", "/documents/nowhere.txt"]
)
def test_a_document_that_is_not_there_is_404(path: str, client: Client) -> None:
    reply = client.get(path)
    assert (reply.status, reply.headers["content-type"], reply.json) == (404, PROBLEM, MISSING)


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "%FF", "..%2F..%2Fetc%2Fpasswd", "%0A", "a" * 5000])
def test_a_strange_name_of_a_document_is_404(name: str, client: Client) -> None:
    # With folders it is none of a document, but what a keeper may put.
    assert client.get(f"/v1/documents/{name}").status == (405 if "%2F" in name else 404)
    assert client.get(f"/documents/{name}?start=0&end=1").status == 404


def stands(client: Client, quote: str, start: int, end: int, document_id: str = NOTES_ID) -> Any:
    reply = client.post("/v1/verify", {"document_id": document_id, "start": start, "end": end, "quote": quote})
    assert reply.status == 200, reply.text
    return reply.json


@pytest.fixture
def place(client: Client) -> tuple[int, int]:
    """Where the sentence on the lighthouse stands."""
    start = client.text(NOTES_ID).index(SENTENCE)
    return start, start + len(SENTENCE)


def test_a_quote_at_its_place_stands(client: Client, place: tuple[int, int]) -> None:
    version = client.get("/v1/documents").json["index_version"]
    assert stands(client, SENTENCE, *place) == {"stands": True, "index_version": version}


@pytest.mark.parametrize(("before", "after"), [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (0, 2**52)])
def test_a_quote_beside_its_place_does_not_stand(
    before: int, after: int, client: Client, place: tuple[int, int]
) -> None:
    start, end = place
    assert stands(client, SENTENCE, start + before, end + after)["stands"] is False


@pytest.mark.parametrize(
    "quote", [SENTENCE.replace("Ō", "O\u0304"), SENTENCE.lower(), SENTENCE[:-1], SENTENCE + " ", ""]
)
def test_a_quote_of_other_characters_does_not_stand(quote: str, client: Client, place: tuple[int, int]) -> None:
    assert stands(client, quote, *place)["stands"] is False


def test_nothing_stands_at_an_empty_place(client: Client) -> None:
    assert stands(client, "", 3, 3)["stands"] is False
    assert stands(client, SENTENCE, 9, 3)["stands"] is False


def test_a_quote_does_not_stand_in_another_document(client: Client, place: tuple[int, int]) -> None:
    assert stands(client, SENTENCE, *place, document_id="timeline.md")["stands"] is False


def test_offsets_are_no_utf_16_units(client: Client) -> None:
    """A browser counts 𠮷 as two: its numbers are refused rather than taken for ours."""
    text = client.text(NOTES_ID)
    start = text.index("🗼.")
    units = len(text[:start].encode("utf-16-le")) // 2
    assert units == start + 1
    assert stands(client, "🗼.", start, start + 2)["stands"] is True
    assert stands(client, "🗼.", units, units + 3)["stands"] is False


def test_a_quote_of_a_document_that_is_not_there_is_404(client: Client) -> None:
    reply = client.post("/v1/verify", {"document_id": "nowhere", "start": 0, "end": 1, "quote": "a"})
    assert (reply.status, reply.json) == (404, MISSING)
