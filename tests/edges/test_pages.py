"""The pages of the service over HTTP."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from alliance_qa.domain import Span
from alliance_qa.web import pages
from alliance_qa.web.pages import quotation
from alliance_qa.web.urls import Place, citation_url
from edges import collection
from edges.client import PROBLEM, Client, Reply

pytestmark = pytest.mark.model

SENTENCE = collection.LIGHTHOUSE_SENTENCE
NOTES_ID = "notes-on-oshima.md-4d7cbfef"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = ["/", "/?lang=ja", "/documents", "/documents?q=gardens&sort=date&page=2", "/documents/gardens.txt", "/demo"]


def lit(reply: Reply) -> list[str]:
    return [unescape(quote) for quote in re.findall(r"<mark[^>]*>(.*?)</mark>", reply.text, re.DOTALL)]


def notes(reply: Reply) -> list[str]:
    return re.findall('<p role="note">(.*?)</p>', reply.text)


def links(reply: Reply, path: str) -> set[str]:
    """Return the addresses on this service that a page names."""
    found = {unescape(link) for link in re.findall(r'\s(?:href|src)="([^"]*)"', reply.text)}
    return {urljoin(path, link).partition("#")[0] for link in found if not urlsplit(link).netloc}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_with_the_policy_that_guards_it(path: str, client: Client) -> None:
    reply = client.get(path, headers=BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    has_form = path.startswith("/documents") and path[10:11] != "/"
    expected = pages.headers(form_action="'self'" if has_form else "'none'")
    assert {name: reply.headers[name.lower()] for name in expected} == expected
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("path", PAGES)
def test_every_address_on_a_page_is_there(path: str, client: Client) -> None:
    found = links(client.get(path), path)
    assert "/static/style.css" in found
    assert {link: client.get(link).status for link in found} == dict.fromkeys(found, 200)


@pytest.mark.parametrize("path", [*PAGES, "/static/style.css"])
def test_a_page_that_has_not_changed_is_not_sent_again(path: str, client: Client) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    for tag in (first.headers["etag"], f'"x", W/{first.headers["etag"]}'):
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert client.get(path, headers={"If-None-Match": '"x"'}).status == 200


@pytest.mark.parametrize(
    "name",
    ["", "base.html", "__init__.py", "..%2F__init__.py", "../widget/element.js", "STYLE.CSS", "style.css%00", "x.css"],
)
def test_only_the_files_of_the_pages_are_served(name: str, client: Client) -> None:
    reply = client.get(f"/static/{name}")
    assert (reply.status, reply.headers["content-type"]) == (404, PROBLEM)


def test_files_are_sent_as_what_they_are(client: Client) -> None:
    kinds = {name: client.get(f"/static/{name}") for name in ("style.css", "demo.js", "icon.svg")}
    assert {name: reply.headers["content-type"] for name, reply in kinds.items()} == {
        "style.css": "text/css; charset=utf-8",
        "demo.js": "text/javascript; charset=utf-8",
        "icon.svg": "image/svg+xml",
    }
    assert {reply.headers["x-content-type-options"] for reply in kinds.values()} == {"nosniff"}


def test_a_person_is_told_in_words_that_a_document_is_not_there(client: Client) -> None:
    reply = client.get("/documents/nowhere.txt", headers=BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>No such document</h1>" in reply.text
    assert "nowhere" not in reply.text
    assert {"/", "/documents"} <= links(reply, "/documents/nowhere.txt")
    assert pages.headers().items() <= {name: reply.headers.get(name.lower()) for name in pages.headers()}.items()


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_a_program_gets_the_problem(accept: str | None, client: Client) -> None:
    reply = client.get("/documents/nowhere.txt", headers={"Accept": accept} if accept else None)
    assert (reply.status, reply.headers["content-type"]) == (404, PROBLEM)


def place(client: Client) -> Place:
    start = client.text(NOTES_ID).index(SENTENCE)
    return Place(NOTES_ID, Span(start, start + len(SENTENCE)))


def version(client: Client) -> str:
    return str(client.get("/v1/documents").json["index_version"])


def test_a_citation_s_address_lights_its_quote(client: Client) -> None:
    answer = client.ask("When was the lighthouse of Oshima first lit?")
    assert answer["citations"]
    for citation in answer["citations"]:
        reply = client.get(citation["url"].partition("#")[0])
        assert (reply.status, "".join(lit(reply)), notes(reply)) == (200, citation["quote"], [])
        assert reply.text.count('<mark id="quote">') == 1


def test_citations_lead_to_each_other_across_documents(client: Client) -> None:
    cited = [place(client), Place("gardens.txt", Span(0, 7))]
    first = client.get(citation_url(cited, 0, version(client)).partition("#")[0])
    assert "Citation 1 of 2" in first.text
    following = re.findall('rel="next" href="([^"]*)"', first.text)
    assert [unescape(link) for link in following] == [citation_url(cited, 1, version(client))]
    second = client.get(unescape(following[0]).partition("#")[0])
    assert "Citation 2 of 2" in second.text
    assert lit(second) == [client.text("gardens.txt")[:7]]


@pytest.mark.parametrize(
    "query",
    ["start=5", "end=5", "start=5&end=5", "start=6&end=5", "start=-1&end=5", "start=0&end=99999999", "start=x&end=5",
     "start=1.5&end=5", f"start=0&end={'9' * 5000}", "start=0&end=5&start=0", "start=0&end=5&index_version=latest",
     "start=0&end=5&index_version=", "start=%00&end=%FF", "index_version=../../x"],
)  # fmt: skip
def test_a_place_that_is_none_lights_nothing_and_says_so(query: str, client: Client) -> None:
    reply = client.get(f"/documents/gardens.txt?{query}")
    assert (reply.status, lit(reply), notes(reply)) == (200, [], [quotation.NOWHERE])
    assert reply.text.replace(f'<p role="note">{quotation.NOWHERE}</p>\n', "") == (
        client.get("/documents/gardens.txt").text
    )


@pytest.mark.parametrize("query", ["start=0&end=5&index_version=000099", "index_version=999999"])
def test_a_place_in_a_generation_that_is_not_kept_lights_nothing_and_says_so(query: str, client: Client) -> None:
    reply = client.get(f"/documents/gardens.txt?{query}")
    assert (reply.status, lit(reply), notes(reply)) == (200, [], [quotation.CHANGED])


@pytest.mark.parametrize(
    "cited", ["", "x", "0-5-gardens.txt&cited=9-3-gardens.txt", "0-5-gardens.txt&cited=0-5-nowhere"]
)
def test_a_list_of_citations_that_is_none_leads_nowhere(cited: str, client: Client) -> None:
    reply = client.get(f"/documents/gardens.txt?start=0&end=5&index_version={version(client)}&cited={cited}")
    assert (reply.status, lit(reply), notes(reply)) == (200, [client.text("gardens.txt")[:5]], [])
    assert "Citation " not in reply.text


def test_the_list_is_filtered_and_takes_any_query(client: Client) -> None:
    found = links(client.get("/documents?q=TANAKA+lighthouse"), "/documents")
    assert {link for link in found if link.startswith("/documents/")} == {f"/documents/{NOTES_ID}"}
    for query in ("q=%00%FF&page=-1&sort=x", f"q={'a' * 5000}", "page=99999999999", "q=a&q=b"):
        assert client.get(f"/documents?{query}").status == 200


def test_the_snippets_name_the_address_that_was_asked(client: Client) -> None:
    page = unescape(client.get("/demo", headers={"Host": "localhost:81"}).text)
    served = client.get("/v1/widget").json
    assert '<script type="module" src="http://localhost:81/widget.js"></script>' in page
    assert f'src="http://localhost:81{served["url"]}"\n  integrity="{served["integrity"]}"' in page
