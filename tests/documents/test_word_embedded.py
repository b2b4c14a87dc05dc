"""Claims about what a Word document shows of other parts: files put into its text, diagrams, charts."""

from __future__ import annotations

import pytest
from word_files import RELATIONSHIPS, repacked, run, with_body

from alliance_qa.documents import docx
from alliance_qa.domain import BlockKind

R = f"xmlns:r='{RELATIONSHIPS}'"
A = "http://schemas.openxmlformats.org/drawingml/2006"
MHT = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<html><body><p>The fee is=20<del>650</del> 655 crowns.</p></body></html>\r\n--x--\r\n"
)


def _p(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def _holding(inner: str, part: str, content: str | bytes, kind: str) -> bytes:
    body = with_body(_p(run("Before it.")) + inner + _p(run("Behind it.")))
    link = f'<Relationship Id="rIdX" Type="{RELATIONSHIPS}/{kind}" Target="{part}"/>'
    return repacked(body, {f"word/{part}": content}, link, "word/_rels/document.xml.rels")


def _drawing(graphic: str) -> str:
    inside = f'<a:graphic xmlns:a="{A}/main"><a:graphicData>{graphic}</a:graphicData></a:graphic>'
    return _p(f"<w:r><w:drawing>{inside}</w:drawing></w:r>")


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("a.htm", "<html><body><p>The fee is <del>650</del> 655 crowns.</p></body></html>"),
        ("a.mht", MHT),
        ("a.txt", "The fee is 655 crowns."),
        ("a.docx", with_body(_p(run("The fee is 655 crowns.")))),
    ],
)
def test_a_file_put_into_the_text_is_text(part: str, content: str | bytes) -> None:
    found = docx.read(_holding(f'<w:altChunk {R} r:id="rIdX"/>', part, content, "aFChunk")).blocks
    assert [block.text for block in found] == ["Before it.", "The fee is 655 crowns.", "Behind it."]


def test_a_file_that_cannot_be_read_leaves_the_rest() -> None:
    found = docx.read(_holding(f'<w:altChunk {R} r:id="rIdX"/>', "a.docx", b"PK\x03\x04 torn", "aFChunk")).blocks
    assert [block.text for block in found] == ["Before it.", "Behind it."]


def test_the_words_of_a_diagram_are_entries() -> None:
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{said}</a:t></a:r></a:p></dgm:t></dgm:pt>" for said in ("Survey", "", "Dredge")
    )
    data = f'<dgm:dataModel xmlns:dgm="{A}/diagram" xmlns:a="{A}/main"><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>'
    drawn = _drawing(f'<dgm:relIds xmlns:dgm="{A}/diagram" {R} r:dm="rIdX"/>')
    found = docx.read(_holding(drawn, "diagrams/data1.xml", data, "diagramData")).blocks
    assert [(block.text, block.kind) for block in found] == [
        ("Before it.", BlockKind.PARAGRAPH),
        ("Survey", BlockKind.ITEM),
        ("Dredge", BlockKind.ITEM),
        ("Behind it.", BlockKind.PARAGRAPH),
    ]


def _cache(*values: str, code: str = "General") -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values))
    return f"<c:numRef><c:numCache><c:formatCode>{code}</c:formatCode>{points}</c:numCache></c:numRef>"


def test_a_chart_is_its_title_and_its_rows() -> None:
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>Fees and shares</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    series = "".join(
        f"<c:ser><c:tx>{_cache(name)}</c:tx><c:cat>{_cache('Skagby', 'Orvik')}</c:cat><c:val>{values}</c:val></c:ser>"
        for name, values in (
            ("Fee", _cache("940", "655.10000000000002")),
            ("Share", _cache("0.59", "0.41000000000000003", code="0%")),
        )
    )
    drawing = f"<c:chart>{title}<c:plotArea>{series}</c:plotArea></c:chart>"
    chart = f'<c:chartSpace xmlns:c="{A}/chart" xmlns:a="{A}/main">{drawing}</c:chartSpace>'
    drawn = _drawing(f'<c:chart xmlns:c="{A}/chart" {R} r:id="rIdX"/>')
    found = docx.read(_holding(drawn, "charts/chart1.xml", chart, "chart")).blocks
    assert [(block.text, block.kind, block.level) for block in found[1:-1]] == [
        ("Fees and shares", BlockKind.CAPTION, 0),
        ("| Fee | Share", BlockKind.ROW, 1),
        ("Skagby | 940 | 59%", BlockKind.ROW, 0),
        ("Orvik | 655.1 | 41%", BlockKind.ROW, 0),
    ]


def test_words_that_a_line_break_divides_are_whole() -> None:
    broken = (
        run("The burden-") + "<w:r><w:br/></w:r>" + run("sharing and the opera-") + "<w:r><w:br/></w:r>" + run("tion.")
    )
    assert [block.text for block in docx.read(with_body(_p(broken))).blocks] == [
        "The burden-sharing and the operation."
    ]
