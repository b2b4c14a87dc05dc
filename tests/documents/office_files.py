"""Workbooks, slides, OpenDocument and RTF texts made in memory; the texts are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import openpyxl
import pptx
import xlwt
from lxml import etree
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font


def packed(entries: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of entries by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def changed(data: bytes, entry: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a zip with one of its entries changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return packed(entries | {entry: change(entries[entry])})


def saved(book: Any) -> bytes:
    """Return the bytes of a workbook, of slides or of the like."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def fees_xlsx() -> bytes:
    """Return a workbook with what workbooks have: formats, merged cells, hidden parts, formulas, comments."""
    book = openpyxl.Workbook()
    book.properties.title, book.properties.creator = "Fees of the ports", "Ann Lee; openpyxl"
    sheet = book.active
    assert sheet is not None
    sheet.title = "Fees"
    sheet["A1"] = "Fees of the ports in 2024"
    sheet["A1"].font = Font(bold=True)
    sheet.merge_cells("A1:E1")
    sheet["A2"] = "All fees are set by the council each year."
    for column, head in enumerate(("Port", "Since", "Fee", "Share", "Internal"), start=1):
        sheet.cell(3, column, head).font = Font(bold=True)
    rows = (("Orvik", date(2021, 3, 1), 1234.5, 0.125, "x"), ("Skagby", date(2022, 11, 15), 940, 0.07, "y"))
    for number, values in enumerate((*rows, ("Hidden", date(2020, 1, 1), 1, 0.5, "z")), start=4):
        for column, value in enumerate(values, start=1):
            sheet.cell(number, column, value)
        sheet.cell(number, 2).number_format = "d mmm yyyy"
        sheet.cell(number, 3).number_format = '#,##0.00" kr"'
        sheet.cell(number, 4).number_format = "0.0%"
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["E"].hidden = True
    sheet["A7"], sheet["C7"] = "Total", "=SUM(C4:C6)"
    sheet["A8"] = CellRichText("Lindholm ", TextBlock(InlineFont(strike=True), "old "), "harbour")
    sheet["C8"] = 700
    sheet["C8"].font = Font(strike=True)
    sheet["D8"] = 5
    sheet["D8"].number_format = ";;;"
    sheet["B8"] = "closed"
    sheet["B8"].comment = Comment("Ask Eve.", "Eve")
    sheet.oddFooter.center.text = "Page &P of the fees"
    staff = book.create_sheet("Staff")
    staff.append(["Name", "Post", "Town"])
    staff.append(["Ann Lee", "Harbour master", "Orvik"])
    staff["A3"], staff["C3"] = "Bo Dahl", "Skagby"
    staff["B3"] = "Pilot"
    staff["C4"] = "Lindholm"
    staff["A4"] = "Cy Ek"
    staff.merge_cells("B3:B4")
    hidden = book.create_sheet("Costs")
    hidden.append(["Salary", 1000])
    hidden.sheet_state = "hidden"
    return saved(book)


