"""Finds the browser, starts it, and watches what its pages do that nobody expects."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Playwright, Request, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")

# What the page itself never sees: the policy's complaints, brought to the console, which is watched.
_REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`), true);
"""


class NoBrowserError(Exception):
    """No browser is installed; the message says which to install."""


def executable(playwright: Playwright) -> Path:
    """Return the browser's program: that of CHROMIUM, one on the path, or playwright's own.

    Raises:
        NoBrowserError: There is none.
    """
    found = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM") or "", *_NAMES))), None)
    path = Path(found or playwright.chromium.executable_path)
    if not path.exists():
        raise NoBrowserError(
            "no browser is installed; install one ('apt install chromium') or name one with CHROMIUM=/path/to/it"
        )
    return path


@contextmanager
def started() -> Iterator[Browser]:
    """Run one browser while the block runs.

    Raises:
        NoBrowserError: There is none.
    """
    with sync_playwright() as playwright:
        path = executable(playwright)
        arguments = ["--disable-dev-shm-usage"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # which the browser refuses to have under root
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What the pages of one context did: each thing that was not expected is a fault.

    Attributes:
        origins: The origins that may be asked for something.
        faults: What happened and was not expected, one line each.
        requests: "GET http://127.0.0.1:8000/widget.js" for each request, in order.
    """

    origins: set[str]
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)

    def expect(self, pattern: str) -> None:
        """Let what matches a regular expression happen; that it never happens is a fault then."""
        self._expected.append(pattern)

    def clear(self) -> None:
        """Forget the requests so far."""
        self.requests.clear()

    @property
    def found(self) -> list[str]:
        """All faults."""
        return self.faults + [f"did not happen: {pattern}" for pattern in self._expected if pattern not in self._met]

    def follow(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._note(f"error: {error.error}"))
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)

    def _note(self, line: str) -> None:
        for pattern in self._expected:
            if re.search(pattern, line):
                self._met.add(pattern)
                return
        self.faults.append(line)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._note(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        self.requests.append(f"{request.method} {request.url}")
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self._note(f"request: {request.method} {request.url}")
