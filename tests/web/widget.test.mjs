// The widget's sources by themselves, without a browser: `node tests/web/widget.test.mjs`.
// tests/web/test_widget_node.py runs this file once and tells of each test by its name.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation } from "../../src/alliance_qa/web/widget/conversation.js";
import {
  EventReader,
  Fault,
  documentPath,
  fetchAnswer,
  isOffline,
  linkTo,
  originOf,
  send,
} from "../../src/alliance_qa/web/widget/service.js";
import {
  clean,
  clip,
  flat,
  isAnswer,
  isCollection,
  isKept,
  isWorded,
  quoteParts,
} from "../../src/alliance_qa/web/widget/shapes.js";
import { heldLine, plainText } from "../../src/alliance_qa/web/widget/views.js";
import { Language, WORDS } from "../../src/alliance_qa/web/widget/words.js";

const ORIGIN = "https://qa.example.org";
const [en, ja] = [new Language("en"), new Language("ja")];

// ---- What the service sends

const citation = (fields) => ({
  number: 1,
  title: "The Lighthouse",
  author: "Ichiro Tanaka",
  published: "2001-02-03",
  quote: "The lighthouse was lit in 1903.",
  start: 0,
  end: 31,
  highlight: null,
  url: "/documents/lighthouse.md?start=0&end=31#quote",
  ...fields,
});
const passage = (fields) => ({ document_id: "a.md", title: "A", text: "Some text.", start: 0, end: 10, ...fields });
const answer = (fields) => ({
  answer_id: "a".repeat(32),
  conversation_id: "c".repeat(32),
  answered: true,
  reason: null,
  answer: "The lighthouse was lit in 1903. [1]",
  confidence: 0.9,
  resolved_question: "When was the lighthouse lit?",
  index_version: "000001",
  citations: [citation()],
  passages: [passage()],
  suggestions: [],
  not_stated: [],
  took_ms: 12,
  sentences: null,
  ...fields,
});
const refusal = (fields) =>
  answer({ answered: false, reason: "nothing_relevant", answer: "", citations: [], suggestions: ["Who?"], ...fields });
const collection = (fields) => ({
  documents: 2,
  earliest: "1903",
  latest: "2001-02-03",
  examples: [],
  questions_kept_days: null,
  ...fields,
});

