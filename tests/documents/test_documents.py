"""The door: bytes and a path in, a document out."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_qa import documents
from alliance_qa.domain import BlockKind, Document
from alliance_qa.errors import DocumentError, Failure

SUFFIXES = st.sampled_from(["x.txt", "x.md", "x.html"])
PIECES = st.sampled_from(
    [
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "\u2028",
        "\x85",
        "\x0c",
        " ",
        "- ",
        "# ",
        "---\n",
        "| a | b |\n|---|---|\n",
        "====",
    ]
    + ["<p>", "</div>", "Photo by Jane Doe/AP", "By Jane Doe", "April 16, 2024", "© 2024", "Share on Twitter"]
    + ["The first yard opened in May.", "港が同盟を支える。", "یک متن", "\ud7ff\U0001f6a2", "\x00", "\ufeff"]
)
PAGES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(PIECES, max_size=12).map("".join),
)
READING = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@READING
@given(PAGES, SUFFIXES)
def test_the_text_is_clean_and_its_blocks_cover_it_in_order(page: str, path: str) -> None:
    document = _read(page, path)
    if document is None:
        return
    assert not [char for char in document.text if char != "\n" and unicodedata.category(char) in ("Cc", "Cs")]
    assert "\ufeff" not in document.text
    end = 0
    for block in document.blocks:
        assert document.text[end : block.span.start] in ("", "\n", "\n\n")
        line = block.span.of(document.text)
        assert line == " ".join(line.split()) != ""
        end = block.span.end
    assert end == len(document.text)


@READING
@given(PAGES, SUFFIXES)
def test_every_fact_lies_in_the_text(page: str, path: str) -> None:
    document = _read(page, path)
    if document is None:
        return
    facts = document.facts
    for fact in (
        facts.title,
        facts.author,
        facts.published,
        facts.publisher,
        facts.source_url,
        facts.language,
    ):
        if fact and fact.span:
            assert fact.span.end <= len(document.text)
            assert any(block.span.start <= fact.span.start < block.span.end for block in document.blocks), (
                "a fact opens inside a block"
            )


@READING
@given(PAGES, SUFFIXES)
def test_the_same_bytes_give_the_same_document(page: str, path: str) -> None:
    assert _read(page, path) == _read(page, path)


@READING
@given(PAGES)
def test_line_ends_make_no_difference(page: str) -> None:
    lines = page.replace("\r\n", "\n").replace("\r", "\n")
    once, twice = _read(lines, "x.txt"), _read(lines.replace("\n", "\r\n"), "x.txt")
    assert (once and once.text) == (twice and twice.text)


@READING
@given(st.binary(max_size=200), SUFFIXES)
def test_bytes_are_read_or_refused_in_one_line(data: bytes, path: str) -> None:
    try:
        documents.read(data, path)
    except DocumentError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message


def test_metadata_entries_and_rows_are_lines_and_all_else_is_apart() -> None:
    page = "---\ntitle: T\nkind: note\n---\n# T\n\nText.\n\n- a\n- b\n\n| c | d |\n|---|---|\n| e | f |\n\nEnd."
    assert documents.read(page.encode(), "x.md").text == (
        "title: T\nkind: note\n\nT\n\nText.\n\na\nb\n\nc | d\ne | f\n\nEnd."
    )


@pytest.mark.parametrize("page", ["", " \n\r\n", "\ufeff\x00", "---\ntitle: T\n---\n", "— … —"])
def test_a_file_without_text_is_refused(page: str) -> None:
    with pytest.raises(
        DocumentError, match=r"^empty\.md: holds no text; remove it or put a file with text in its place$"
    ):
        documents.read(page.encode(), "empty.md")


def test_a_fault_names_the_file() -> None:
    with pytest.raises(DocumentError, match=r"^a/b\.txt: byte 0 is not valid UTF-8; save the file as UTF-8$"):
        documents.read(b"\xff", "a/b.txt")


@pytest.mark.parametrize(
    ("path", "data", "failure"),
    [
        ("a.xyz", b"text", Failure.TYPE),
        ("a.txt", b"", Failure.EMPTY),
        ("a.txt", b"\xff", Failure.ENCODING),
        ("a.txt", b"\xff\xfea", Failure.ENCODING),
        ("a.md", b"---\ntitle: [\n---\ntext", Failure.DAMAGED),
        ("a.md", b">" * 50_000 + b"text", Failure.DAMAGED),
        ("a.html", b"<meta charset=utf-8>\x01\x02\x03\x04\xff", Failure.ENCODING),
        ("a.html", b"<div>" * 50_000 + b"text", Failure.DAMAGED),
        ("a.docx", b"text", Failure.DAMAGED),
        ("a.docx", bytes.fromhex("D0CF11E0A1B11AE1"), Failure.DAMAGED),
        ("a.docx", bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), Failure.ENCRYPTED),
        ("a.pdf", b"text", Failure.DAMAGED),
    ],
)
def test_a_fault_keeps_its_class(path: str, data: bytes, failure: Failure) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.read(data, path)
    assert caught.value.failure is failure


@pytest.mark.parametrize(
    ("path", "named"),
    [("a.xyz", r"\.xyz files"), ("README", "files without a suffix"), (".txt", "files without a suffix")],
)
def test_another_file_type_is_refused_with_those_that_are_read(path: str, named: str) -> None:
    with pytest.raises(DocumentError, match=rf"^{path}: {named} are not read; use \.csv, \.docx, "):
        documents.read(b"text", path)


def test_the_suffix_counts_in_any_case() -> None:
    document = documents.read(b"<p>Some words.</p>", "A.HTM")
    assert (document.media_type, document.text) == ("text/html", "Some words.")


def test_a_document_carries_its_digest() -> None:
    assert documents.read(b"Words.", "x.txt").sha256 == hashlib.sha256(b"Words.").hexdigest()


def test_only_a_heading_that_is_the_title_is_made_one() -> None:
    document = documents.read(b"The Title\n\nA line\n\nText follows it.", "x.txt")
    assert [block.kind for block in document.blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
    ]


@pytest.mark.parametrize("path", ["a.txt", "A-b_c.2.md", "9.pdf"])
def test_a_plain_path_is_its_own_id(path: str) -> None:
    assert documents.document_id(path) == path


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("talks/Über Japan.md", "talks-uber-japan.md"),
        ("同盟.md", "document.md"),
        ("a/.b", "a.b"),
        ("a b", "a-b"),
        ("x" * 200 + "é.txt", "x" * 80 + ".txt"),
    ],
)
def test_any_other_path_becomes_a_slug_with_its_digest(path: str, slug: str) -> None:
    assert documents.document_id(path) == f"{slug}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


@given(st.text(min_size=1))
def test_an_id_needs_no_quoting(path: str) -> None:
    identity = documents.document_id(path)
    assert identity[0].isalnum()
    assert set(identity) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def _read(page: str, path: str) -> Document | None:
    try:
        return documents.read(page.encode(), path)
    except DocumentError:
        return None
