"""Pages of another origin, which embed the widget: what the owner of a site writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The strictest policy that the documentation names; SERVICE is the service's origin.
STRICT = (
    "default-src 'none'; script-src SERVICE; connect-src SERVICE; require-trusted-types-for 'script'; "
    "trusted-types 'none'; base-uri 'none'; form-action 'none'"
)


def embedding(service: str, *, attributes: str = "", body: str = "", html: str = "", count: int = 1) -> str:
    """Return a host page with the element.

    Args:
        service: The origin that the script comes from.
        attributes: Of the element.
        body: HTML before the element.
        html: Attributes of the page, such as `dir=rtl`.
        count: How many elements.
    """
    elements = f"<alliance-qa-chat {attributes}></alliance-qa-chat>\n" * count
    return f"""<!doctype html>
<html lang="en" {html}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page of another site</title>
<script type="module" src="{service}/widget.js"></script></head>
<body><main><h1>A page of another site</h1>
{body}
{elements}</main></body>
</html>
"""


@dataclass
class Hosts:
    """A web site."""

    origin: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, html: str, policy: str) -> str:
        """Serve a page under a content security policy; return its address."""
        path = f"/{len(self.pages)}.html"
        self.pages[path] = html, policy
        return self.origin + path


@contextmanager
def served() -> Iterator[Hosts]:
    """Serve a site while the block runs, on a port of its own and so from an origin of its own."""
    hosts = Hosts("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, policy = hosts.pages.get(self.path, ("", ""))
            content = html.encode()
            self.send_response(200 if content else 204)
            if content:
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hosts.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hosts
        finally:
            server.shutdown()
            thread.join()