const event = (name, data) => `event: ${name}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** The events of an answer, its text in pieces of three characters. */
function events({ answer: text, ...whole }) {
  const part = (name, ...keys) => event(name, Object.fromEntries(keys.map((key) => [key, whole[key]])));
  return [
    part("resolved", "answer_id", "conversation_id", "resolved_question", "index_version"),
    part("passages", "passages"),
    ...(text.match(/.{1,3}/gsu) ?? []).map((piece) => event("answer", { text: piece })),
    ...(whole.answered ? [part("citations", "citations")] : []),
    part("done", "answered", "reason", "confidence", "suggestions", "not_stated", "took_ms"),
  ];
}

const bytes = (text) => new TextEncoder().encode(text);

/** A reply that streams the pieces; a function among them is called in its turn, and awaited. */
function streaming(pieces) {
  const left = [...pieces];
  const source = {
    async pull(controller) {
      const next = left.shift();
      if (next === undefined) return controller.close();
      if (typeof next === "function") return controller.enqueue((await next()) ?? bytes(": still here\n\n"));
      return controller.enqueue(typeof next === "string" ? bytes(next) : next);
    },
  };
  const body = new ReadableStream(source, { highWaterMark: 0 }); // a piece is made when it is read
  return new Response(body, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
}

const answering = (whole) => streaming([events(whole).join("")]);
const json = (value, init) => new Response(JSON.stringify(value), init);
const problem = (status, fields, headers) => json({ title: "T", status, ...fields }, { status, headers });

/** Let the service reply so; return what it is asked, as [path, body, options]. */
function replying(...replies) {
  const asked = [];
  globalThis.fetch = async (url, options) => {
    assert.ok(url.startsWith(ORIGIN));
    asked.push([url.slice(ORIGIN.length), options.body && JSON.parse(options.body), options]);
    const reply = replies.shift();
    options.signal?.throwIfAborted();
    if (reply instanceof Error) throw reply;
    return typeof reply === "function" ? reply(options) : reply;
  };
  return asked;
}

const ask = (onText = () => {}, abort = new AbortController()) => fetchAnswer(ORIGIN, { question: "?" }, abort, onText);

/** What went wrong: a Fault's fields, or the name of another error. */
const fault = (running) =>
  running.then(
    () => assert.fail("there is an answer"),
    (error) => (error instanceof Fault ? { ...error } : error.name),
  );

// ---- words.js

test("the language is that of the tag, and English where there is none", () => {
  const of = (tag) => [new Language(tag).code, new Language(tag).locale];
  assert.deepEqual(["", "en", "EN-gb", "ja", "ja-jp", "de", "jav", "en of sorts"].map(of), [
    ["en", "en"],
    ["en", "en"],
    ["en", "en-GB"],
    ["ja", "ja"],
    ["ja", "ja-JP"],
    ["en", "en"],
    ["en", "en"],
    ["en", "en"],
  ]);
});

test("a date is worded as precisely as it is known, and what is none stays as it is", () => {
  const dates = ["1903", "1903-02", "2001-02-03", "2001-02-30", "2001-13", "2001-02-03T04:05", "soon", ""];
  assert.deepEqual(
    dates.map((text) => en.date(text)),
    ["1903", "February 1903", "February 3, 2001", ...dates.slice(3)],
  );
  assert.deepEqual(
    dates.slice(0, 3).map((text) => ja.date(text)),
    ["1903年", "1903年2月", "2001年2月3日"],
  );
  assert.equal(new Language("en-GB").date("2001-02-03"), "3 February 2001");
});

test("a place in a file is told in Japanese where its kind is known, else as the service tells it", () => {
  const places = {
    "page 3": "3ページ",
    "page 3, read by OCR, confidence 0.93": "3ページ（OCRによる読み取り、信頼度 0.93）",
    "slide 7": "スライド7",
    "slide 7, notes": "スライド7のノート",
    "row 12": "12行目",
    "sheet Fees, row 1, row 12 (A12:D12)": "シート「Fees, row 1」12行目（A12:D12）",
    "sheet Fees": "シート「Fees」",
    "time 00:01:12": "時刻 00:01:12",
    "time 00:01:12, Ann Lee": "時刻 00:01:12、Ann Lee",
    'chapter "page 3"': "「page 3」の章",
    "Ann Lee": "Ann Lee",
    "the page 3": "the page 3",
  };
  for (const [told, said] of Object.entries(places)) {
    assert.equal(new Language("ja").place(told), said);
    assert.equal(new Language("en").place(told), told);
  }
});

test("a time to wait is told in seconds, in minutes from 100 seconds on, or as a moment", () => {
  assert.deepEqual(
    [1, 17, 99, 100, 600, null].map((seconds) => en.time(seconds)),
    ["1 second", "17 seconds", "99 seconds", "2 minutes", "10 minutes", "a moment"],
  );
  assert.deepEqual([17, 600].map((seconds) => ja.time(seconds).replace(/\s/g, "")), ["17秒", "10分"]);
});

test("a count has its form and its thousands", () => {
  assert.deepEqual(
    [0, 1, 2, 12345].map((n) => en.count("documents", n)),
    ["0 documents", "1 document", "2 documents", "12,345 documents"],
  );
  assert.equal(ja.count("kept", 1), "質問は1日間保存されます。");
});

test("what is filled into words is not filled in again", () => {
  assert.equal(en.say("searched", { question: "{n} {question} $& $1" }), "Searched for: {n} {question} $& $1");
});

test("each reason has its words, and an unknown one those of a refusal", () => {
  assert.equal(en.refusal("related_but_not_stated"), WORDS.en.related_but_not_stated);
  for (const unknown of ["new_reason", "heading", "constructor", "", null])
    assert.equal(en.refusal(unknown), WORDS.en.refused);
  assert.equal(ja.refusal("nothing_relevant"), WORDS.ja.nothing_relevant);
  assert.equal(ja.refusal("small_talk"), WORDS.ja.small_talk);
});

// ---- shapes.js

const VALUES = [undefined, null, 1, -1, 1.5, NaN, 2 ** 53, "", "x", true, [], {}, [null], ["x"], [1], [[]], [{}]];
const isString = (value) => typeof value === "string";
const isNothing = (value) => value === undefined || value === null;
const KINDS = {
  id: () => false, // none of the values is one
  text: isString,
  maybeText: (value) => isNothing(value) || isString(value),
  count: (value) => value === 1,
  maybeCount: (value) => isNothing(value) || value === 1,
  maybeNumber: (value) => isNothing(value) || Number.isFinite(value),
  texts: (value) => Array.isArray(value) && value.every(isString),
  maybeTexts: (value) => isNothing(value) || (Array.isArray(value) && value.every(isString)),
  things: (value) => Array.isArray(value) && value.length === 0,
};

/** Whatever is not of its kind in one field makes the whole misshapen, and nothing else does. */
function looksAt(isShaped, whole, kinds) {
  for (const [name, kind] of Object.entries(kinds))
    for (const value of VALUES)
      assert.equal(isShaped({ ...whole, [name]: value }), KINDS[kind](value), `${name}: ${JSON.stringify(value)}`);
}

test("an answer is looked at field by field", () => {
  assert.ok(isAnswer(answer()));
  assert.ok(isAnswer(refusal()));
  for (const value of VALUES) assert.ok(!isAnswer(value));
  looksAt(isAnswer, refusal(), {
    answer_id: "id",
    conversation_id: "id",
    reason: "maybeText",
    answer: "text",
    confidence: "maybeNumber",
    resolved_question: "text",
    index_version: "text",
    citations: "things",
    passages: "things",
    suggestions: "texts",
    not_stated: "maybeTexts",
    took_ms: "maybeNumber",
  });
  assert.ok(!isAnswer(answer({ answered: 1 })));
  assert.ok(!isAnswer(answer({ answer_id: "A".repeat(32) })));
  assert.ok(!isAnswer(answer({ answer_id: `${"a".repeat(32)}\n` })));
});

test("sentences in other words are looked at field by field", () => {
  const proof = { number: 1, quote: "The quote.", url: "/documents/a" };
  const sentence = { text: "A sentence.", proof: [proof], is_quote: false };
  assert.ok(isAnswer(answer({ sentences: [] })) && isAnswer(answer({ sentences: [sentence] })));
  assert.ok(!isAnswer(answer({ sentences: [{ ...sentence, proof: [] }] }))); // none without its proof
  looksAt((each) => isAnswer(answer({ sentences: [each] })), sentence, { text: "text" });
  looksAt((each) => isAnswer(answer({ sentences: [{ ...sentence, proof: [each] }] })), proof, {
    number: "count",
    quote: "text",
    url: "text",
  });
});

test("an answer without text or without citations is none", () => {
  assert.ok(!isAnswer(answer({ answer: "" })));
  assert.ok(!isAnswer(answer({ citations: [] })));
});

test("citations and passages are looked at field by field", () => {
  looksAt((each) => isAnswer(answer({ citations: [citation(), each] })), citation(), {
    number: "count",
    title: "text",
    author: "maybeText",
    locator: "maybeText",
    published: "maybeText",
    quote: "text",
    start: "count",
    end: "count",
    url: "text",
  });
  const lit = (highlight) => isAnswer(answer({ citations: [citation({ highlight })] }));
  assert.ok(lit(undefined) && lit({ start: 0, end: 3, text: "The" }));
  for (const highlight of [0, "", "The", [], {}, { start: 0, end: 3 }, { start: -1, end: 3, text: "The" }])
    assert.ok(!lit(highlight));
  looksAt((each) => isAnswer(refusal({ passages: [passage(), each] })), passage(), {
    document_id: "text",
    title: "text",
    text: "text",
    start: "count",
    end: "count",
  });
});

test("a collection is looked at field by field", () => {
  assert.ok(isCollection(collection()));
  for (const value of VALUES) assert.ok(!isCollection(value));
  looksAt(isCollection, collection(), {
    documents: "count",
    earliest: "maybeText",
    latest: "maybeText",
    examples: "texts",
    questions_kept_days: "maybeCount",
  });
});

test("a history that is none is not taken for one", () => {
  const turn = { question: "?", state: "settled", text: "", answer: answer(), rating: null };
  const kept = (fields) => ({ id: null, turns: [{ ...turn, ...fields }] });
  assert.ok(isKept(kept()));
  assert.ok(isKept(kept({ state: "stopped", answer: null })));
  assert.ok(isKept({ id: "c".repeat(32), turns: [] }));
  for (const value of [...VALUES, { turns: [null] }, { id: "x", turns: [] }, { id: null, turns: [{ question: 1 }] }])
    assert.ok(!isKept(value));
  assert.ok(!isKept(kept({ answer: null })));
  assert.ok(!isKept(kept({ state: "stopped" })));
  assert.ok(!isKept(kept({ state: "fault", answer: null })));
  assert.ok(!isKept(kept({ rating: "sideways" })));
  assert.ok(!isKept(kept({ answer: answer({ citations: [{}] }) })));
});

test("a text in one line is what Python makes of it", () => {
  const spaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\u00a0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000";
  for (const space of spaces) assert.equal(flat(`${space}a${space}${space}b${space}`), "a b");
  assert.equal(flat("\ufeffa\u200bb\ufeff"), "\ufeffa\u200bb\ufeff");
});

test("a question loses control characters and halves of characters, not lines and tabs", () => {
  assert.equal(clean("a\x00b\x1bc\x7fd\x85e\n\r\tf"), "abcde\n\r\tf");
  assert.equal(clean("\ud83da🗼\udddc"), "a🗼");
});

test("texts are cut between characters, not within them", () => {
  assert.equal(clip("𠮷🗼a", 2), "𠮷🗼");
  assert.equal(clip("ab", 2000), "ab");
});

test("a highlight is found by code points of the document", () => {
  const quote = "𠮷 The\nlighthouse was lit.";
  const lit = (highlight, start = 100) => quoteParts({ quote, start, highlight });
  const whole = ["𠮷 The lighthouse was lit.", "", ""];
  assert.deepEqual(lit({ start: 106, end: 116, text: "lighthouse" }), ["𠮷 The ", "lighthouse", " was lit."]);
  assert.deepEqual(lit({ start: 100, end: 101, text: "𠮷" }), ["", "𠮷", " The lighthouse was lit."]);
  assert.deepEqual(lit({ start: 102, end: 116, text: "The\nlighthouse" }), ["𠮷 ", "The lighthouse", " was lit."]);
  assert.deepEqual(lit(null), whole);
});

test("a highlight that is not where it is said to be is none", () => {
  const quote = "The  lighthouse was lit.";
  const whole = ["The lighthouse was lit.", "", ""];
  for (const highlight of [
    { start: 6, end: 16, text: "lighthouse" },
    { start: 5, end: 15, text: "Lighthouse" },
    { start: 3, end: 5, text: "  " },
    { start: 5, end: 5, text: "" },
    { start: 15, end: 5, text: "lighthouse" },
    { start: 90, end: 99, text: "lighthouse" },
    { start: 0, end: 4, text: "The " },
  ])
    assert.deepEqual(quoteParts({ quote, start: 0, highlight }), whole, JSON.stringify(highlight));
});

test("brackets are markers only where the text is exactly its quotes", () => {
  const citations = [citation({ quote: "One\n line." }), citation({ number: 2, quote: "[1] Two." })];
  assert.ok(isWorded({ answer: "One line. [1] [1] Two. [2]", citations }));
  for (const text of ["One line. [1]", "One line. [1] [1] Two. [2] ", "One line. [2] [1] Two. [1]", ""])
    assert.ok(!isWorded({ answer: text, citations }));
});

// ---- service.js

const TRICKY = answer({
  answer: "<b>\u202e灯台</b> e\u0301 🗼\u2028 [1]",
  citations: [citation({ title: "</li>🗼", quote: "灯台", author: null, published: null })],
  resolved_question: "\n\nevent: done\ndata: {}\n\n",
  suggestions: ["<i>é", "\ufeff"],
});

for (const [name, end] of [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
])
  test(`a stream that is cut in two after any byte says the same: ${name}`, async () => {
    const data = bytes(`\ufeff: hello\n\n${events(TRICKY).join("")}`.replaceAll("\n", end));
    assert.ok(data.length > 800);
    for (let at = 0; at <= data.length; at++) {
      replying(streaming([data.slice(0, at), data.slice(at)]));
      assert.deepEqual(await ask(), TRICKY, `cut after ${at} bytes`);
    }
  });

test("a stream that is cut after every byte says the same, and its text grows by its pieces", async () => {
  const data = bytes(events(TRICKY).join(""));
  replying(streaming([...data].map((each) => Uint8Array.of(each))));
  const grown = [];
  assert.deepEqual(await ask((text) => grown.push(text)), TRICKY);
  assert.equal(grown.at(-1), TRICKY.answer);
  assert.deepEqual(
    grown,
    events(TRICKY)
      .filter((each) => each.startsWith("event: answer"))
      .map((_, at) => Array.from(TRICKY.answer).slice(0, 3 * (at + 1)).join("")),
  );
});

test("events are read as the standard has them, however their text is cut", () => {
  const text = [
    ": a comment",
    "data",
    "",
    "event: first",
    "id: 1",
    "retry: 10",
    "data:no space",
    "data:  two spaces",
    "unknown: field",
    "data: a: b",
    "",
    "event: no data",
    "",
    "data: named message",
    "",
    "",
    "event: last",
    "data: é🗼",
    "",
    "data: never ended",
  ];
  const expected = [
    ["message", ""],
    ["first", "no space\n two spaces\na: b"],
    ["message", "named message"],
    ["last", "é🗼"],
  ];
  for (const end of ["\n", "\r\n", "\r"]) {
    const whole = text.join(end);
    for (let size = 1; size <= whole.length; size++) {
      const reader = new EventReader();
      const found = [];
      for (let at = 0; at < whole.length; at += size) found.push(...reader.push(whole.slice(at, at + size)));
      assert.deepEqual(found, expected, `${JSON.stringify(end)} in pieces of ${size}`);
    }
  }
});

test("an answer has its fields and no others, and a refusal no text and no citations", async () => {
  replying(answering({ ...answer(), more: 1, __proto__: { pwned: 1 } }));
  assert.deepEqual(await ask(), answer());
  replying(json({ ...refusal({ reason: "new_reason" }), answer: "Words. [1]", citations: [citation()], more: 1 }));
  assert.deepEqual(await ask(), refusal({ reason: "new_reason" }));
  const { citations, passages, suggestions, not_stated, answer: text, confidence, took_ms, reason, ...least } = refusal();
  replying(json(least));
  assert.deepEqual(
    await ask(),
    refusal({ passages: [], suggestions: [], confidence: null, took_ms: null, reason: null }),
  );
});

const BEGUN = events(answer()).slice(0, 4).join("");
const FAULTS = {
  ended: [() => streaming([BEGUN]), "cut", "The connection broke before the answer was complete."],
  garbled: [() => streaming([BEGUN, event("done", "{]")]), "unreadable", "The service replied with something"],
  misshapen: [() => streaming([BEGUN, event("done", { answered: 1 })]), "unreadable", "The service replied with"],
  "text that is none": [() => streaming([event("answer", { text: 1 })]), "unreadable", "The service replied with"],
  "an event of no object": [() => streaming([event("answer", "1")]), "unreadable", "The service replied with"],
  error: [
    () => streaming([BEGUN, event("error", { title: "T", status: 500, detail: "The index is away." })]),
    "failed",
    "The service failed to answer.",
    "The index is away.",
  ],
  busy: [() => streaming([event("error", { status: 503, title: "Busy" })]), "busy", "The service is busy.", "Busy"],
  "error of any status": [() => streaming([event("error", { status: "constructor" })]), "failed", "The service failed"],
  400: [() => problem(400, { detail: " " }), "rejected", "The service did not accept this question.", "T"],
  403: [() => problem(403), "forbidden", "This page is not allowed to ask the service.", "T"],
  413: [() => problem(413), "rejected", "The service did not accept this question.", "T"],
  422: [() => problem(422, { detail: "question: odd" }), "rejected", "The service did not", "question: odd"],
  500: [() => problem(500, { detail: "An unforeseen fault." }), "failed", "The service failed", "An unforeseen fault."],
  503: [() => problem(503, {}, { "Retry-After": "3" }), "busy", "The service is busy. Wait 3 seconds, then try", "T"],
  "long detail": [() => problem(500, { detail: "🗼".repeat(501) }), "failed", "The service", "🗼".repeat(500)],
  gateway: [() => new Response("<b>Bad gateway</b>", { status: 502 }), "failed", "The service failed to answer."],
  portal: [() => new Response("<b>Portal</b>"), "unreadable", "The service replied with something"],
  unreachable: [() => new TypeError("failed to fetch"), "unreachable", "The service cannot be reached."],
};

for (const [name, [reply, kind, words, detail = ""]] of Object.entries(FAULTS))
  test(`a fault is said in words and can be retried: ${name}`, async () => {
    const conversation = new Conversation(ORIGIN, "", name);
    replying(reply(), answering(answer()));
    const found = await fault(conversation.ask("When?"));
    assert.equal(found.kind, kind);
    assert.equal(found.detail, detail);
    assert.ok(en.fault(found).startsWith(words), en.fault(found));
    assert.ok(ja.fault(found).length > 5 && !/undefined|null|\{/.test(ja.fault(found)));
    const [turn] = conversation.turns;
    assert.deepEqual([turn.state, turn.text, turn.answer, turn.fault.kind], ["fault", "", null, kind]);
    assert.deepEqual(await conversation.again(turn.key), answer());
    assert.deepEqual(
      conversation.turns.map(({ question, state }) => [question, state]),
      [["When?", "settled"]],
    );
  });

test("too many questions are told how long to wait", async () => {
  const at = (ms) => new Date(Date.now() + ms).toUTCString();
  for (const [header, words] of [
    ["1", "Wait 1 second, then"],
    ["17", "Wait 17 seconds, then"],
    ["600", "Wait 10 minutes, then"],
    [null, "Wait a moment, then"],
    ["0", "Wait 1 second, then"],
    [" ", "Wait a moment, then"],
    ["soon", "Wait a moment, then"],
    ["-5", "Wait 1 second, then"],
    [at(-60_000), "Wait 1 second, then"],
    [at(600_000), "Wait 10 minutes, then"],
  ]) {
    replying(problem(429, { detail: "too many questions" }, header === null ? {} : { "Retry-After": header }));
    const found = await fault(ask());
    assert.deepEqual([found.kind, found.status, found.detail], ["limited", 429, "too many questions"]);
    assert.ok(en.fault(found).startsWith("Too many questions have been asked."));
    assert.ok(en.fault(found).includes(words), `${header}: ${en.fault(found)}`);
  }
});

test("a service that sends nothing for a minute has stopped answering, and heartbeats are something", async () => {
  const timers = new Map();
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout];
  let serial = 0;
  globalThis.setTimeout = (run, ms) => timers.set(++serial, [run, ms]) && serial;
  globalThis.clearTimeout = (key) => timers.delete(key);
  try {
    const armed = [];
    const beat = async () => void armed.push([...timers.keys()].join());
    const abort = new AbortController();
    const silence = () =>
      new Promise((_, reject) => {
        abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
        const [[run, ms]] = timers.values();
        assert.equal(ms, 60_000);
        run();
      });
    replying(streaming([BEGUN, beat, beat, silence]));
    assert.equal((await fault(ask(() => {}, abort))).kind, "timeout");
    assert.equal(new Set(armed).size, armed.length); // each time another one, and one only
    assert.ok(armed.every((keys) => /^\d+$/.test(keys)));
    assert.equal(timers.size, 0);
  } finally {
    [globalThis.setTimeout, globalThis.clearTimeout] = [set, clear];
  }
});

test("whoever stops gets no fault but the browser's own", async () => {
  const abort = new AbortController();
  abort.abort();
  replying(answering(answer()));
  assert.equal(await fault(ask(() => {}, abort)), "AbortError");
});

test("without a connection the browser is offline, and else the service is not reached", async () => {
  const real = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  try {
    for (const [navigator, kind] of [
      [{ onLine: false }, "offline"],
      [{ onLine: true }, "unreachable"],
      [{}, "unreachable"],
      [undefined, "unreachable"],
    ]) {
      Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
      assert.equal(isOffline(), kind === "offline");
      replying(new TypeError("failed to fetch"));
      assert.equal((await fault(ask())).kind, kind);
    }
  } finally {
    delete globalThis.navigator;
    if (real) Object.defineProperty(globalThis, "navigator", real);
  }
});

test("a request carries no cookie and no referrer, and follows no redirect", async () => {
  const asked = replying(answering(answer()), json({}), json({}));
  await ask();
  await send(ORIGIN, "/v1/collection");
  await send(ORIGIN, "/v1/feedback", { body: { rating: "up" } });
  for (const [, , options] of asked)
    assert.deepEqual(
      [options.credentials, options.referrerPolicy, options.redirect],
      ["omit", "no-referrer", "error"],
    );
  assert.deepEqual(
    asked.map(([path, body, { method, headers }]) => [path, body, method, headers]),
    [
      ["/v1/ask", { question: "?" }, "POST", { Accept: "text/event-stream", "Content-Type": "application/json" }],
      ["/v1/collection", undefined, "GET", { Accept: "application/json" }],
      ["/v1/feedback", { rating: "up" }, "POST", { Accept: "application/json", "Content-Type": "application/json" }],
    ],
  );
});

test("without an address of HTTP nothing is asked", async () => {
  const base = "https://page.example/some/page";
  assert.equal(originOf("https://qa.example.org/x/widget.js", base), "https://qa.example.org");
  assert.equal(originOf("/qa", base), "https://page.example");
  assert.equal(originOf("http://[::1]:8000", base), "http://[::1]:8000");
  for (const address of ["javascript:alert(1)", "data:text/html,x", "file:///etc", "https://", "blob:https://a/b"])
    assert.equal(originOf(address, base), null);
  const asked = replying();
  assert.equal((await fault(send(null, "/v1/ask"))).kind, "no_service");
  assert.deepEqual(asked, []);
});

test("a link leads only to the service", () => {
  for (const path of [
    "javascript:alert(1)",
    "//elsewhere.invalid/documents/x",
    "https://elsewhere.invalid/x",
    "http://qa.example.org/x",
    "https://qa.example.org:444/x",
    "data:text/html,x",
    "\\\\elsewhere.invalid\\x",
    "/\\elsewhere.invalid",
    "\thttps://elsewhere.invalid",
    "https://user:word@qa.example.org/x",
    "https://user@qa.example.org/x",
    "blob:https://qa.example.org/x",
  ])
    assert.equal(linkTo(ORIGIN, path), null, path);
  for (const path of ["/documents/fine?start=0&end=1#quote", "/<b>", "?x"])
    assert.ok(linkTo(ORIGIN, path).startsWith(`${ORIGIN}/`), path);
  assert.equal(linkTo(null, "/x"), null);
});

test("the address of a passage names its document, place and version", () => {
  const path = documentPath(passage({ document_id: "a b/../c?#.md", start: 3, end: 9 }), "000001");
  assert.equal(path, "/documents/a%20b%2F..%2Fc%3F%23.md?start=3&end=9&index_version=000001#quote");
});

// ---- conversation.js

let serial = 0;
const begin = (filter = "") => new Conversation(ORIGIN, filter, `test ${++serial}`);

/** Let the session's storage be this. */
function storing(value) {
  Object.defineProperty(globalThis, "sessionStorage", { value, configurable: true, writable: true });
}

function memory() {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

test("a conversation carries its id and history", async () => {
  const conversation = begin();
  const asked = replying(answering(answer()), answering(refusal()), answering(answer()));
  for (const question of ["When?", " How\0 much? ", "Who?"]) await conversation.ask(question);
  const [first, second, third] = asked.map(([, body]) => body);
  assert.deepEqual(first, { question: "When?", history: [], conversation_id: null });
  assert.deepEqual([second.question, second.conversation_id], ["How much?", "c".repeat(32)]);
  assert.deepEqual(third, {
    question: "Who?",
    conversation_id: "c".repeat(32),
    history: [
      { role: "user", content: "When?" },
      { role: "assistant", content: "The lighthouse was lit in 1903. [1]" },
      { role: "user", content: "How much?" },
    ],
  });
});

test("small talk is no part of the history", async () => {
  const conversation = begin();
  const asked = replying(answering(answer()), answering(refusal({ reason: "small_talk" })), answering(answer()));
  for (const question of ["When?", "Thanks", "Who?"]) await conversation.ask(question);
  assert.deepEqual(
    asked.at(-1)[1].history.map(({ content }) => content),
    ["When?", "The lighthouse was lit in 1903. [1]"],
  );
});

test("a history is the last 20 turns, each clipped to what the service takes", async () => {
  const conversation = begin();
  const long = answer({ answer: "🗼".repeat(9000) });
  const asked = replying(...Array.from({ length: 23 }, () => json(long)));
  for (let at = 0; at < 23; at++) await conversation.ask(`Question ${at}?`);
  const { history } = asked.at(-1)[1];
  assert.equal(history.length, 40);
  assert.deepEqual(history[0], { role: "user", content: "Question 2?" });
  assert.deepEqual(history.at(-1), { role: "assistant", content: "🗼".repeat(8000) });
});

test("a conversation about one document asks that one only", async () => {
  const asked = replying(answering(answer()));
  await begin("gardens.txt").ask("When?");
  assert.deepEqual(asked[0][1].filters, { document: "gardens.txt" });
});

test("elements that ask the same share a conversation, and others do not", () => {
  assert.equal(Conversation.of(ORIGIN, "a"), Conversation.of(ORIGIN, "a"));
  assert.notEqual(Conversation.of(ORIGIN, "a"), Conversation.of(ORIGIN, "b"));
  assert.notEqual(Conversation.of(ORIGIN, "a"), Conversation.of("https://other.example", "a"));
});

test("nothing is asked while a question is being answered, or for no question", async () => {
  const conversation = begin();
  const asked = replying(answering(answer()));
  const running = conversation.ask("When?");
  assert.equal(await conversation.ask("Who?"), null);
  await running;
  for (const nothing of ["", " \n", "\0\x1b"]) assert.equal(await conversation.ask(nothing), null);
  assert.equal(asked.length, 1);
});

test("what was being answered when it was stopped is not put into the conversation", async () => {
  const conversation = begin();
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  replying(streaming([BEGUN, () => gate, events(answer()).slice(4).join("")]), answering(refusal()));
  const seen = [];
  conversation.join(() => seen.push(conversation.turns.at(-1)?.text));
  const running = conversation.ask("When?");
  while (seen.at(-1) !== "The li") await new Promise(setImmediate);
  assert.equal(conversation.stop(), "");
  go();
  assert.equal(await running, null);
  assert.deepEqual(
    conversation.turns.map(({ state, text, answer: whole }) => [state, text, whole]),
    [["stopped", "The li", null]],
  );
});

test("a stop before anything came gives the question back, unless the turn is to stay", async () => {
  const never = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const conversation = begin();
  replying(never, never);
  let running = conversation.ask("When?");
  assert.equal(conversation.stop(), "When?");
  assert.equal(await running, null);
  assert.deepEqual(conversation.turns, []);
  running = conversation.ask("When?");
  assert.equal(conversation.stop(true), "");
  assert.equal(await running, null);
  assert.equal(conversation.turns[0].state, "stopped");
  assert.equal(conversation.stop(), "");
});

test("a conversation is kept for the session, and taken up again", async () => {
  storing(memory());
  try {
    const before = new Conversation(ORIGIN, "", "kept");
    replying(answering(answer()), answering(refusal({ passages: Array(5).fill(passage()) })), problem(500));
    await before.ask("When?");
    await before.ask("How much?");
    await fault(before.ask("Who?"));
    const after = new Conversation(ORIGIN, "", "kept");
    assert.deepEqual(
      after.turns.map(({ question, state, text, answer: whole }) => [question, state, text, whole.passages.length]),
      [
        ["When?", "settled", answer().answer, 0], // what an answer was chosen from is not shown
        ["How much?", "settled", "", 3],
      ],
    );
    const asked = replying(answering(answer()));
    await after.ask("Who?");
    assert.equal(asked[0][1].conversation_id, "c".repeat(32));
    assert.equal(asked[0][1].history.length, 3);
    after.clear();
    assert.deepEqual([...sessionStorage.kept], []);
    assert.deepEqual(new Conversation(ORIGIN, "", "kept").turns, []);
  } finally {
    delete globalThis.sessionStorage;
  }
});

test("a question that was being answered when the page was left is stopped", () => {
  const store = memory();
  storing(store);
  try {
    const turn = { question: "?", state: "answering", text: "The", answer: null, rating: null };
    store.setItem("left", JSON.stringify({ id: null, turns: [turn] }));
    assert.deepEqual(
      new Conversation(ORIGIN, "", "left").turns.map(({ state, text, fault: none }) => [state, text, none]),
      [["stopped", "The", null]],
    );
  } finally {
    delete globalThis.sessionStorage;
  }
});

test("a history that is none is not shown, and the next question is asked", async () => {
  const store = memory();
  storing(store);
  try {
    for (const kept of [
      "",
      "null",
      "[]",
      "{",
      '{"id":null,"turns":[{"question":1}]}',
      '{"turns":[null]}',
      '{"id":"x","turns":[]}',
      '{"id":null,"turns":[{"question":"?","state":"settled","text":"","answer":null,"rating":null}]}',
    ]) {
      store.setItem("none", kept);
      const conversation = new Conversation(ORIGIN, "", "none");
      assert.deepEqual(conversation.turns, []);
      replying(answering(answer()));
      assert.deepEqual(await conversation.ask("Who?"), answer());
    }
  } finally {
    delete globalThis.sessionStorage;
  }
});

test("a storage that is denied or full ends no conversation", async () => {
  const denied = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const stores = [
    () => storing({ getItem: denied, setItem: denied, removeItem: denied }),
    () => Object.defineProperty(globalThis, "sessionStorage", { get: denied, configurable: true }),
    () => storing(null),
  ];
  for (const store of stores) {
    store();
    try {
      const conversation = begin();
      replying(answering(answer()));
      assert.deepEqual(await conversation.ask("When?"), answer());
      conversation.clear();
    } finally {
      delete globalThis.sessionStorage;
    }
  }
});

test("a rating is sent with its answer's id, and kept only if the service keeps it", async () => {
  const conversation = begin();
  const asked = replying(answering(answer()), problem(404), new Response(null, { status: 204 }));
  await conversation.ask("When?");
  const { key } = conversation.turns[0];
  await fault(conversation.rate(key, "up", null));
  assert.equal(conversation.turns[0].rating, null);
  await conversation.rate(key, "down", "More.");
  assert.equal(conversation.turns[0].rating, "down");
  assert.deepEqual(asked[2].slice(0, 2), [
    "/v1/feedback",
    { answer_id: "a".repeat(32), rating: "down", comment: "More." },
  ]);
});

test("the collection is asked for once, and again when it failed", async () => {
  const conversation = begin();
  let asked = replying(json({ documents: "many" }));
  conversation.load();
  conversation.load();
  while (!conversation.collectionFailed) await new Promise(setImmediate);
  assert.deepEqual([asked.length, conversation.collection, conversation.collectionFailed], [1, null, true]);
  asked = replying(answering(answer()), json(collection()));
  await conversation.ask("When?"); // it answers, so that the collection may, too
  while (!conversation.collection) await new Promise(setImmediate);
  assert.deepEqual(asked.map(([path]) => path), ["/v1/ask", "/v1/collection"]);
  assert.deepEqual([conversation.collection, conversation.collectionFailed], [collection(), false]);
  conversation.load();
  assert.equal(asked.length, 2);
});

// ---- views.js: what needs no page

test("what is copied is the answer with its citations, whose links lead to the service", () => {
  const citations = [
    citation({ quote: "The lighthouse\nwas lit in 1903.", locator: "slide 7" }),
    citation({ number: 2, author: null, published: null, url: "//elsewhere.invalid" }),
  ];
  assert.equal(
    plainText({ language: en, conversation: { origin: ORIGIN } }, { answer: "Words. [1]", citations }),
    "Words. [1]\n\n" +
      "[1] “The lighthouse was lit in 1903.” — The Lighthouse, Ichiro Tanaka, February 3, 2001, slide 7, " +
      `${ORIGIN}/documents/lighthouse.md?start=0&end=31#quote\n` +
      "[2] “The lighthouse was lit in 1903.” — The Lighthouse",
  );
});

