"""How long a visitor waits in a real browser: from pressing Enter to the first event, and to the whole answer."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT / "tests"))  # the server and the browser are started as the tests start them

from alliance_qa.building.rebuild import rebuild  # noqa: E402
from alliance_qa.models.embedding import ModelEmbedder  # noqa: E402
from alliance_qa.settings import load  # noqa: E402
from browser import chromium, hosts  # noqa: E402
from browser.chat import Chat  # noqa: E402
from edges import server  # noqa: E402

_ASKED = 30
_WARM = 5

# Times of the page's own clock: Enter, the first bytes of the stream, the answer's event, and the frame that shows it.
_CLOCK = """
window.times = [];
let now = null;
addEventListener("keydown", event => { if (event.key === "Enter") now = {enter: performance.now()}; }, true);
const read = ReadableStreamDefaultReader.prototype.read;
ReadableStreamDefaultReader.prototype.read = async function () {
  const found = await read.call(this);
  if (now && !now.first) now.first = performance.now();
  return found;
};
addEventListener("alliance-qa-answer", event => {
  const ended = now;
  ended.whole = performance.now();
  ended.service = event.detail.took_ms;
  requestAnimationFrame(() => setTimeout(() => { ended.shown = performance.now(); window.times.push(ended); }));
});
"""

# Not playwright's own way of waiting, which the page's policy forbids.
_COUNTED = """
count => new Promise(resolve => {
  const look = () => window.times.length === count ? resolve() : setTimeout(look, 5);
  look();
})
"""


def main() -> None:
    """Print a table; the machine's noise is in it."""
    with tempfile.TemporaryDirectory() as folder, hosts.served() as site:
        settings = load(documents=_ROOT / "documents", index=Path(folder) / "index")
        rebuild(settings, ModelEmbedder())
        environment = {
            "ALLIANCE_QA_DOCUMENTS": str(settings.documents),
            "ALLIANCE_QA_ORIGINS": site.origin,
            "ALLIANCE_QA_LIMIT_PER_ADDRESS": "off",
        }
        with server.serving(Path(folder), command=server.MODEL, environment=environment) as running:
            origin = f"http://{running.client.host}:{running.client.port}"
            page_url = site.put(hosts.embedding(origin), hosts.STRICT.replace("SERVICE", origin))
            for question in _questions()[:_WARM]:
                running.client.ask(question)
            with chromium.started() as browser:
                page = browser.new_page()
                page.add_init_script(_CLOCK)
                page.goto(page_url)
                times = _ask(page)
    print(f"{len(times)} questions through a page of another origin, in ms")
    print(f"{'from Enter to':30} {'p50':>7} {'p95':>7}")
    for name, key in (
        ("the first event", "first"),
        ("the whole answer", "whole"),
        ("the frame that shows it", "shown"),
    ):
        _print(name, [each[key] - each["enter"] for each in times])
    _print("of that, the service's own", [each["service"] for each in times])


def _ask(page: Page) -> list[Any]:
    chat = Chat(page)
    for at, question in enumerate(_questions(), 1):
        chat.ask(question)
        page.evaluate(_COUNTED, at)
        chat.button("New conversation").click()
        expect(chat.questions).to_have_count(0)
    found: list[Any] = page.evaluate("window.times")
    return found[_WARM:]


def _print(name: str, times: list[float]) -> None:
    print(f"{name:30} {np.percentile(times, 50):>7.0f} {np.percentile(times, 95):>7.0f}")


def _questions() -> list[str]:
    lines = (_ROOT / "questions" / "development.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines][: _WARM + _ASKED]


if __name__ == "__main__":
    main()
