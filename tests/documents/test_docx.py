"""Claims about the Word reader. Every file is made here, in memory; the texts are invented."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from pathlib import Path

import pytest
from docx.document import Document
from word_files import SENTENCE, W, linked, repacked, run, with_body, written

from alliance_qa.documents import docx
from alliance_qa.documents.docx import container
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure


def with_custom(**properties: str) -> bytes:
    entries = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}"'
        f' name="{name.replace("_", " ")}">'
        f"{value}</property>"
        for pid, (name, value) in enumerate(properties.items(), start=2)
    )
    xml = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
        f' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{entries}</Properties>'
    )
    data = written(lambda d: d.add_paragraph(SENTENCE))
    return linked(data, "docProps/custom.xml", xml, "custom-properties", "package")


def blocks(data: bytes) -> list[tuple[str, BlockKind, int]]:
    found = docx.read(data).blocks
    assert all(block.page is None for block in found)
    return [(block.text, block.kind, block.level) for block in found]


def texts(data: bytes) -> list[str]:
    return [block.text for block in docx.read(data).blocks]


def stated(data: bytes) -> dict[str, str]:
    facts = docx.read(data).stated
    assert {fact.provenance for fact in facts} <= {Provenance.FILE_METADATA}
    return {fact.name: fact.value for fact in facts}


# --- text ----------------------------------------------------------------------------------


def test_paragraphs_are_lines_with_single_spaces() -> None:
    data = written(lambda d: d.add_paragraph("The treaty\thas\n ten \u00a0articles."))
    assert docx.read(data).blocks == (RawBlock(SENTENCE),)


def test_headings_have_the_levels_of_their_styles() -> None:
    def write(document: Document) -> None:
        document.add_heading("Origins", 1)
        document.add_heading("Occupation", 2)
        document.add_heading("Details", 9)

    assert blocks(written(write)) == [
        ("Origins", BlockKind.HEADING, 1),
        ("Occupation", BlockKind.HEADING, 2),
        ("Details", BlockKind.HEADING, 9),
    ]


def test_a_title_is_level_one_and_moves_headings_down() -> None:
    def write(document: Document) -> None:
        document.add_heading("Notes on the alliance", 0)
        document.add_heading("Origins", 1)
        document.add_paragraph(SENTENCE)

    assert blocks(written(write)) == [
        ("Notes on the alliance", BlockKind.HEADING, 1),
        ("Origins", BlockKind.HEADING, 2),
        (SENTENCE, BlockKind.PARAGRAPH, 0),
    ]


def test_a_style_based_on_a_heading_is_a_heading() -> None:
    def write(document: Document) -> None:
        style = document.styles.add_style("House Section", 1)
        style.base_style = document.styles["Heading 2"]
        document.add_paragraph("Bases", style)

    assert blocks(written(write)) == [("Bases", BlockKind.HEADING, 2)]


def test_an_outline_level_makes_a_heading() -> None:
    data = with_body(f"<w:p><w:pPr><w:outlineLvl w:val='2'/></w:pPr>{run('Bases')}</w:p>")
    assert blocks(data) == [("Bases", BlockKind.HEADING, 3)]


def test_styles_that_are_based_on_each_other_do_no_harm() -> None:
    def write(document: Document) -> None:
        one, other = document.styles.add_style("One", 1), document.styles.add_style("Other", 1)
        one.base_style, other.base_style = other, one
        document.add_paragraph(SENTENCE, one)

    assert blocks(written(write)) == [(SENTENCE, BlockKind.PARAGRAPH, 0)]


@pytest.mark.parametrize(("style", "number"), [("List Bullet", ""), ("List Number 2", "1. "), ("List", "")])
def test_paragraphs_in_list_styles_are_items(style: str, number: str) -> None:
    assert blocks(written(lambda d: d.add_paragraph(SENTENCE, style))) == [(number + SENTENCE, BlockKind.ITEM, 0)]


@pytest.mark.parametrize(("number", "kind"), [(3, BlockKind.ITEM), (0, BlockKind.PARAGRAPH)])
def test_numbered_paragraphs_are_items(number: int, kind: BlockKind) -> None:
    numbering = f"<w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='{number}'/></w:numPr></w:pPr>"
    assert blocks(with_body(f"<w:p>{numbering}{run(SENTENCE)}</w:p>")) == [(SENTENCE, kind, 0)]


def test_captions_are_captions() -> None:
    data = written(lambda d: d.add_paragraph("Figure 1. Bases by area.", "Caption"))
    assert blocks(data) == [("Figure 1. Bases by area.", BlockKind.CAPTION, 0)]


def test_the_table_of_contents_is_left_out() -> None:
    def write(document: Document) -> None:
        document.styles.add_style("toc 1", 1)
        document.add_paragraph("Origins\t3", "toc 1")
        document.add_paragraph(SENTENCE)

    assert texts(written(write)) == [SENTENCE]


def test_tables_are_rows_in_reading_order() -> None:
    def write(document: Document) -> None:
        document.add_paragraph("Before.")
        table = document.add_table(2, 3)
        for index, text in enumerate(["Year", "Event", "Place", "1951", "", "San Francisco"]):
            table.cell(index // 3, index % 3).text = text
        document.add_paragraph("After.")

    assert blocks(written(write)) == [
        ("Before.", BlockKind.PARAGRAPH, 0),
        ("Year | Event | Place", BlockKind.ROW, 0),
        ("1951 |  | San Francisco", BlockKind.ROW, 0),
        ("After.", BlockKind.PARAGRAPH, 0),
    ]


def test_merged_cells_are_said_in_each_row_and_column_they_cover() -> None:
    def write(document: Document) -> None:
        table = document.add_table(2, 3)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "Treaties"
        table.cell(0, 2).merge(table.cell(1, 2)).text = "In force"
        table.cell(1, 0).text, table.cell(1, 1).text = "1951", "1960"

    assert texts(written(write)) == ["Treaties | Treaties | In force", "1951 | 1960 | In force"]


def test_a_table_in_a_cell_is_part_of_the_cell() -> None:
    def write(document: Document) -> None:
        table = document.add_table(1, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "Bases", "by area:"
        table.cell(0, 1).add_table(1, 1).cell(0, 0).text = "Kadena"

    assert texts(written(write)) == ["Bases | by area: Kadena"]


def test_a_frame_of_one_cell_is_no_table() -> None:
    def write(document: Document) -> None:
        document.add_table(1, 1).cell(0, 0).text = SENTENCE

    assert blocks(written(write)) == [(SENTENCE, BlockKind.PARAGRAPH, 0)]


def test_links_and_insertions_are_text_and_deletions_are_not() -> None:
    data = with_body(
        f"<w:p>{run('The ')}<w:hyperlink w:anchor='a'>{run('treaty')}</w:hyperlink>"
        f"<w:ins w:id='1' w:author='a'>{run(' still')}</w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText> never</w:delText></w:r></w:del>"
        f"<w:moveFrom w:id='3' w:author='a'>{run(' gone')}</w:moveFrom>"
        f"<w:moveTo w:id='4' w:author='a'>{run(' stands')}</w:moveTo>{run('.')}</w:p>"
    )
    assert texts(data) == ["The treaty still stands."]


def test_content_controls_and_inserted_paragraphs_are_text() -> None:
    data = with_body(
        f"<w:sdt><w:sdtPr/><w:sdtContent><w:p>{run('One.')}</w:p></w:sdtContent></w:sdt>"
        f"<w:ins w:id='1' w:author='a'><w:p>{run('Two.')}</w:p></w:ins>"
        f"<w:p><w:sdt><w:sdtContent>{run('Three.')}</w:sdtContent></w:sdt></w:p>"
    )
    assert texts(data) == ["One.", "Two.", "Three."]


def test_hidden_text_and_field_codes_are_left_out() -> None:
    shown = run("3", "<w:vanish w:val='0'/>")
    data = with_body(
        f"<w:p>{run('Page ')}<w:r><w:instrText>PAGEREF x</w:instrText></w:r>{run('secret', '<w:vanish/>')}{shown}</w:p>"
    )
    assert texts(data) == ["Page 3"]


def test_soft_hyphens_are_left_out_and_hard_ones_kept() -> None:
    hyphens = "<w:r><w:noBreakHyphen/><w:softHyphen/></w:r>"
    data = with_body("<w:p>" + run("co\u00adoperation of the U.S.") + hyphens + run("Japan") + "</w:p>")
    assert texts(data) == ["cooperation of the U.S.-Japan"]


def test_a_text_box_follows_its_paragraph_once() -> None:
    box = f"<w:txbxContent><w:p>{run('In the box.')}</w:p></w:txbxContent>"
    data = with_body(
        f"<w:p>{run(SENTENCE)}<w:r>"
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert texts(data) == [SENTENCE, "In the box."]


def test_a_text_box_in_a_table_cell_is_part_of_the_cell() -> None:
    box = f"<w:r><w:pict><w:txbxContent><w:p>{run('In the box.')}</w:p></w:txbxContent></w:pict></w:r>"
    cells = f"<w:tc><w:p>{run('One')}{box}</w:p></w:tc><w:tc><w:p>{run('Two')}</w:p></w:tc>"
    data = with_body(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")
    assert texts(data) == ["One In the box. | Two"]


def test_footnotes_come_last_and_their_rules_not_at_all() -> None:
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="-1"><w:p>{run("rule")}</w:p></w:footnote>'
        f'<w:footnote w:id="1"><w:p>{run("See the exchange of notes.")}</w:p></w:footnote></w:footnotes>'
    )
    data = written(lambda d: (d.add_paragraph(SENTENCE), d.add_paragraph("It stands.")))
    data = linked(data, "word/footnotes.xml", notes, "footnotes", "document")
    assert texts(data) == [SENTENCE, "It stands.", "See the exchange of notes."]


def test_page_headers_and_footers_are_left_out() -> None:
    def write(document: Document) -> None:
        document.sections[0].header.paragraphs[0].text = "Alliance Quarterly"
        document.sections[0].footer.paragraphs[0].text = "Page 3"
        document.add_paragraph(SENTENCE)

    assert texts(written(write)) == [SENTENCE]


# --- facts ---------------------------------------------------------------------------------


def test_title_author_and_language_are_stated() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(SENTENCE)
        properties = document.core_properties
        properties.title, properties.author, properties.language = "A Treaty\nRevised", "Mari Sato", "en-US"

    assert stated(written(write)) == {"title": "A Treaty Revised", "author": "Mari Sato", "language": "en-US"}


@pytest.mark.parametrize("author", ["python-docx", "Microsoft Office User", ""])
def test_a_program_is_no_author_and_a_time_of_saving_no_date(author: str) -> None:
    def write(document: Document) -> None:
        document.add_paragraph(SENTENCE)
        document.core_properties.author = author

    assert stated(written(write)) == {}


@pytest.mark.parametrize("title", ["Word Document", "brief.docx", "Untitled"])
def test_a_title_that_names_no_text_is_not_stated(title: str) -> None:
    def write(document: Document) -> None:
        document.add_paragraph(SENTENCE)
        document.core_properties.title = title

    assert stated(written(write)) == {}


def test_a_file_without_core_properties_states_nothing() -> None:
    data = written(lambda d: d.add_paragraph(SENTENCE))
    kind = b"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        links = archive.read("_rels/.rels").replace(kind, b"http://example.org/other")
    assert stated(repacked(data, {"_rels/.rels": links})) == {}


def test_custom_properties_are_stated() -> None:
    data = with_custom(
        Published="<vt:lpwstr>2024-04</vt:lpwstr>",
        Publisher="<vt:lpwstr>House Press</vt:lpwstr>",
        Source="<vt:lpwstr>https://example.org/a</vt:lpwstr>",
        Mood="<vt:lpwstr>good</vt:lpwstr>",
    )
    assert stated(data) == {
        "published": "2024-04",
        "publisher": "House Press",
        "source_url": "https://example.org/a",
    }


def test_a_published_date_typed_as_a_date_is_stated_without_time() -> None:
    data = with_custom(Date_published="<vt:filetime>2024-04-16T00:00:00Z</vt:filetime>")
    assert stated(data) == {"published": "2024-04-16"}


def test_a_source_that_is_no_address_is_not_stated() -> None:
    assert stated(with_custom(Source="<vt:lpwstr>the archive</vt:lpwstr>")) == {}


# --- files that cannot be read -------------------------------------------------------------


def outcome(data: bytes) -> str:
    try:
        return repr(docx.read(data))
    except DocumentError as error:
        return str(error)


def refused(data: bytes, failure: Failure = Failure.DAMAGED) -> str:
    with pytest.raises(DocumentError) as caught:
        docx.read(data)
    assert caught.value.failure is failure
    return str(caught.value)


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)
UNREADABLE = "is no Word document that can be read; save it again as .docx"


def test_an_encrypted_file_is_refused() -> None:
    assert (
        refused(OLE + "EncryptedPackage".encode("utf-16-le"), Failure.ENCRYPTED)
        == "is encrypted; save it without a password"
    )


def test_the_old_word_format_is_refused() -> None:
    assert refused(OLE) == "is in the old Word format; save it as .docx"


@pytest.mark.parametrize("data", [b"", b"The treaty.", b"PK\x03\x04 nothing"])
def test_a_file_that_is_no_zip_is_refused(data: bytes) -> None:
    assert refused(data) == "is damaged or no .docx file; save or download it again"


def test_a_zip_of_something_else_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("notes.txt", SENTENCE)
    assert refused(file.getvalue()) == "is a zip file without a Word document in it; save it as .docx"


def test_a_file_without_its_main_part_is_refused() -> None:
    data = written(lambda d: d.add_paragraph(SENTENCE))
    assert refused(repacked(data, {"word/document.xml": None})) == UNREADABLE


def test_a_main_part_that_is_no_xml_is_refused() -> None:
    data = written(lambda d: d.add_paragraph(SENTENCE))
    assert refused(repacked(data, {"word/document.xml": "<w:document"})) == UNREADABLE


def test_a_file_without_text_is_refused() -> None:
    assert refused(written(lambda d: None), Failure.EMPTY) == "has no text; remove it, or run OCR where it holds scans"


def test_a_file_that_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(lambda d: d.add_paragraph(SENTENCE))
    monkeypatch.setattr(container, "MAX_UNPACKED_BYTES", 1 << 20)
    big = repacked_with_zeros(data, 2 << 20)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    assert refused(big, Failure.TOO_LARGE) == "unpacks to more than 1 MiB; split it, or make its pictures smaller"


def repacked_with_zeros(data: bytes, count: int) -> bytes:
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.bin", bytes(count))
    return file.getvalue()


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>',
        '<!DOCTYPE d SYSTEM "file:///etc/hostname">',
        "<!DOCTYPE d [<!ENTITY x 'new'>]>",
    ],
)
def test_a_main_part_with_a_dtd_is_refused_and_nothing_it_names_is_opened(dtd: str) -> None:
    body = f"<w:body><w:p>{run('A &x; treaty.')}</w:p></w:body>"
    xml = f'<?xml version="1.0" encoding="UTF-16"?>{dtd}<w:document {W}>{body}</w:document>'
    data = repacked(written(lambda d: d.add_paragraph(SENTENCE)), {"word/document.xml": xml.encode("utf-16")})
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
    outcome = refused(data)
    assert outcome in ("holds a DTD, which no file of Office may; save it again", UNREADABLE)
    assert "/etc/hostname" not in opened


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "docProps/core.xml"])
def test_entities_that_multiply_in_attributes_are_refused(part: str) -> None:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    xml = f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]><w:document {W} w:x="&a11;"/>'
    assert refused(repacked(written(lambda d: d.add_paragraph(SENTENCE)), {part: xml})) == UNREADABLE


def test_an_encrypted_zip_is_refused_as_such() -> None:
    data = bytearray(written(lambda d: d.add_paragraph(SENTENCE)))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refused(bytes(data), Failure.ENCRYPTED) == "is encrypted; save it without a password"


def test_a_name_that_leads_out_of_the_zip_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = repacked(
        written(lambda d: d.add_paragraph(SENTENCE)), {"../slipped.txt": SENTENCE, "/slipped.txt": SENTENCE}
    )
    assert texts(data) == [SENTENCE]
    assert not (tmp_path.parent / "slipped.txt").exists() and not Path("/slipped.txt").exists()


def test_deep_nesting_is_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 2000 + f"<w:p>{run('x')}</w:p>" + "</w:sdtContent></w:sdt>" * 2000
    xml = f"<w:document {W}><w:body>{deep}</w:body></w:document>"
    assert refused(repacked(written(lambda d: None), {"word/document.xml": xml})) == UNREADABLE


def test_nesting_as_deep_as_xml_may_be_is_read() -> None:
    deep = "<w:sdt><w:sdtContent>" * 100 + f"<w:p>{run(SENTENCE)}</w:p>" + "</w:sdtContent></w:sdt>" * 100
    assert texts(with_body(deep)) == [SENTENCE]


def sample() -> bytes:
    def write(document: Document) -> None:
        document.add_heading("Origins", 1)
        document.add_paragraph(SENTENCE)
        document.add_table(1, 2).cell(0, 0).text = "1951"

    return written(write)


SAMPLE = sample()


@pytest.mark.parametrize("twentieth", range(20))
def test_a_file_cut_anywhere_is_refused(twentieth: int) -> None:
    assert "\n" not in refused(SAMPLE[: len(SAMPLE) * twentieth // 20])


@pytest.mark.parametrize("seed", range(60))
def test_a_file_with_flipped_bits_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(SAMPLE)
    for _ in range(chance.choice((1, 5, 40))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    assert "\n" not in outcome(bytes(damaged))


@pytest.mark.parametrize("seed", range(60))
def test_a_main_part_with_flipped_bits_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(SAMPLE)) as archive:
        name = chance.choice([name for name in archive.namelist() if name.endswith((".xml", ".rels"))])
        part = bytearray(archive.read(name))
    for _ in range(chance.choice((1, 5))):
        part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
    assert "\n" not in outcome(repacked(SAMPLE, {name: bytes(part)}))
