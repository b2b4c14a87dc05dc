// ---- Shapes: what the service sends and what the session kept is looked at before it is used.

export const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isId = (value) => isText(value) && /^[0-9a-f]{32}$/.test(value);
const orNull = (test) => (value) => value === null || value === undefined || test(value);
const listOf = (test) => (value) => Array.isArray(value) && value.every(test);
const shaped = (tests) => (value) =>
  value !== null && typeof value === "object" && Object.entries(tests).every(([name, test]) => test(value[name]));

const isCitation = shaped({
  number: isCount,
  title: isText,
  author: orNull(isText),
  locator: orNull(isText),
  published: orNull(isText),
  likely: orNull(listOf(isText)), // null in what an earlier version kept
  quote: isText,
  start: isCount,
  end: isCount,
  highlight: orNull(shaped({ start: isCount, end: isCount, text: isText })),
  url: isText,
});
const isPassage = shaped({ document_id: isText, title: isText, text: isText, start: isCount, end: isCount });
const isProof = shaped({ number: isCount, quote: isText, url: isText });
const isSentence = shaped({
  text: isText,
  proof: (value) => listOf(isProof)(value) && value.length > 0,
  is_quote: isFlag,
});
export const ANSWER = {
  answer_id: isId,
  conversation_id: isId,
  answered: isFlag,
  reason: orNull(isText),
  answer: isText,
  confidence: orNull(Number.isFinite),
  resolved_question: isText,
  index_version: isText,
  citations: listOf(isCitation),
  passages: listOf(isPassage),
  suggestions: listOf(isText),
  not_stated: orNull(listOf(isText)), // null in what an earlier version kept
  took_ms: orNull(Number.isFinite),
  sentences: orNull(listOf(isSentence)), // of a composed answer only
};
export const isAnswer = (value) =>
  shaped(ANSWER)(value) && (!value.answered || (value.answer !== "" && value.citations.length > 0));
/** Whether a greeting, thanks or the like was asked: no part of the conversation about the documents. */
export const isSmallTalk = ({ reason }) => reason === "small_talk";
export const isCollection = shaped({
  documents: isCount,
  earliest: orNull(isText),
  latest: orNull(isText),
  examples: listOf(isText),
  questions_kept_days: orNull(isCount),
});
const isTurn = shaped({
  question: isText,
  state: (value) => ["answering", "stopped", "settled"].includes(value),
  text: isText,
  answer: orNull(isAnswer),
  rating: orNull((value) => value === "up" || value === "down"),
});
const isSettledTurn = (value) => isTurn(value) && (value.state === "settled") === Boolean(value.answer);
export const isKept = shaped({ id: orNull(isId), turns: listOf(isSettledTurn) });

// ---- Text

/** What Python calls white space; the service puts one space for each run of it in an answer. */
const squeeze = (text) =>
  text.replace(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g, " ");

/** In one line, without white space around it. (`trim` takes a byte order mark for white space, Python does not.) */
export const flat = (text) => squeeze(text).replace(/^ | $/g, "");

/** Without what the service does not take: control characters and halves of surrogate pairs. */
export const clean = (text) => text.replace(/[\p{Cc}\p{Cs}]/gu, (found) => ("\n\r\t".includes(found) ? found : ""));

export const codePoints = (text) => Array.from(text);
export const clip = (text, most) => codePoints(text).slice(0, most).join("");

/**
 * A quote in one line as [before, highlight, after]. The highlight is empty unless its text is where it is said to be:
 * places are counted in code points of the document, not in JavaScript's units.
 */
export function quoteParts({ quote, start, highlight }) {
  const whole = flat(quote);
  if (!highlight) return [whole, "", ""];
  const points = codePoints(quote);
  const [from, to] = [highlight.start - start, highlight.end - start];
  const cut = [
    points.slice(0, Math.max(0, from)),
    points.slice(Math.max(0, from), Math.max(0, to)),
    points.slice(Math.max(0, to)),
  ];
  const [before, lit, after] = cut.map((part) => squeeze(part.join("")));
  const parts = [before.replace(/^ /, ""), lit, after.replace(/ $/, "")];
  const fits = lit.trim() !== "" && cut[1].join("") === highlight.text && parts.join("") === whole;
  return fits ? parts : [whole, "", ""];
}

/** Whether the answer's text is exactly its quotes, each with its marker: only then are its brackets markers. */
export function isWorded({ answer, citations }) {
  return citations.map(({ quote, number }) => `${flat(quote)} [${number}]`).join(" ") === answer;
}
