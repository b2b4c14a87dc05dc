// ---- Conversations

import { clean, clip, isCollection, isKept, isSmallTalk } from "./shapes.js";
import { Fault, fetchAnswer, parse, send } from "./service.js";

const MOST_TURNS = 20; // that go along with a question
const MOST_CONTENT = 8000; // code points of one message of them
const MOST_KEPT = 50; // turns, in the session's storage
export const MOST_PASSAGES = 3;

/** The session's storage, or null where the browser denies it. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function messages(turns) {
  return turns
    .filter((turn) => turn.state === "settled" && !isSmallTalk(turn.answer))
    .slice(-MOST_TURNS)
    .flatMap(({ question, answer }) => [
      { role: "user", content: clip(clean(question), MOST_CONTENT) },
      ...(answer.answered ? [{ role: "assistant", content: clip(clean(answer.answer), MOST_CONTENT) }] : []),
    ]);
}

/**
 * A conversation with one service about all or one of its documents. Elements of a page that ask the same share it.
 * A turn is never changed but replaced: {key, question, state, text, answer, fault, rating}, where state is
 * "answering", "settled", "stopped" or "fault". Its viewers are called after each change.
 */
export class Conversation {
  static #all = new Map();

  static of(origin, filter) {
    const key = `alliance-qa ${origin} ${filter}`;
    if (!this.#all.has(key)) this.#all.set(key, new Conversation(origin, filter, key));
    return this.#all.get(key);
  }

  turns = [];
  collection = null;
  collectionFailed = false;
  #id = null;
  #key;
  #serial = 0;
  #abort = null;
  #loading = null;
  #viewers = new Set();

  constructor(origin, filter, key) {
    this.origin = origin;
    this.filter = filter;
    this.#key = key;
    this.#restore();
  }

  get answering() {
    return this.#abort !== null;
  }

  /** Show it: `viewer` is called after each change. */
  join(viewer) {
    this.#viewers.add(viewer);
  }

  leave(viewer) {
    this.#viewers.delete(viewer);
    // An element that is moved in the page leaves and joins at once.
    queueMicrotask(() => this.#viewers.size || this.stop(true));
  }

  /** Return the answer, or null when there is none. */
  async ask(text) {
    const question = clean(text).trim();
    if (this.answering || !question) return null;
    const abort = (this.#abort = new AbortController());
    const body = {
      question,
      history: messages(this.turns),
      conversation_id: this.#id,
      ...(this.filter && { filters: { document: this.filter } }),
    };
    const turn = {
      key: ++this.#serial,
      question,
      state: "answering",
      text: "",
      answer: null,
      fault: null,
      rating: null,
    };
    this.turns = [...this.turns, turn];
    this.#changed();
    const put = (fields) => this.#abort === abort && this.#put(turn.key, fields);
    try {
      const answer = await fetchAnswer(this.origin, body, abort, (text) => put({ text }));
      if (this.#abort !== abort) return null;
      this.#id = answer.conversation_id;
      this.#abort = null;
      this.#put(turn.key, { state: "settled", text: answer.answer, answer });
      if (this.collectionFailed) this.load(); // it answers again
      return answer;
    } catch (error) {
      if (this.#abort !== abort) return null; // stopped, or another conversation by now
      this.#abort = null;
      const fault = error instanceof Fault ? error : new Fault("failed");
      this.#put(turn.key, { state: "fault", text: "", fault });
      throw fault;
    }
  }

  /** Stop answering. A turn without any text is dropped, unless it is to stay; return its question, else "". */
  stop(stay = false) {
    if (!this.answering) return "";
    this.#abort.abort();
    this.#abort = null;
    const turn = this.turns.at(-1);
    const dropped = !turn.text && !stay;
    if (dropped) this.#drop(turn.key);
    else this.#put(turn.key, { state: "stopped" });
    return dropped ? turn.question : "";
  }

  /** Ask a turn's question again in its place. */
  again(key) {
    const turn = this.turns.find((found) => found.key === key);
    if (this.answering || !turn) return Promise.resolve(null);
    this.#drop(key);
    return this.ask(turn.question);
  }

  clear() {
    this.#abort?.abort();
    this.#abort = null;
    this.#id = null;
    this.turns = [];
    this.#changed();
    if (this.collection && !this.collection.examples.length) this.load(true);
  }

  /** Keep what the visitor thinks of an answer. */
  async rate(key, rating, comment) {
    const turn = this.turns.find((found) => found.key === key);
    await send(this.origin, "/v1/feedback", { body: { answer_id: turn.answer.answer_id, rating, comment } });
    this.#put(key, { rating });
  }

  /** Send a refused question to the keeper, with an address for a reply or null. */
  async sendToKeeper(key, replyTo) {
    const turn = this.turns.find((found) => found.key === key);
    await send(this.origin, "/v1/messages", { body: { answer_id: turn.answer.answer_id, reply_to: replyTo } });
  }

  /** Ask what the collection holds; once, unless it failed. */
  load(again = false) {
    if (this.#loading || (this.collection && !again)) return;
    this.collectionFailed = false;
    this.#loading = send(this.origin, "/v1/collection")
      .then((response) => response.json())
      .then((found) => {
        if (!isCollection(found)) throw new Fault("unreadable");
        this.collection = found;
      })
      .catch(() => {
        this.collectionFailed = true;
      })
      .finally(() => {
        this.#loading = null;
        this.#changed();
      });
    this.#changed();
  }

  #put(key, fields) {
    this.turns = this.turns.map((turn) => (turn.key === key ? { ...turn, ...fields } : turn));
    // A piece of an answer is not worth a write.
    this.#changed(!("text" in fields && Object.keys(fields).length === 1));
  }

  #drop(key) {
    this.turns = this.turns.filter((turn) => turn.key !== key);
    this.#changed();
  }

  #changed(keep = true) {
    if (keep) this.#keep();
    for (const viewer of this.#viewers) viewer();
  }

  #keep() {
    const turns = this.turns
      .filter((turn) => turn.state !== "fault")
      .slice(-MOST_KEPT)
      .map(({ question, state, text, answer, rating }) => ({
        question,
        state,
        text,
        rating,
        answer: answer && { ...answer, passages: answer.answered ? [] : answer.passages.slice(0, MOST_PASSAGES) },
      }));
    try {
      if (turns.length) storage()?.setItem(this.#key, JSON.stringify({ id: this.#id, turns }));
      else storage()?.removeItem(this.#key);
    } catch {
      // Full or denied: the conversation lasts as long as the page.
    }
  }

  #restore() {
    let kept = null;
    try {
      kept = parse(storage()?.getItem(this.#key) ?? "null");
    } catch {
      // Denied.
    }
    if (!isKept(kept)) return;
    this.#id = kept.id ?? null;
    this.turns = kept.turns.map((turn) => ({
      ...turn,
      key: ++this.#serial,
      // The page was left while it was being answered.
      state: turn.state === "answering" ? "stopped" : turn.state,
      fault: null,
    }));
  }
}
