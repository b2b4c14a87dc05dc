"""What a person opens in a browser, as HTML. Whatever comes from outside is escaped by the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alliance_qa.domain import Document
from alliance_qa.text.calendar import MONTHS
from alliance_qa.web.pages import article, keeper, phrases, shelf
from alliance_qa.web.pages.printed import View
from alliance_qa.web.pages.quotation import Position, Quotation
from alliance_qa.web.pages.shelf import Entry, Leaf
from alliance_qa.web.pages.words import LANGUAGES, Words
from alliance_qa.web.wire.collection import ContactOut

_FOLDER = Path(__file__).parent
_STATIC = re.compile(r"[a-z]+\.(?:css|js|svg)")
# As demo.css does it; docs/widget.md says where all are listed.
_THEME = """\
alliance-qa-chat {
  --alliance-qa-accent: #9c2f1f;
  --alliance-qa-on-accent: #ffffff;
  --alliance-qa-font-quote: Palatino, Georgia, serif;
  --alliance-qa-radius: 4px;
}
@media (prefers-color-scheme: dark) {
  alliance-qa-chat {
    --alliance-qa-accent: #f0a08e;
    --alliance-qa-on-accent: #2a100b;
  }
}"""
_POLICY = {  # W3C Content Security Policy
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
_TITLES = 6  # on the first page
_FEW_HEADINGS = 3  # a table of contents of fewer is no help

# Names for people; any other tag is shown as it is.
_TONGUES = {"de": "German", "en": "English", "fr": "French", "ja": "Japanese", "ko": "Korean", "zh": "Chinese"}
_FAULTS = {  # title and what is said, by HTTP status; 400 is any other
    400: ("This cannot be shown", "The service did not accept this request."),
    404: ("There is no such page", "Nothing is at this address. It may be mistyped."),
    500: ("Something went wrong", "The service failed to make this page. It has been noted for its keeper."),
    503: ("Not available at the moment", "The collection cannot be read now. Try again in a little while."),
}
_JAPANESE = phrases.JAPANESE | keeper.JAPANESE
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame around a page shows."""

    kept_days: int | None  # how long questions are kept; None: they are not
    current: str = ""  # the path that the navigation marks as the one shown
    lang: str = "en"  # a key of `LANGUAGES`
    contact: ContactOut | None = None  # whom to ask what the documents do not say
    chosen: bool = False  # whether the address names the language, not the browser

    @property
    def words(self) -> Words:
        """The words of its language."""
        return LANGUAGES[self.lang]

    @property
    def home(self) -> str:
        """The path of the first page."""
        return self.link("/")

    def link(self, path: str) -> str:
        """Return an address of ours that keeps the language where the reader chose it."""
        if not self.chosen:
            return path
        address, mark, anchor = path.partition("#")
        return f"{address}{'&' if '?' in address else '?'}lang={self.lang}{mark}{anchor}"

    def t(self, english: str) -> str:
        """Return a phrase of ours in the language of the page; what is none of ours as it is."""
        return _JAPANESE.get(english, english) if self.lang == "ja" else english

    @property
    def other(self) -> str:
        """The language that it could be in, too."""
        return next(lang for lang in LANGUAGES if lang != self.lang)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Path and name of each page of the navigation."""
        words = self.words
        return (("/documents", words.documents), ("/demo", words.embed), ("/docs", words.api))

    @property
    def kept(self) -> str:
        """Whether questions are kept, in words."""
        if self.kept_days is None:
            return self.words.not_kept
        return self.words.kept_one if self.kept_days == 1 else self.words.kept.format(days=self.kept_days)


def headers(**changed: str) -> dict[str, str]:
    """Return what every page is sent with: nothing runs but our own files, nothing is asked of any other host.

    Args:
        changed: The directives of the policy that are others for this page, "_" for "-"; "" leaves one out.
    """
    policy = _POLICY | {name.replace("_", "-"): sources for name, sources in changed.items()}
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items() if sources),
        "Referrer-Policy": "no-referrer",
    }


@cache
def static_files() -> dict[str, bytes]:
    """Return the style sheets, scripts and pictures of the pages, by name."""
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir() if _STATIC.fullmatch(path.name)}


def home_page(shell: Shell, entries: Sequence[Entry], *, service: str) -> str:
    """Return the first page: the chat, and what the collection holds.

    Args:
        shell: The frame around it.
        entries: The documents, ordered by title.
        service: Where visitors find the service: scheme, host and path, without "/" at the end.
    """
    days = [entry.published for entry in entries if entry.published]
    return render(
        "home.html",
        shell,
        service=service,
        count=len(entries),
        years=(min(days)[:4], max(days)[:4]) if days else None,
        newest=shelf.newest(entries, _TITLES),
    )


def documents_page(shell: Shell, leaf: Leaf) -> str:
    """Return one page of the list of documents."""
    return render("documents.html", shell, leaf=leaf, orders=tuple(shelf.Order))


def document_page(
    shell: Shell,
    document: Document,
    *,
    asked: Quotation = Quotation(),
    notes: Sequence[str] = (),
    present: str = "",
    position: Position | None = None,
    printed: View | None = None,
) -> str:
    """Return the page of a source.

    Args:
        shell: The frame around it.
        document: What to show; the text of the article is its text, exactly.
        asked: Whose span is lit, where it lies in the text, and said to stand on its page or slide.
        notes: What the reader must know about what is shown.
        present: The path of the text of now, where another one is shown.
        position: Which of an answer's citations is lit.
        printed: The pages of the file that the quote stands on.
    """
    source = document.facts.source_url
    groups = article.divide(document, asked.span)
    headings = article.headings(groups)
    return render(
        "document.html",
        shell,
        document=document,
        original=source.value if source and _WEB_ADDRESS.fullmatch(source.value) else "",
        groups=groups,
        headings=headings if len(headings) >= _FEW_HEADINGS else (),
        notes=notes,
        present=present,
        position=position,
        locator=document.locator(asked.span.start) if asked.span and asked.span.end <= len(document.text) else "",
        printed=printed,
    )


def missing_page(shell: Shell) -> str:
    """Return what is shown in place of a document that there is not."""
    return render("missing.html", shell)


def fault_page(shell: Shell, status: int) -> str:
    """Return what is shown in place of a page that cannot be."""
    title, said = _FAULTS.get(status, _FAULTS[400])
    here = "/" + quote(shell.current.lstrip("/"))  # whatever was called, it leads to no other host
    return render(
        "fault.html", shell, title=shell.t(title), said=shell.t(said), again=here if status in (500, 503) else ""
    )


def demo_page(shell: Shell, *, service: str, script: str, integrity: str) -> str:
    """Return the page of an imaginary host with the chat in it, and how to do the same.

    Args:
        shell: The frame around it.
        service: Where visitors find the service: scheme, host and path, without "/" at the end.
        script: The path of this version of the widget.
        integrity: Its integrity, as of the attribute.
    """
    origin = "/".join(service.split("/")[:3])
    element = "<alliance-qa-chat floating></alliance-qa-chat>"
    return render(
        "demo.html",
        shell,
        newest=f'<script type="module" src="{service}/widget.js"></script>\n{element}',
        pinned=(
            f'<script type="module" src="{service}{script}"\n'
            f'  integrity="{integrity}"\n  crossorigin="anonymous"></script>\n{element}'
        ),
        theme=_THEME,
        policy=f"Content-Security-Policy: script-src {origin}; connect-src {origin}",
    )


def admin_page(shell: Shell) -> str:
    """Return the keeper's page, with what its scripts say in the language of the page."""
    return render("admin.html", shell, carried=keeper.carried(shell.lang))


def render(template: str, shell: Shell, **values: object) -> str:
    """Return a page that extends base.html.

    Args:
        template: Its file's name.
        shell: The frame around it.
        values: What the template fills in.
    """
    return _ENVIRONMENT.get_template(template).render(shell=shell, **values)


def day(published: str, lang: str = "en") -> str:
    """Return a date of a document (YYYY, YYYY-MM or YYYY-MM-DD) as it is read; anything else as it is."""
    found = re.fullmatch(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?", published)
    if not found:
        return published
    year, month, of_month = found[1], int(found[2] or 0), int(found[3] or 0)
    if lang == "ja":
        return f"{year}年" + f"{month}月" * bool(month) + f"{of_month}日" * bool(of_month)
    named = f"{MONTHS[month - 1]} " * bool(month) + f"{of_month}, " * bool(of_month)
    return named + year


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_ENVIRONMENT.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # a third of the bytes
_ENVIRONMENT.filters["braced"] = re.compile(r"\{([\w.-]+)\}").split  # every second piece stood in braces
_ENVIRONMENT.filters["day"] = day
_ENVIRONMENT.filters["place"] = phrases.place
_ENVIRONMENT.filters["tongue"] = lambda tag: _TONGUES.get(tag, tag)
