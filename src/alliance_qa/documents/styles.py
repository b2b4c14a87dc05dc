"""What a page's own style sheets say of an element: whether it is shown, crossed through or raised."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NESTED = re.compile(r"@[\w-]+([^{};]*)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}")
_RULE = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"\s*([a-z][a-z0-9]*)?([.#][\w-]+)\s*", re.IGNORECASE)
_TOLD = re.compile(r"display|visibility|text-decoration|vertical-align", re.IGNORECASE)
# Not `backface-visibility`, which says what is seen of an element from behind.
_HIDES = re.compile(r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SHOWS = re.compile(r"(?<![\w-])(?:display\s*:\s*(?!none)[\w-]|visibility\s*:\s*visible)", re.IGNORECASE)


class Styles:
    """The declarations of a page's `<style>` elements for one class or id each; other selectors are not followed."""

    def __init__(self, tree: HtmlElement) -> None:
        self._told: dict[str, str] = {}
        for sheet in tree.iter("style"):
            self._read(_COMMENT.sub("", sheet.text or ""))

    def of(self, element: HtmlElement) -> str:
        """Return the declarations that hold for an element, its own `style` last."""
        told = []
        if self._told:
            keys = [f".{name}" for name in (element.get("class") or "").split()]
            keys += [f"#{element.get('id')}"] if element.get("id") else []
            told = [self._told.get(key, "") + ";" + self._told.get(element.tag + key, "") for key in keys]
        return ";".join([*told, element.get("style") or ""]) if told else element.get("style") or ""

    def _read(self, sheet: str) -> None:
        if not _TOLD.search(sheet):
            return
        for selectors, told in _RULE.findall(_NESTED.sub("", sheet)):
            self._keep(selectors, told)
        # What some screen shows is shown.
        for query, rules in _NESTED.findall(sheet):
            for selectors, told in _RULE.findall(rules) if "print" not in query else ():
                if _SHOWS.search(told):
                    self._keep(selectors, told)

    def _keep(self, selectors: str, told: str) -> None:
        if _TOLD.search(told):
            for selector in selectors.split(","):
                if simple := _SIMPLE.fullmatch(selector):
                    self._told[(simple[1] or "").lower() + simple[2]] = told


def hides(style: str) -> bool:
    """Whether declarations keep an element from being shown."""
    shown = [bool(_HIDES.search(told)) for told in style.split(";") if _HIDES.search(told) or _SHOWS.search(told)]
    return bool(shown) and shown[-1]