def fees_xls() -> bytes:
    """Return an old workbook with formats, merged cells and hidden parts."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Fees")
    bold = xlwt.easyxf("font: bold on")
    for column, head in enumerate(("Port", "Since", "Fee", "Share", "Internal")):
        sheet.write(0, column, head, bold)
    for row, values in enumerate(
        (("Orvik", date(2021, 3, 1), 1234.5, 0.125), ("Skagby", date(2022, 11, 15), 940, 0.07)), 1
    ):
        for column, (value, code) in enumerate(
            zip(values, ("General", "d mmm yyyy", '#,##0.00" kr"', "0.0%"), strict=True)
        ):
            sheet.write(row, column, value, xlwt.easyxf(num_format_str=code))
        sheet.write(row, 4, "secret")
    sheet.col(4).hidden = True
    sheet.write(3, 0, "Gone", xlwt.easyxf("font: struck_out on"))
    sheet.write(3, 1, "closed")
    sheet.write(4, 0, "Hidden")
    sheet.write(4, 1, "row")
    sheet.row(4).hidden = True
    sheet.write_merge(5, 6, 0, 0, "Lindholm")
    sheet.write(5, 2, 5)
    sheet.write(6, 2, True)
    costs = book.add_sheet("Costs")
    costs.write(0, 0, "Salary")
    costs.visibility = 1
    return saved(book)


_SLIDES = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_NEWER = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_BOX = (
    '<p:sp><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr/>'
    "<p:txBody><a:bodyPr/>{}</p:txBody></p:sp>"
)
# A text box with a formula as PowerPoint and pandoc write it: a newer form, and a picture for older programs.
FORMULA = (
    f'<mc:AlternateContent {_NEWER} {_SLIDES} {_DRAWING}><mc:Choice Requires="a14">'
    + _BOX.format(
        "<a:p><a:r><a:t>Energy is mass: </a:t></a:r><a14:m><m:oMath><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r>"
        "<m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a14:m></a:p>"
        "<a:p><a:r><a:t>It was stated in 1905.</a:t></a:r></a:p>"
    )
    + "</mc:Choice><mc:Fallback>"
    + _BOX.format("<a:p><a:r><a:t>Energy is mass: [picture]</a:t></a:r></a:p>")
    + "</mc:Fallback></mc:AlternateContent>"
)


def slides_pptx() -> bytes:
    """Return slides with bullets, numbers, a table, a formula, notes, a footer and a hidden slide."""
    show = pptx.Presentation()
    show.core_properties.title, show.core_properties.author = "PowerPoint Presentation", "Windows User"
    first = show.slides.add_slide(show.slide_layouts[0])
    first.shapes.title.text = "Ports of the north"
    first.placeholders[1].text = "A survey"
    second = show.slides.add_slide(show.slide_layouts[1])
    second.shapes.title.text = "What was found"
    frame = second.placeholders[1].text_frame
    frame.text = "Orvik has two piers."
    for text, level in (("One is lit.", 1), ("Skagby has none.", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    run = frame.add_paragraph().add_run()
    run.text = "Lindholm closed."
    run._r.get_or_add_rPr().set("strike", "sngStrike")
    second.notes_slide.notes_text_frame.text = "The council paid for the survey."
    third = show.slides.add_slide(show.slide_layouts[5])
    third.shapes.title.text = "Fees"
    table = third.shapes.add_table(4, 3, 0, 0, 5_000_000, 1_000_000).table
    for row, texts in enumerate(
        (("Port", "Year", "Fee"), ("Orvik", "2023", "900"), ("", "2024", "940"), ("Skagby", "2024", "950"))
    ):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    third.shapes._spTree.append(etree.fromstring(FORMULA))
    numbered = third.shapes.add_textbox(0, 0, 1_000_000, 1_000_000).text_frame
    for at, text in enumerate(("Ask the council.", "Pay the fee.")):
        paragraph = numbered.paragraphs[0] if at == 0 else numbered.add_paragraph()
        paragraph.text = text
        paragraph._p.get_or_add_pPr().append(etree.fromstring(f'<a:buAutoNum {_DRAWING} type="arabicParenR"/>'))
    hidden = show.slides.add_slide(show.slide_layouts[5])
    hidden.shapes.title.text = "Secret costs"
    hidden._element.set("show", "0")
    last = show.slides.add_slide(show.slide_layouts[6])
    last.shapes.add_textbox(0, 0, 1_000_000, 1_000_000).text_frame.text = "Thanks to all ports."
    footer = etree.fromstring(
        f'<p:sp {_SLIDES} {_DRAWING}><p:nvSpPr><p:cNvPr id="91" name="f"/><p:cNvSpPr/>'
        '<p:nvPr><p:ph type="ftr"/></p:nvPr>'
        "</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>Harbour office</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    last.shapes._spTree.append(footer)
    return saved(show)


_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_ODF = " ".join(
    [
        *(f'xmlns:{short}="{_OASIS}{short}:1.0"' for short in ("office", "text", "style", "table", "meta", "manifest")),
        f'xmlns:presentation="{_OASIS}presentation:1.0" xmlns:chart="{_OASIS}chart:1.0"',
        f'xmlns:number="{_OASIS}datastyle:1.0"',
        f'xmlns:draw="{_OASIS}drawing:1.0" xmlns:fo="{_OASIS}xsl-fo-compatible:1.0" xmlns:svg="{_OASIS}svg-compatible:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"',
    ]
)
_ODT_STYLES = """
<style:style style:name="Struck" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style>
<style:style style:name="Hidden" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Up" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Signs" style:family="text"><style:text-properties style:font-name="Symbol1"/></style:style>
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>
</text:list-style>
<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>
<text:list-style style:name="L3">
<text:list-level-style-number text:level="1" style:num-format="1" loext:num-list-format="Article %1%:"/>
</text:list-style>
"""
_ODT_BODY = """
<text:tracked-changes><text:changed-region><text:deletion><text:p>Old rule.</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:p text:style-name="P1">Rules of the ports</text:p>
<text:table-of-content><text:index-body><text:p>Fees 3</text:p></text:index-body></text:table-of-content>
<text:h text:outline-level="1">Fees</text:h>
<text:p>The fee<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Set in May.</text:p></text:note-body></text:note>
is 940 crowns<text:span text:style-name="Struck"> or 900</text:span><text:span text:style-name="Hidden"> (draft)</text:span><office:annotation><dc:creator>Eve</dc:creator><text:p>Is it?</text:p></office:annotation>.<text:change text:change-id="c1"/></text:p>
<text:p>Some 10<text:span text:style-name="Up">6</text:span> tons, 5 <text:span text:style-name="Signs">±</text:span><text:s text:c="2"/>1, E = <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>.</text:p>
<text:h text:outline-level="2">Berths</text:h>
<text:list text:style-name="L1"><text:list-item><text:p>Ask the council.</text:p>
<text:list><text:list-item><text:p>By letter.</text:p></text:list-item><text:list-item><text:p>Or in person.</text:p></text:list-item></text:list></text:list-item>
<text:list-item><text:p>Pay.</text:p><text:p>In crowns.</text:p></text:list-item></text:list>
<text:list text:style-name="L1" text:continue-numbering="true"><text:list-item><text:p>Leave.</text:p></text:list-item></text:list>
<text:list text:style-name="L2"><text:list-item><text:p>A bullet.</text:p></text:list-item></text:list>
<text:list text:style-name="L3"><text:list-item><text:h text:outline-level="2">Ships</text:h></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Port</text:p></table:table-cell>
<table:table-cell table:number-columns-spanned="2"><text:p>Fee</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>Orvik</text:p></table:table-cell><table:table-cell><text:p>2023</text:p></table:table-cell><table:table-cell><text:p>900</text:p></table:table-cell></table:table-row>
<table:table-row><table:covered-table-cell/><table:table-cell><text:p>2024</text:p></table:table-cell><table:table-cell><text:p>940</text:p></table:table-cell></table:table-row></table:table>
<text:section text:display="none"><text:p>A secret.</text:p></text:section>
<text:p>Before the box.<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame></text:p>
"""


def text_odt(body: str = _ODT_BODY, title: str = "Rules of 2024", author: str = "Ann Lee") -> bytes:
    """Return an OpenDocument text; without arguments one with all that such texts have."""
    content = (
        f'<office:document-content {_ODF}><office:font-face-decls><style:font-face style:name="Symbol1"'
        f' svg:font-family="Symbol"/></office:font-face-decls><office:automatic-styles>{_ODT_STYLES}'
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    ).replace("±", "\uf0b1")
    level = '<text:outline-level-style text:level="{}" style:num-format="{}" text:display-levels="{}"/>'
    styles = (
        f"<office:document-styles {_ODF}><office:styles><text:outline-style>{level.format(1, 'I', 1)}"
        f"{level.format(2, '1', 2)}</text:outline-style></office:styles><office:master-styles><style:master-page>"
        "<style:footer><text:p>Harbour office</text:p></style:footer></style:master-page></office:master-styles>"
        "</office:document-styles>"
    )
    meta = (
        f"<office:document-meta {_ODF}><office:meta><dc:title>{title}</dc:title><dc:creator>Bo</dc:creator>"
        f"<meta:initial-creator>{author}</meta:initial-creator><dc:language>en-GB</dc:language>"
        '<meta:user-defined meta:name="published">2024-05-01</meta:user-defined></office:meta></office:document-meta>'
    )
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>'
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "styles.xml": styles,
            "meta.xml": meta,
            "Object 1/content.xml": formula,
        }
    )


_ODS_STYLES = """
<number:date-style style:name="N1" number:automatic-order="true"/>
<style:style style:name="Off" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="Paged" style:family="table" style:master-page-name="Page"/>
<style:style style:name="Bold" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="Gone" style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/></style:style>
<style:style style:name="Day" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="Struck" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style>
"""
_ODS_BODY = """
<table:tracked-changes><table:cell-content-change><table:previous><table:change-track-table-cell><text:p>old</text:p></table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes>
<table:table table:name="Fees" table:style-name="Paged">
<table:shapes><draw:frame><draw:text-box><text:p>Ask the council.</text:p></draw:text-box></draw:frame></table:shapes>
<table:table-column table:default-cell-style-name="Bold"/><table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>
<table:table-row><table:table-cell table:number-columns-spanned="5"><text:p>Fees of the ports in 2024</text:p></table:table-cell><table:covered-table-cell table:number-columns-repeated="4"/></table:table-row>
<table:table-header-rows><table:table-row><table:table-cell><text:p>Port</text:p></table:table-cell><table:table-cell><text:p>Since</text:p></table:table-cell><table:table-cell><text:p>Fee</text:p></table:table-cell><table:table-cell><text:p>Share</text:p></table:table-cell><table:table-cell><text:p>Internal</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>Orvik</text:p></table:table-cell><table:table-cell table:style-name="Day" office:value-type="date" office:date-value="2021-03-11T00:00:00"><text:p>11/03/21</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1234.5"><text:p>1,234.50 kr</text:p></table:table-cell><table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p></table:table-cell><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>
<table:table-row><table:covered-table-cell/><table:table-cell office:value-type="date" office:date-value="2022-11-15"><text:p>15 Nov 2022</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="940"/><table:table-cell table:formula="of:=[.C4]/2"/></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell><text:p>Hidden</text:p></table:table-cell></table:table-row>
<table:table-row-group table:display="false"><table:table-row><table:table-cell><text:p>Folded</text:p></table:table-cell></table:table-row></table:table-row-group>
<table:table-row><table:table-cell><text:p>Lindholm <text:span text:style-name="Struck">old </text:span>harbour</text:p><text:p>and pier</text:p></table:table-cell><table:table-cell><office:annotation><dc:creator>Eve</dc:creator><text:p>Ask Eve.</text:p></office:annotation><text:p>closed</text:p></table:table-cell><table:table-cell table:style-name="Gone" office:value-type="float" office:value="700"><text:p>700</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="5"><text:p/></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>Skagby</text:p></table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true" table:number-columns-repeated="2"><text:p>TRUE</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048566"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>
<table:table table:name="Staff"><table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row><table:table-cell/><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell><text:p>Town</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell/><table:table-cell><text:p>Ann Lee</text:p></table:table-cell><table:table-cell><text:p>Orvik</text:p></table:table-cell></table:table-row></table:table>
<table:table table:name="Costs" table:style-name="Off"><table:table-row><table:table-cell><text:p>Salary</text:p></table:table-cell></table:table-row></table:table>
<table:table table:name="'file:///a.ods'#$B"><table:table-source/><table:table-row><table:table-cell><text:p>Copied</text:p></table:table-cell></table:table-row></table:table>
<table:database-ranges><table:database-range table:target-range-address="Staff.B3:Staff.C4"/></table:database-ranges>
"""


def fees_ods(body: str = _ODS_BODY, kind: str = "spreadsheet") -> bytes:
    """Return an OpenDocument spreadsheet; without arguments one with all that such files have."""
    content = (
        f"<office:document-content {_ODF}><office:automatic-styles>{_ODS_STYLES}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    styles = (
        f'<office:document-styles {_ODF}><office:master-styles><style:master-page style:name="Page"><style:footer>'
        "<text:p>Page <text:page-number>1</text:page-number> of the fees</text:p></style:footer></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    meta = (
        f"<office:document-meta {_ODF}><office:meta><dc:title>Fees of the ports</dc:title>"
        "<meta:initial-creator>Ann Lee</meta:initial-creator></office:meta></office:document-meta>"
    )
    return packed({"content.xml": content, "styles.xml": styles, "meta.xml": meta})


_ODP_BODY = """
<presentation:footer-decl presentation:name="f">Harbour office</presentation:footer-decl>
<draw:page><draw:frame presentation:class="subtitle"><draw:text-box><text:p>A survey</text:p></draw:text-box></draw:frame>
<draw:frame presentation:class="title"><draw:text-box><text:p>Ports of the north</text:p></draw:text-box></draw:frame></draw:page>
<draw:page><office:annotation><dc:creator>Eve</dc:creator><text:p>Is it lit?</text:p></office:annotation>
<draw:frame presentation:class="title"><draw:text-box><text:p>What was found</text:p></draw:text-box></draw:frame>
<draw:frame presentation:class="outline"><draw:text-box><text:list><text:list-item><text:p>Orvik has two piers.</text:p>
<text:list><text:list-item><text:p>One is lit.</text:p></text:list-item></text:list></text:list-item>
<text:list-item><text:p><text:span text:style-name="Struck">Lindholm closed.</text:span></text:p></text:list-item></text:list></draw:text-box></draw:frame>
<draw:frame presentation:class="outline" presentation:placeholder="true"><draw:text-box><text:p>Click to add text</text:p></draw:text-box></draw:frame>
<presentation:notes><draw:frame presentation:class="notes"><draw:text-box><text:p>The council paid for the survey.</text:p></draw:text-box></draw:frame>
<draw:frame presentation:class="page-number"><draw:text-box><text:p>2</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>
<draw:page><draw:frame><table:table table:use-first-row-styles="true">
<table:table-row><table:table-cell><text:p>Port</text:p></table:table-cell><table:table-cell><text:p>Fee</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Orvik</text:p></table:table-cell><table:table-cell><text:p>940</text:p></table:table-cell></table:table-row></table:table></draw:frame>
<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame><draw:frame><draw:object xlink:href="./Object 2"/></draw:frame>
<draw:g><draw:custom-shape><text:p>Thanks to all ports.</text:p></draw:custom-shape></draw:g>
<draw:custom-shape draw:display="none"><text:p>Unseen.</text:p></draw:custom-shape></draw:page>
<draw:page draw:style-name="Off"><draw:frame presentation:class="title"><draw:text-box><text:p>Secret costs</text:p></draw:text-box></draw:frame></draw:page>
"""


def slides_odp(body: str = _ODP_BODY) -> bytes:
    """Return an OpenDocument presentation; without arguments one with all that such files have."""
    content = (
        f'<office:document-content {_ODF}><office:automatic-styles><style:style style:name="Struck" style:family="text">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="Off" style:family="drawing-page"><style:drawing-page-properties'
        ' presentation:visibility="hidden"/></style:style></office:automatic-styles>'
        f"<office:body><office:presentation>{body}</office:presentation></office:body></office:document-content>"
    )
    styles = (
        f'<office:document-styles {_ODF}><office:master-styles><style:master-page><draw:frame presentation:class="title">'
        "<draw:text-box><text:p>Click to edit</text:p></draw:text-box></draw:frame><draw:custom-shape><text:p>Draft of May"
        "</text:p></draw:custom-shape></style:master-page></office:master-styles></office:document-styles>"
    )
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>'
    row = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
    chart = (
        f"<office:document-content {_ODF}><office:body><office:chart><chart:chart><chart:title><text:p>Share of the fees"
        f"</text:p></chart:title><table:table><table:table-header-rows>{row.format('', '2024')}</table:table-header-rows>"
        f"{row.format('Orvik', '0.5')}</table:table></chart:chart></office:chart></office:body></office:document-content>"
    )
    entries = {"content.xml": content, "styles.xml": styles, "Object 1/content.xml": formula}
    return packed({**entries, "Object 2/content.xml": chart})


TEXT_RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Times New Roman;}{\f1\fcharset2 Symbol;}{\f2\fcharset128 MS Mincho;}}
{\colortbl;\red0\green0\blue0;}{\stylesheet{\s0 Normal;}{\s1\b heading 1;}{\s2 heading 2;}{\s3 Title;}{\s4 toc 1;}{\s5\outlinelevel1 Custom;}}
{\*\generator Maker 1.0;}{\info{\title Rules of 2024}{\author Ann Lee; Windows User}{\operator Bo}{\creatim\yr2024\mo5\dy1}}
{\*\userprops{\propname published}\proptype30{\staticval 2024-05-01}}
{\header\pard Harbour office\par}
\pard\s3 Rules of the ports\par
\pard\s4 Fees\tab 3\par
\pard\s1 Fees\par
\pard\plain The fee{\super\chftn{\footnote\pard{\super\chftn} Set in May.\par}} is 940 crowns{\strike  or 900}{\v  (draft)}{\deleted  and more}{\*\annotation\pard Is it?\par}.\par
Some 10{\super 6} tons, 5 {\f1\'b1} 1, caf\'e9, \u26085?\u26412?, \ldblquote so\rdblquote , {\f2\'93\'fa\'96\'7b}, \u-10179?\u-8704?.\par
\pard\s5 Berths\par
\pard{\listtext 1.\tab}\ls1 Ask the council.\par
\pard{\listtext\f1 \'b7\tab}\ls2 A bullet.\par
{\field{\*\fldinst HYPERLINK "https://example.org/"}{\fldrslt A link}} stays.\par
{\field{\*\fldinst TOC \\o}{\fldrslt Contents 5\par}}
\trowd\trhdr\cellx1000\cellx3000\pard\intbl Port\cell Fee\cell\row
\trowd\clvmgf\cellx1000\cellx2000\cellx3000\pard\intbl Orvik\cell 2023\cell 900\cell\row
\trowd\clvmrg\cellx1000\cellx2000\cellx3000\pard\intbl\cell 2024\cell 940\cell\row
\pard It holds that {\mmath{\*\moMathPara{\*\moMath{\mr E=m}{\msSup{\me{\mr c}}{\msup{\mr 2}}}}}}{\mmathPict [picture]}.\par
Before the box.{\shp{\*\shpinst{\sp{\sn x}{\sv 5}}{\shptxt\pard In the box.\par}}{\shprslt{\*\do{\dptxbxtext\pard In the box.\par}}}}\par
{\pict\pngblip 89504e47}{\*\unknown what?}The end.\par
}"""
