"""What a Word document shows of other parts: whole files put into its text, diagrams (SmartArt), charts."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from alliance_qa.documents import html, text
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx.content import Content, Paragraph, Piece
from alliance_qa.documents.docx.names import Element, name
from alliance_qa.documents.docx.package import Package
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|p|div|meta)\b", re.IGNORECASE)
_MAIL = re.compile(rb"\s*(?:MIME-Version|From|Content-Type|X-[\w-]+):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The parts that a main part refers to; what cannot be read is passed over."""

    package: Package
    main: str

    def chunk(self, element: Element) -> Content:
        """Return the text of a w:altChunk: a web page, also as MHT, a plain text or another Word document."""
        data = self.package.data(self.package.target(self.main, element.get(name("r:id"), "")))
        try:
            return _content(_read(data))
        except DocumentError:
            return ()

    def drawn(self, drawing: Element) -> Content:
        """Return the words of a diagram as entries, and a chart as its title and rows."""
        found: list[RawBlock] = []
        for diagram in drawing.iter(name("dgm:relIds")):
            found += _diagram(self._root(diagram.get(name("r:dm"), "")))
        for chart in drawing.iter(name("c:chart")):
            found += _chart(self._root(chart.get(name("r:id"), "")))
        return _content(found)

    def _root(self, relation: str) -> Element | None:
        return self.package.xml(self.package.target(self.main, relation))


def _read(data: bytes) -> Sequence[RawBlock]:
    if data.startswith(b"PK\x03\x04"):
        from alliance_qa.documents import docx

        return docx.read(data).blocks
    if data.startswith(b"{\\rtf") or not data:
        return ()
    if _MAIL.match(data):
        message = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default)
        page = message.get_body(("html", "plain"))
        said = page.get_payload(decode=True) if page is not None else b""
        data = said if isinstance(said, bytes) else b""
    return html.read(data).blocks if _PAGE.match(data) else text.read(data).blocks


def _content(blocks: Sequence[RawBlock]) -> Content:
    return tuple(Paragraph((Piece(block.text),), block.kind, block.level) for block in blocks if block.text)


def _diagram(root: Element | None) -> Iterator[RawBlock]:
    for point in () if root is None else root.iter(name("dgm:pt")):
        for paragraph in point.iter(name("a:p")):
            if line := _words(paragraph):
                yield RawBlock(line, BlockKind.ITEM)


def _chart(root: Element | None) -> Iterator[RawBlock]:
    """Yield title and rows of a chart: a row for each category, below the names of the series."""
    chart = None if root is None else root.find(name("c:chart"))
    if chart is None:
        return
    title = chart.find(name("c:title"))
    if title is not None and (line := _words(title)):
        yield RawBlock(line, BlockKind.CAPTION)
    series = list(chart.iter(name("c:ser")))
    names = [" ".join(_points(each, "c:tx").values()) for each in series]
    labels = next((found for each in series if (found := _points(each, "c:cat") or _points(each, "c:xVal"))), {})
    values = [_points(each, "c:val") or _points(each, "c:yVal") for each in series]
    if labels and any(names):
        yield RawBlock(" | ".join(["", *names]).strip(), BlockKind.ROW, 1)
    for at in labels or {at: "" for each in values for at in each}:
        cells = [labels.get(at, ""), *(each.get(at, "") for each in values)]
        if any(cells[1:]):
            yield RawBlock(" | ".join(cells), BlockKind.ROW)


def _points(series: Element, path: str) -> dict[int, str]:
    """Return the kept values of a part of a series by their places."""
    part = series.find(name(path))
    if part is None:
        return {}
    is_share = any("%" in (code.text or "") for code in part.iter(name("c:formatCode")))
    found = {}
    for point in part.iter(name("c:pt")):
        value = one_line("".join(each.text or "" for each in point.findall(name("c:v"))))
        if point.get("idx", "").isdecimal() and value:
            found[int(point.get("idx"))] = _figure(value, is_share=is_share)
    return found


def _figure(value: str, *, is_share: bool) -> str:
    """Return a number as a chart shows it, without what computing leaves: 12.3% for 0.12300000000000001."""
    if not re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", value):
        return value
    return f"{float(value) * 100:.6g}%" if is_share else f"{float(value):.12g}" if re.search("[.eE]", value) else value


def _words(element: Element) -> str:
    return one_line("".join(each.text or "" for each in element.iter(name("a:t"))))
