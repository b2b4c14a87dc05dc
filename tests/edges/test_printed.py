"""The pages of files as they are printed, over HTTP."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from alliance_qa.domain import Span
from alliance_qa.web.pages.printed import NOT_SHOWN
from alliance_qa.web.urls import Place, citation_url
from edges import paper, server
from edges.client import PROBLEM, Client, Reply
from edges.collection import write_small
from edges.server import Running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a PDF file, and an index."""
    home = tmp_path_factory.mktemp("paper")
    write_small(home / "documents")
    paper.write(home)
    paper.index(home)
    return home


@pytest.fixture(scope="module")
def client(made: Path) -> Iterator[Client]:
    with server.hosted(made, limit_pages="off") as running:
        yield running.client


@pytest.fixture
def running(made: Path, tmp_path: Path) -> Iterator[Running]:
    """One whose file may be changed."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    with server.hosted(home) as found:
        yield found


def span(client: Client, words: str) -> Span:
    start = client.text(paper.NAME).index(words)
    return Span(start, start + len(words))


def boxes(client: Client, words: str, **more: object) -> Reply:
    found = span(client, words)
    return client.get(f"/v1/documents/{paper.NAME}/boxes", {"start": found.start, "end": found.end, **more})


def source(client: Client, words: str, more: str = "") -> Reply:
    """Return the page of the source with the words lit."""
    url = citation_url([Place(paper.NAME, span(client, words))], 0, "000001")
    return client.get(url.partition("#")[0] + more)


def notes(reply: Reply) -> list[str]:
    return re.findall('<p role="note">(.*?)</p>', reply.text)


def rects(reply: Reply) -> list[dict[str, float]]:
    found = re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"/>', reply.text)
    return [dict(zip(("left", "top", "width", "height"), map(float, each), strict=True)) for each in found]


def test_a_quote_has_a_box_for_each_of_its_lines(client: Client) -> None:
    found = boxes(client, paper.FIRST).json
    assert (found["index_version"], len(found["sha256"])) == ("000001", 64)
    (page,) = found["pages"]
    assert (page["page"], page["width"], page["height"]) == (1, 420, 595)
    (box,) = page["boxes"]
    assert (box["left"], 250 < box["width"] < 340, 10 < box["height"] < 20) == (40, True, True)
    # The third line: its letters stand on a place that was chosen.
    assert box["top"] < 595 - (540 - 28 - 420) < box["top"] + box["height"]


def test_a_quote_that_runs_over_a_page_has_boxes_on_both(client: Client) -> None:
    pages = boxes(client, paper.OVER_PAGES).json["pages"]
    assert [(page["page"], len(page["boxes"])) for page in pages] == [(1, 2), (2, 1)]


def test_a_page_is_a_picture_that_a_browser_may_keep_where_its_generation_is_named(client: Client) -> None:
    path = boxes(client, paper.FIRST).json["pages"][0]["image"]
    assert path == f"/v1/documents/{paper.NAME}/pages/1?index_version=000001"
    reply = client.get(path)
    assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(reply.body)).size == (840, 1190)
    assert reply.headers["cache-control"] == "private, max-age=86400, immutable"
    again = client.get(path, headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", reply.headers["etag"])
    unnamed = client.get(path.partition("?")[0])
    assert (unnamed.headers["cache-control"], unnamed.headers["etag"]) == ("no-cache", reply.headers["etag"])
    assert unnamed.body == reply.body


def test_what_a_box_holds_on_the_picture_is_ink_and_beside_it_is_none(client: Client) -> None:
    (page,) = boxes(client, paper.FIRST).json["pages"]
    (box,) = page["boxes"]
    picture = Image.open(io.BytesIO(client.get(page["image"] + "&scale=4").body)).convert("L")
    left, top, right, bottom = (
        4 * side for side in (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])
    )
    assert min(picture.crop((left, top, right, bottom)).tobytes()) < 50
    assert picture.crop((left - 60, top, left - 2, bottom)).getextrema() == (255, 255)
    assert picture.crop((right + 1, top, right + 9, bottom)).getextrema() == (255, 255)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_page_is_as_large_as_was_asked(client: Client, scale: int) -> None:
    reply = client.get(f"/v1/documents/{paper.NAME}/pages/2", {"scale": scale})
    assert Image.open(io.BytesIO(reply.body)).size == (420 * scale, 595 * scale)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/documents/{paper.NAME}/pages/0", 422),
        (f"/v1/documents/{paper.NAME}/pages/-1", 422),
        (f"/v1/documents/{paper.NAME}/pages/1.5", 422),
        (f"/v1/documents/{paper.NAME}/pages/100001", 422),
        (f"/v1/documents/{paper.NAME}/pages/3", 404),
        (f"/v1/documents/{paper.NAME}/pages/1?scale=3", 422),
        (f"/v1/documents/{paper.NAME}/pages/1?scale=1000", 422),
        (f"/v1/documents/{paper.NAME}/pages/1?index_version=x", 422),
        (f"/v1/documents/{paper.NAME}/pages/1?index_version=999999", 410),
        ("/v1/documents/gardens.txt/pages/1", 404),
        ("/v1/documents/nothing.pdf/pages/1", 404),
        ("/v1/documents/..%2F..%2Fetc%2Fpasswd/pages/1", 405),
        (f"/v1/documents/{paper.NAME}/boxes", 422),
        (f"/v1/documents/{paper.NAME}/boxes?start=5&end=5", 404),
        (f"/v1/documents/{paper.NAME}/boxes?start=9&end=5", 404),
        (f"/v1/documents/{paper.NAME}/boxes?start=0&end=9999999", 404),
        (f"/v1/documents/{paper.NAME}/boxes?start=0&end=5&index_version=999999", 410),
        ("/v1/documents/gardens.txt/boxes?start=0&end=5", 404),
    ],
)
def test_what_is_none_is_a_problem(client: Client, path: str, status: int) -> None:
    reply = client.get(path)
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)


def test_why_there_are_no_boxes_is_said(client: Client) -> None:
    assert client.get("/v1/documents/gardens.txt/pages/1").json["detail"] == "Only PDF files have pages."
    detail = "Where on its pages the quote stands, if it does, is not known."
    assert boxes(client, "author: Jane Doe").json["detail"] == detail


# The page of a source


def test_the_page_of_a_source_lights_the_boxes_beside_the_text(client: Client) -> None:
    reply = source(client, paper.OVER_PAGES)
    pages = boxes(client, paper.OVER_PAGES).json["pages"]
    assert rects(reply) == [box for page in pages for box in page["boxes"]]
    images = [unescape(path) for path in re.findall(r'<image href="(.*?)"', reply.text)]
    assert images == [page["image"] for page in pages]
    assert [client.get(path).status for path in images] == [200, 200]
    assert notes(reply) == []
    assert "Pages 1 to 2 as printed" in reply.text
    assert f"Page 1 as printed. Lit is: “{paper.OVER_PAGES}”" in unescape(reply.text)


def test_a_page_with_pages_is_under_the_same_policy_as_any_other(client: Client) -> None:
    policies = {
        reply.headers["content-security-policy"] for reply in (source(client, paper.FIRST), client.get("/demo"))
    }
    assert len(policies) == 1
    assert not re.search(r"\sstyle=|<style|\son\w+=", source(client, paper.FIRST).text)


def test_zoom_is_a_link_and_asks_for_a_finer_picture(client: Client) -> None:
    reply, seen = source(client, paper.FIRST), []
    for _ in range(2):
        larger = re.search(r'<a href="([^"]*)" aria-label="Zoom in">', reply.text)
        assert larger
        reply = client.get(unescape(larger[1]).partition("#")[0])
        image = re.search('<image href="(.*?)"', reply.text)
        assert image
        seen.append((re.findall(r'class="paper zoom-(\d)"', reply.text), "scale=4" in image[1]))
    assert seen == [(["2"], True), (["4"], True)]
    assert "Zoom in" not in reply.text
    assert "Zoom out" in reply.text


@pytest.mark.parametrize("more", ["&zoom=3", "&zoom=", "&zoom=2&zoom=2", "&zoom=-1", "&zoom=2e0"])
def test_a_zoom_that_there_is_not_is_none(client: Client, more: str) -> None:
    assert 'class="paper zoom-1"' in source(client, paper.FIRST, more).text


def test_a_document_without_a_quote_or_without_pages_is_its_text(client: Client) -> None:
    for path in (f"/documents/{paper.NAME}", "/documents/gardens.txt?start=0&end=5"):
        reply = client.get(path)
        assert (reply.status, notes(reply), "<svg" in reply.text) == (200, [], False)


def unlit(reply: Reply, why: str) -> None:
    assert (reply.status, notes(reply), rects(reply), "<image" in reply.text) == (
        200,
        [f"{NOT_SHOWN} {why}"],
        [],
        False,
    )
    assert "<mark" in reply.text  # the text view stays


def test_a_quote_that_is_not_printed_is_lit_in_the_text_alone(client: Client) -> None:
    unlit(source(client, "author: Jane Doe"), "Where on its pages the quote stands, if it does, is not known.")


def test_nothing_is_lit_of_a_file_that_changed(running: Running) -> None:
    client, path = running.client, running.home / "documents" / paper.NAME
    image = boxes(client, paper.FIRST).json["pages"][0]["image"]
    assert client.get(image).status == 200
    data = path.read_bytes()
    for change in (lambda: path.write_bytes(data + b"\n"), path.unlink, lambda: path.symlink_to("/etc/hostname")):
        change()
        unlit(source(client, paper.FIRST), "The file is no longer the one that was indexed.")
        for reply in (boxes(client, paper.FIRST), client.get(image)):
            assert (reply.status, reply.json["detail"]) == (404, "The file is no longer the one that was indexed.")
    path.unlink()
    path.write_bytes(data)
    assert (client.get(image).status, len(rects(source(client, paper.FIRST)))) == (200, 1)


def test_an_earlier_generation_shows_no_page_of_the_file_of_now(running: Running) -> None:
    before = source(running.client, paper.FIRST)
    found = span(running.client, paper.FIRST)
    paper.write(running.home, (("A harbour is a place for ships, says the new book.",),))
    running.rebuild()
    url = citation_url([Place(paper.NAME, found)], 0, "000001").partition("#")[0]
    reply = running.client.get(url)
    assert len(rects(before)) == 1
    assert (rects(reply), notes(reply)[-1]) == ([], f"{NOT_SHOWN} The file is no longer the one that was indexed.")


def test_a_document_that_is_not_read_again_keeps_its_places(running: Running) -> None:
    before = boxes(running.client, paper.FIRST).json
    (running.home / "documents" / "more.txt").write_text("A pier was added in the spring of 1960.")
    running.rebuild()
    assert boxes(running.client, paper.FIRST).json["index_version"] == "000002"
    assert boxes(running.client, paper.FIRST, index_version="000001").json == before


def test_nothing_is_lit_where_the_page_cannot_be_drawn(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.hosted(made) as running:
        monkeypatch.setattr("alliance_qa.documents.printing._output", lambda *arguments: b"")
        unlit(source(running.client, paper.FIRST), "The page of the file cannot be drawn.")


def test_an_index_without_places_lights_nothing(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alliance_qa.index.corpus._columns", lambda database, table: {"heads"})  # as one of before
    with server.hosted(made) as running:
        unlit(
            source(running.client, paper.FIRST),
            "The places on its pages are not known; an index made anew may know them.",
        )


def test_drawing_is_limited_by_address_and_what_is_kept_is_not(made: Path) -> None:
    with server.hosted(made, limit_pages="2/hour") as running:
        client = running.client
        path = f"/v1/documents/{paper.NAME}/pages/"
        assert [client.get(f"{path}{page}").status for page in (1, 1, 2, 2, 1)] == [200] * 5
        refused = client.get(f"{path}1", {"scale": 4})
        assert (refused.status, refused.headers["retry-after"].isdigit()) == (429, True)
        assert len(rects(source(client, paper.FIRST))) == 1
        reply = source(client, paper.FIRST, "&zoom=2")
        (note,) = notes(reply)
        assert re.fullmatch(
            f"{NOT_SHOWN} Too many pages are drawn for this address; the next is taken in \\d+ s.", note
        )
        assert rects(reply) == []
        (note,) = notes(source(client, paper.FIRST, "&zoom=2&lang=ja"))
        said = "このアドレスからのページの描画が多すぎます。次は[0-9]+秒後に受け付けます。"
        assert re.fullmatch(f"印刷面は表示できません。 {said}", note)
