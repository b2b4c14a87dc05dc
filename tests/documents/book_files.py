"""E-books made for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
METADATA = """<dc:title id="t">The Harbour Fees</dc:title><dc:title id="s">A short history</dc:title>
<meta refines="#s" property="title-type">subtitle</meta>
<dc:creator id="a">Ann Lee</dc:creator><dc:creator>Ben Ode</dc:creator><dc:creator id="i">Ida Ill</dc:creator>
<meta refines="#i" property="role">ill</meta>
<dc:publisher>Skagby Press</dc:publisher><dc:language>en-GB</dc:language><dc:date>2021-05-03T00:00:00Z</dc:date>
<dc:source>https://example.org/fees</dc:source><dc:description>&lt;p&gt;Of fees.&lt;/p&gt;</dc:description>"""
PAGES = {
    "cover.xhtml": "<p>The Harbour Fees, a picture</p>",
    "nav.xhtml": '<nav epub:type="toc"><ol><li><a href="one.xhtml">The first fee</a></li>'
    '<li><a href="text/two%20b.xhtml#x">The second fee</a></li></ol></nav>',
    "one.xhtml": '<h1>The first fee<a id="n"/></h1><p>It was set in 1911.<a epub:type="noteref" href="#fn1">'
    "<sup>1</sup></a> It was low.</p><h2>Owners</h2><p>They paid.</p>"
    '<aside epub:type="footnote" id="fn1"><p>1 By the council.</p></aside>',
    "text/two b.xhtml": "<p>It was raised in 1950.</p><table><tr><th>port</th><th>fee</th></tr>"
    "<tr><td>Skagby</td><td>940</td></tr></table>",
}


def epub(
    pages: Mapping[str, str] = PAGES, metadata: str = METADATA, order: str = "cover nav one two", more: str = "",
    parts: Mapping[str, str] = {},
) -> bytes:  # fmt: skip
    """Return a book of EPUB 3."""
    ids = {"cover.xhtml": "cover", "nav.xhtml": "nav", "one.xhtml": "one", "text/two b.xhtml": "two"}
    items = "".join(
        f'<item id="{ids.get(name, name)}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"'
        + (' properties="nav"/>' if name == "nav.xhtml" else "/>")
        for name in pages
    )
    spine = "".join(f'<itemref idref="{id_}"/>' for id_ in order.split())
    package = (
        '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f"<manifest>{items}{more}</manifest><spine>{spine}</spine></package>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        book.writestr(zipfile.ZipInfo("META-INF/container.xml"), CONTAINER)
        book.writestr(zipfile.ZipInfo("OEBPS/book.opf"), package)
        for name, body in pages.items():
            page = (
                '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
                f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body>{body}</body></html>'
            )
            book.writestr(zipfile.ZipInfo(f"OEBPS/{name}"), page)
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name), text)
    return file.getvalue()