test("what the collection holds is told with the years that are known", () => {
  const held = (fields, language = en) => heldLine(language, collection(fields));
  assert.equal(held(), "2 documents, 1903 to 2001");
  assert.equal(held({ documents: 1, latest: "1903-05" }), "1 document, 1903");
  for (const unknown of [null, undefined, "", "soon"]) assert.equal(held({ earliest: unknown }), "2 documents");
  assert.equal(held({}, ja), "資料2点（1903～2001年）");
});

// ---- element.js, and all of them joined

test("the element is defined once however often it is loaded", async () => {
  const defined = new Map();
  const define = (name, element) => {
    assert.ok(!defined.has(name), `${name} is defined twice`);
    defined.set(name, element);
  };
  Object.assign(globalThis, {
    HTMLElement: class {},
    customElements: { get: (name) => defined.get(name), define },
  });
  // What is served, where its path is given.
  const served = process.argv[2] ?? new URL("../../src/alliance_qa/web/widget/element.js", import.meta.url).href;
  const first = await import(served);
  const second = await import(`${served}?again`);
  assert.deepEqual(Object.keys(first), ["AllianceQaChat"]);
  assert.deepEqual([...defined], [["alliance-qa-chat", first.AllianceQaChat]]);
  assert.notEqual(second.AllianceQaChat, first.AllianceQaChat);
});
