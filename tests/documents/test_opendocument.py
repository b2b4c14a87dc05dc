"""Claims about the readers of OpenDocument and RTF texts. Every file is made here, in memory."""

from __future__ import annotations

import office_files
import pytest
from office_files import TEXT_RTF, changed, packed, text_odt

from alliance_qa import documents
from alliance_qa.documents import odt, rtf
from alliance_qa.documents.docx import container
from alliance_qa.documents.extract import Extract, LeftOut, Omission, Stated
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError, Failure

ODT, RTF = odt.read(text_odt()), rtf.read(TEXT_RTF)


def lines(found: Extract) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in found.blocks]


def refused(data: bytes, path: str) -> tuple[str, Failure]:
    with pytest.raises(DocumentError) as raised:
        documents.read(data, path)
    return str(raised.value).removeprefix(f"{path}: "), raised.value.failure


def test_an_opendocument_text_is_read_as_its_page_is_seen() -> None:
    assert lines(ODT) == [
        ("heading", 1, "Rules of the ports"),
        ("heading", 2, "I Fees"),
        ("paragraph", 0, "The fee is 940 crowns."),
        ("paragraph", 0, "Some 10⁶ tons, 5 ± 1, E = mc²."),
        ("heading", 3, "I.1 Berths"),
        ("item", 0, "1. Ask the council."),
        ("item", 0, "(a) By letter."),
        ("item", 0, "(b) Or in person."),
        ("item", 0, "2. Pay."),
        ("paragraph", 0, "In crowns."),
        ("item", 0, "3. Leave."),
        ("item", 0, "A bullet."),
        ("heading", 3, "Article 1: Ships"),
        ("row", 1, "Port | Fee | Fee"),
        ("row", 0, "Orvik | 2023 | 900"),
        ("row", 0, "Orvik | 2024 | 940"),
        ("paragraph", 0, "Before the box."),
        ("paragraph", 0, "In the box."),
        ("paragraph", 0, "Set in May."),
    ]


def test_what_is_no_text_of_an_opendocument_text_is_left_out_with_its_reason() -> None:
    assert ODT.left_out == (
        LeftOut(Omission.REPEATED, "Fees 3"),
        LeftOut(Omission.NOTE_MARK, "1"),
        LeftOut(Omission.STRUCK_OUT, "or 900"),
        LeftOut(Omission.HIDDEN, "(draft)"),
        LeftOut(Omission.HIDDEN, "A secret."),
        LeftOut(Omission.STRUCK_OUT, "Old rule."),
        LeftOut(Omission.COMMENT, "Is it?"),
        LeftOut(Omission.RUNNING_LINE, "Harbour office"),
    )


def test_its_properties_state_facts_and_who_saved_it_last_is_no_author() -> None:
    assert ODT.stated == (
        Stated("title", "Rules of 2024", Provenance.FILE_METADATA, "meta.xml dc:title"),
        Stated("author", "Ann Lee", Provenance.FILE_METADATA, "meta.xml meta:initial-creator"),
        Stated("language", "en-GB", Provenance.FILE_METADATA, "meta.xml dc:language"),
        Stated("published", "2024-05-01", Provenance.FILE_METADATA, 'custom property "published"'),
    )
    assert documents.read(text_odt(author="Windows User"), "a.odt").facts.author is None


def test_an_rtf_text_is_read_as_its_page_is_seen() -> None:
    assert lines(RTF) == [
        ("heading", 1, "Rules of the ports"),
        ("heading", 2, "Fees"),
        ("paragraph", 0, "The fee is 940 crowns."),
        ("paragraph", 0, "Some 10⁶ tons, 5 ± 1, café, 日本, “so”, 日本, \U0001f600."),
        ("heading", 3, "Berths"),
        ("item", 0, "1. Ask the council."),
        ("item", 0, "A bullet."),
        ("item", 0, "A link stays."),
        ("row", 1, "Port | Fee | Fee"),
        ("row", 0, "Orvik | 2023 | 900"),
        ("row", 0, "Orvik | 2024 | 940"),
        ("paragraph", 0, "It holds that E = mc²."),
        ("paragraph", 0, "Before the box."),
        ("paragraph", 0, "In the box."),
        ("paragraph", 0, "The end."),
        ("paragraph", 0, "Set in May."),
    ]


def test_what_is_no_text_of_an_rtf_text_is_left_out_with_its_reason() -> None:
    assert RTF.left_out == (
        LeftOut(Omission.REPEATED, "Fees 3"),
        LeftOut(Omission.NOTE_MARK, "1"),
        LeftOut(Omission.STRUCK_OUT, "or 900"),
        LeftOut(Omission.HIDDEN, "(draft)"),
        LeftOut(Omission.STRUCK_OUT, "and more"),
        LeftOut(Omission.REPEATED, "Contents 5"),
        LeftOut(Omission.COMMENT, "Is it?"),
        LeftOut(Omission.RUNNING_LINE, "Harbour office"),
    )


