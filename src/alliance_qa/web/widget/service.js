// ---- The service

import { ANSWER, clip, isAnswer, isCount, isText } from "./shapes.js";

const SILENCE_MS = 60_000; // the service sends a heartbeat every 10 s, so this is six of them missed

/** Why there is no answer. `kind` is a key of WORDS, `detail` the service's own words, `seconds` how long to wait. */
export class Fault extends Error {
  constructor(kind, { status = null, detail = "", seconds = null } = {}) {
    super(kind);
    Object.assign(this, { kind, status, detail, seconds });
  }
}

const KINDS = { 400: "rejected", 403: "forbidden", 413: "rejected", 422: "rejected", 429: "limited", 503: "busy" };

function faultOf(status, problem, retryAfter = null) {
  const words = [problem?.detail, problem?.title].find((text) => isText(text) && text.trim()) ?? "";
  const known = isCount(status) ? status : null; // in an event it is whatever the service wrote
  const kind = KINDS[known] ?? "failed";
  return new Fault(kind, { status: known, detail: clip(words, 500), seconds: secondsOf(retryAfter) });
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function secondsOf(header) {
  if (header === null || header.trim() === "") return null;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.max(1, seconds) : null;
}

/** The origin of an address, or null when it is none of HTTP. */
export function originOf(address, base) {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url.origin : null;
  } catch {
    return null;
  }
}

/** A place on the service, or null: a link never leads anywhere else. */
export function linkTo(origin, path) {
  try {
    const url = new URL(path, origin);
    return url.origin === origin && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

export function documentPath(passage, version) {
  const query = new URLSearchParams({ start: passage.start, end: passage.end, index_version: version });
  return `/documents/${encodeURIComponent(passage.document_id)}?${query}#quote`;
}

export async function send(origin, path, { body, ...options } = {}) {
  if (!origin) throw new Fault("no_service");
  const headers = { Accept: "application/json", ...options.headers };
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(origin + path, {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error", // which might lead to another host
      ...options,
      headers,
    });
  } catch (error) {
    throw unreached(error);
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw faultOf(response.status, problem, response.headers.get("Retry-After"));
}

/** Whether the browser knows that it has no connection. */
export const isOffline = () => globalThis.navigator?.onLine === false;

function unreached(error) {
  if (error instanceof Fault || error?.name === "AbortError") return error;
  return new Fault(isOffline() ? "offline" : "unreachable");
}

/** Server-sent events as text comes in (WHATWG HTML, 9.2.6). */
export class EventReader {
  #line = "";
  #afterReturn = false;
  #name = "";
  #data = [];

  /** Take some text, return the events that it completes as [name, data]. */
  push(text) {
    if (text === "") return [];
    // The second half of a CRLF that was cut in two ends no further line.
    const rest = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#afterReturn = text.endsWith("\r");
    const lines = (this.#line + rest).split(/\r\n|\r|\n/);
    this.#line = lines.pop();
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line) {
    if (line === "") {
      const found = this.#data.length ? [[this.#name || "message", this.#data.join("\n")]] : [];
      this.#name = "";
      this.#data = [];
      return found;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    if (field === "data") this.#data.push(value);
    return [];
  }
}

async function* eventsOf(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder(); // takes a byte order mark away, and keeps halves of characters
  const events = new EventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      yield* events.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The fields of an answer and no others; what a refusal leaves out is empty. */
function checked(value) {
  const whole = { citations: [], passages: [], suggestions: [], not_stated: [], answer: "", ...value };
  if (!isAnswer(whole)) throw new Fault("unreadable");
  if (!whole.answered) Object.assign(whole, { answer: "", citations: [] });
  return Object.fromEntries(Object.keys(ANSWER).map((name) => [name, whole[name] ?? null]));
}

/** Ask, tell the answer's text as it grows, and return the whole answer. Throws a Fault, or AbortError. */
export async function fetchAnswer(origin, question, abort, onText) {
  let silence;
  let silent = false;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      silent = true;
      abort.abort();
    }, SILENCE_MS);
  };
  alive();
  try {
    const response = await send(origin, "/v1/ask", {
      body: question,
      headers: { Accept: "text/event-stream" },
      cache: "no-store",
      signal: abort.signal,
    });
    const kind = response.headers.get("Content-Type") ?? "";
    if (!kind.startsWith("text/event-stream")) return checked(await response.json().catch(() => null));
    return await readAnswer(eventsOf(response.body, alive), onText);
  } catch (error) {
    if (silent) throw new Fault("timeout");
    throw error instanceof Fault || error?.name === "AbortError" ? error : new Fault("cut");
  } finally {
    clearTimeout(silence);
  }
}

async function readAnswer(events, onText) {
  const parts = { answer: "" };
  for await (const [name, data] of events) {
    const value = parse(data);
    if (value === null || typeof value !== "object") throw new Fault("unreadable");
    if (name === "answer") {
      if (!isText(value.text)) throw new Fault("unreadable");
      parts.answer += value.text;
      onText(parts.answer);
    } else if (name === "error") {
      throw faultOf(value.status, value);
    } else if (["resolved", "passages", "citations", "done"].includes(name)) {
      Object.assign(parts, value, { answer: parts.answer });
      if (name === "done") return checked(parts);
    }
  }
  throw new Fault("cut");
}
