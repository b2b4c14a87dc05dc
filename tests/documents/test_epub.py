"""E-books: chapters in order, the facts of the package, and what is no text left out."""

from __future__ import annotations

import io
import zipfile

import pytest
from book_files import CONTAINER, PAGES, epub

from alliance_qa import documents
from alliance_qa.documents import archive
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.domain import Fact, Provenance
from alliance_qa.errors import DocumentError, Failure


def test_chapters_come_in_the_order_of_the_spine_under_their_titles() -> None:
    reading = documents.examine(epub(order="cover nav two one"), "fees.epub")
    text = reading.document.text
    assert [(b.kind.value, b.level, b.span.of(text), b.locator) for b in reading.document.blocks][7:] == [
        ("heading", 1, "The second fee", 'chapter "The second fee"'),
        ("paragraph", 0, "It was raised in 1950.", 'chapter "The second fee"'),
        ("row", 1, "port | fee", 'chapter "The second fee"'),
        ("row", 0, "Skagby | 940", 'chapter "The second fee"'),
        ("heading", 1, "The first fee", 'chapter "The first fee"'),
        ("paragraph", 0, "It was set in 1911. It was low.", 'chapter "The first fee"'),
        ("heading", 2, "Owners", 'chapter "The first fee"'),
        ("paragraph", 0, "They paid.", 'chapter "The first fee"'),
        ("paragraph", 0, "1 By the council.", 'chapter "The first fee"'),
    ]


def test_covers_and_contents_are_left_out_and_said() -> None:
    assert documents.examine(epub(), "fees.epub").left_out == (
        LeftOut(Omission.FURNITURE, "The Harbour Fees, a picture"),
        LeftOut(Omission.FURNITURE, "The first fee"),
        LeftOut(Omission.FURNITURE, "The second fee"),
        LeftOut(Omission.NOTE_MARK, "1"),
    )


def test_the_package_states_facts() -> None:
    document = documents.read(epub(), "fees.epub")
    facts = document.facts

    def of(fact: Fact | None) -> tuple[str, str, str] | None:
        assert fact is not None and fact.span is not None and fact.provenance is Provenance.FILE_METADATA
        return fact.value, fact.where, fact.span.of(document.text)

    assert of(facts.title) == ("The Harbour Fees", "dc:title", "title: The Harbour Fees")
    assert of(facts.author) == ("Ann Lee, Ben Ode", "dc:creator", "author: Ann Lee, Ben Ode")
    assert of(facts.published) == ("2021-05-03", "dc:date", "published: 2021-05-03T00:00:00Z")
    assert of(facts.publisher) == ("Skagby Press", "dc:publisher", "publisher: Skagby Press")
    assert of(facts.source_url) == ("https://example.org/fees", "dc:source", "source_url: https://example.org/fees")
    assert of(facts.language) == ("en-gb", "dc:language", "language: en-GB")
    assert "description: Of fees." in document.text


def test_the_year_that_stands_for_none_is_no_date() -> None:
    book = epub(metadata="<dc:title>A</dc:title><dc:date>0101-01-01T00:00:00+00:00</dc:date>")
    assert documents.read(book, "a.epub").facts.published is None


def test_titles_of_epub_2_are_read_too() -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Fees of old</text>'
        '</navLabel><content src="one.xhtml#a"/></navPoint></navMap></ncx>'
    )
    book = epub(
        {"one.xhtml": "<p>They were low.</p>"},
        order="one",
        more='<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
        parts={"OEBPS/toc.ncx": ncx},
    )
    document = documents.read(book, "a.epub")
    assert [block.span.of(document.text) for block in document.blocks][-2:] == ["Fees of old", "They were low."]


def _encryption(name: str) -> dict[str, str]:
    return {"META-INF/encryption.xml": f'<encryption xmlns:e="x"><e:CipherReference URI="{name}"/></encryption>'}


def _zip(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "failure", "reason"),
    [
        (b"text", Failure.DAMAGED, "is damaged or no zip file; save or download it again"),
        (epub()[:-60], Failure.DAMAGED, "is cut short, its end is missing; save or download it again"),
        (_zip(a="text"), Failure.DAMAGED, "is a zip file without an e-book in it; name it .zip where it holds"),
        (
            _zip(**{"META-INF__container.xml": CONTAINER, "book.opf": "no <xml"}),
            Failure.DAMAGED,
            "is an e-book whose package document is missing or damaged; save or download it again",
        ),
        (epub({"one.xhtml": "<img/>"}, order="one"), Failure.EMPTY, "has no text; its pages may be pictures"),
        (
            epub(parts=_encryption("OEBPS/one.xhtml")),
            Failure.ENCRYPTED,
            "is protected against copying (DRM); ask its publisher for an open copy",
        ),
    ],
)  # fmt: skip
def test_a_book_that_cannot_be_read_says_why(data: bytes, failure: Failure, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.read(data, "a.epub")
    assert str(caught.value).startswith(f"a.epub: {reason}")
    assert caught.value.failure is failure


def test_a_book_whose_fonts_are_encrypted_is_read() -> None:
    assert "They paid." in documents.read(epub(parts=_encryption("OEBPS/font.otf")), "a.epub").text


def test_a_page_of_the_spine_that_is_missing_is_passed_over() -> None:
    pages = {"one.xhtml": PAGES["one.xhtml"]}
    assert "They paid." in documents.read(epub(pages, order="gone one one"), "a.epub").text


def test_a_book_that_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(
        DocumentError, match=r"^a.epub: unpacks to more than 1 MiB; split it, or leave out what is no text$"
    ):
        documents.read(_zip(a="0" * (1 << 20) + "0"), "a.epub")