def test_what_an_rtf_text_says_of_itself_states_facts() -> None:
    assert RTF.stated == (
        Stated("title", "Rules of 2024", Provenance.FILE_METADATA, "\\info \\title"),
        Stated("author", "Ann Lee", Provenance.FILE_METADATA, "\\info \\author"),
        Stated("published", "2024-05-01", Provenance.FILE_METADATA, 'custom property "published"'),
    )


def test_a_nested_table_of_rtf_stands_in_its_cell() -> None:
    data = (
        rb"{\rtf1\trowd\cellx1000\cellx2000\pard\intbl\itap1 Fees\cell\pard\intbl\itap2 a\nestcell b\nestcell"
        rb"{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}\pard\intbl\itap1\cell\row"
        rb"\pard\intbl\itap1 More\cell c\cell\row\pard End.\par}"
    )
    assert [block.text for block in rtf.read(data).blocks] == ["Fees | a b", "More | c", "End."]


def test_bytes_that_rtf_counts_are_no_text() -> None:
    assert [b.text for b in rtf.read(rb"{\rtf1 One.\par{\pict\bin5 {{{}}}Two \uc2\u8211??three.}").blocks] == [
        "One.",
        "Two –three.",
    ]


@pytest.mark.parametrize(
    ("path", "data", "message", "failure"),
    [
        ("a.odt", b"x", "is damaged or no .odt file; save or download it again", Failure.DAMAGED),
        ("a.odt", text_odt()[:900], "is cut short, its end is missing; save or download it again", Failure.DAMAGED),
        ("a.odt", TEXT_RTF, "is an RTF file; name it .rtf", Failure.DAMAGED),
        ("a.odt", packed({"word/document.xml": "x"}), "is a Word document; name it .docx", Failure.DAMAGED),
        (
            "a.odt",
            changed(text_odt(), "content.xml", lambda xml: xml.replace(b"office:text>", b"office:spreadsheet>")),
            "is an OpenDocument spreadsheet; name it .ods",
            Failure.DAMAGED,
        ),
        (
            "a.odt",
            changed(text_odt(), "content.xml", lambda xml: xml[:2000]),
            "is no OpenDocument text that can be read; save it again as .odt",
            Failure.DAMAGED,
        ),
        (
            "a.odt",
            packed(
                {
                    "content.xml": b"\x8a\x01",
                    "META-INF/manifest.xml": f'<x xmlns:m="{office_files._OASIS}manifest:1.0"><m:encryption-data/></x>',
                }
            ),
            "is encrypted; save it without a password",
            Failure.ENCRYPTED,
        ),
        ("a.odt", text_odt("<text:p/>"), "has no text; remove it, or run OCR where it holds scans", Failure.EMPTY),
        ("a.rtf", b"x", "is damaged or no .rtf file; save or download it again", Failure.DAMAGED),
        ("a.rtf", TEXT_RTF[:900], "is cut short, its end is missing; save or download it again", Failure.DAMAGED),
        (
            "a.rtf",
            b"{\\rtf1" + b"{" * 600 + b"}" * 601,
            "is nested too deeply; open it and save it again",
            Failure.DAMAGED,
        ),
        ("a.rtf", b"%PDF-1.7", "is a PDF file; name it .pdf", Failure.DAMAGED),
        ("a.rtf", b"{\\rtf1 }", "has no text; remove it, or run OCR where it holds scans", Failure.EMPTY),
    ],
    ids=range(13),
)
def test_a_text_that_cannot_be_read_says_why(path: str, data: bytes, message: str, failure: Failure) -> None:
    assert refused(data, path) == (message, failure)


def test_a_text_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_UNPACKED_BYTES", 1 << 20)
    bomb = changed(text_odt(), "content.xml", lambda xml: xml + b" " * (1 << 20))
    expected = "unpacks to more than 1 MiB; split it, or make its pictures smaller"
    assert refused(bomb, "a.odt") == (expected, Failure.TOO_LARGE)


def test_a_word_of_rtf_with_its_reading_is_the_word() -> None:
    code = rb'EQ \\* jc3 \\* "Font:x" \\* hps22 \\o\\al(\\s\\up 10(\u12415?),\u28207?)'
    code = rb"{\field{\*\fldinst { " + code + rb"}}{\fldrslt {}}}"
    assert [block.text for block in rtf.read(rb"{\rtf1 " + code + rb"\u12399?.\par}").blocks] == ["港は."]


@pytest.mark.parametrize("formula", [rb"{\m{\mr E=m}}{\mr c}", rb"{\mr E=\'01m\'02c}"])
def test_a_damaged_formula_of_an_rtf_text_costs_itself_only(formula: bytes) -> None:
    text = rb"{\rtf1\ansi It holds that {\mmath{\*\moMathPara{\*\moMath" + formula + rb"}}}.\par So it is.\par}"
    document = documents.read(text, "a.rtf")
    assert [block.span.of(document.text) for block in document.blocks][-1] == "So it is."
