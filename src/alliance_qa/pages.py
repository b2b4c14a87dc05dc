"""The page of a source, with a quote marked."""

from __future__ import annotations

from html import escape

from alliance_qa.domain import Document, Span

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="facts">{facts}</p>
{note}<article>{text}</article>
</main>
</body>
</html>
"""

STYLE = """
:root { color-scheme: light dark; font: 18px/1.6 Georgia, serif; }
body { margin: 0; padding: 2rem 1rem; }
main { max-width: 42rem; margin: auto; }
h1 { font-size: 1.6rem; line-height: 1.25; }
.facts { opacity: 0.75; font: 0.85rem/1.4 system-ui, sans-serif; }
article { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { padding: 0.1em 0; scroll-margin-top: 30vh; }
"""


_NOTE = '<p role="note">{}</p>\n'


def document_page(document: Document, quote: Span | None, *, note: str = "") -> str:
    """Return the HTML of a document. A span that leaves the text marks nothing."""
    text = document.text
    if quote is not None and quote.end <= len(text):
        marked = (
            f'{escape(text[: quote.start])}<mark id="quote">{escape(quote.of(text))}</mark>{escape(text[quote.end :])}'
        )
    else:
        marked = escape(text)
    facts = document.facts
    stated = [facts.author, facts.published, facts.publisher]
    return _PAGE.format(
        language=escape(facts.language.value if facts.language else "en"),
        title=escape(facts.title.value),
        style=STYLE,
        facts=escape(" · ".join([*(fact.value for fact in stated if fact), document.path])),
        note=_NOTE.format(escape(note)) if note else "",
        text=marked,
    )
