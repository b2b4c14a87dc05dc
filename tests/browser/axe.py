"""Axe, which finds what keeps people out of a page."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

_SOURCE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def violations(page: Page) -> list[str]:
    """Return what is against WCAG 2.2 AA, a line for each rule: its name, and the first elements with the reason."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_SOURCE)
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", list(TAGS)
    )
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: "
        + "; ".join(f"{node['target']} {' '.join(node['failureSummary'].split())}" for node in rule["nodes"][:3])
        for rule in found["violations"]
    ]
