// ---- Views: what the page shows of a conversation

import { clean, clip, flat, isCount, isSmallTalk, isWorded, quoteParts } from "./shapes.js";
import { documentPath, linkTo } from "./service.js";
import { MOST_PASSAGES } from "./conversation.js";
import { ICONS } from "./looks.js";

const MOST_COMMENT = 1000;
const MOST_EXAMPLES = 6;

/** An element with attributes (null and false: none, true: empty) and children; text becomes text nodes. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text of the collection or of a visitor: its direction is its own. */
export const said = (tag, attributes, text) => make(tag, { dir: "auto", ...attributes }, text);

export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function button(attributes, children, action) {
  const element = make("button", { type: "button", ...attributes }, children);
  element.addEventListener("click", action);
  return element;
}

/** A button that shows only an icon. */
export const iconButton = (name, label, attributes, action) =>
  button({ "aria-label": label, title: label, ...attributes }, icon(name), action);

function link(language, href, key, title) {
  if (!href) return null;
  const label = `${language.say(`${key}_of`, { title })} (${language.say("new_tab")})`;
  return make(
    "a",
    { class: "link", part: "link", href, target: "_blank", rel: "noopener noreferrer", "aria-label": label },
    language.say(key),
    icon("away"),
  );
}

function choices(questions, onAsk) {
  return make(
    "ul",
    { class: "choices", role: "list" },
    questions.map((question) => {
      const choice = button({ class: "suggestion", part: "suggestion" }, said("span", {}, question), () =>
        onAsk(question),
      );
      return make("li", {}, choice);
    }),
  );
}

/** A quote's nodes; its last word and what follows stay in one line. */
function quoteNodes(citation, after = null) {
  const [before, lit, rest] = quoteParts(citation);
  const nodes = lit ? [before, make("strong", {}, lit)] : [];
  const tail = lit ? rest : before;
  const [, start, last] = /^(.*?)([!-~’”]{1,16})$/s.exec(tail) ?? [null, tail, ""];
  return [...nodes, start, after ? make("span", { class: "last" }, last, after) : last].filter((node) => node !== "");
}

/** Author and date of a citation, one that its document does not say in so many words as likely; where the quote is. */
function metaTexts(language, { author, published, likely, locator }) {
  const facts = { author, published: published && language.date(published), locator: locator && language.place(locator) };
  const told = ([name, fact]) => fact && (likely?.includes(name) ? language.say("likely", { fact }) : fact);
  return Object.entries(facts).map(told);
}

function metaLine(language, citation) {
  const facts = metaTexts(language, citation).map((fact) => fact && said("span", {}, fact));
  return facts.some(Boolean) ? make("p", { class: "meta" }, facts) : null;
}

// Each view is made from a turn and what may be done with it.
// A context is {language, conversation, rates, ask, again, announce}.

export function questionView(context, turn) {
  const attributes = {
    class: "question",
    role: "article",
    "aria-label": context.language.say("question"),
  };
  return make("div", attributes, said("p", { class: "bubble", part: "question" }, turn.question));
}

export function answerView(context, turn) {
  const view = make("div", {
    class: "answer",
    part: "answer",
    role: "article",
    "aria-label": context.language.say("answer"),
  });
  const content = { answering: waitingView, stopped: stoppedView, fault: faultView, settled: settledView }[turn.state];
  view.append(...content(context, turn).flat().filter(Boolean));
  return view;
}

function waitingView({ language }, turn) {
  if (turn.text) return [said("p", { class: "text" }, turn.text)];
  const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  return [make("p", { class: "wait" }, dots, language.say("searching"))];
}

function againButton({ language, again }, turn) {
  return button({ class: "plain" }, [icon("again"), language.say("again")], () => again(turn));
}

function stoppedView(context, turn) {
  const fault = make(
    "div",
    { class: "fault", part: "fault" },
    make("p", {}, context.language.say("stopped")),
    againButton(context, turn),
  );
  return [turn.text && said("p", { class: "text" }, turn.text), fault];
}

function faultView(context, turn) {
  const { fault } = turn;
  return [
    make(
      "div",
      { class: "fault", part: "fault" },
      make("p", {}, context.language.fault(fault)),
      fault.detail && said("p", { class: "meta" }, fault.detail),
      againButton(context, turn),
    ),
  ];
}

function searchedView({ language }, { question, answer }) {
  const resolved = answer.resolved_question;
  if (flat(resolved) === flat(question) || !resolved.trim()) return null;
  const [before, after] = language.say("searched", { question: "\n" }).split("\n");
  return make("p", { class: "searched" }, before, said("bdi", {}, resolved), after);
}

function settledView(context, turn) {
  return [
    searchedView(context, turn),
    ...(turn.answer.answered ? citedView : isSmallTalk(turn.answer) ? talkView : refusalView)(context, turn),
  ];
}

function citedView(context, turn) {
  const { answer } = turn;
  const cards = answer.citations.map((citation) => citationView(context, citation));
  const marks = answer.citations.map((citation, at) => markView(context, citation, cards[at]));
  return [
    ...(answer.sentences?.length ? composedView(context, answer, marks) : [textView(answer, marks)]),
    ...(answer.not_stated ?? []).map((part) => openView(context.language, part)),
    make("p", { class: "label" }, context.language.say("citations")),
    make(
      "ol",
      { class: "citations", part: "citations", "aria-label": context.language.say("citations"), role: "list" },
      cards,
    ),
    actionsView(context, turn),
  ];
}

/** Sentences in other words, each of which opens to its proof, and the quotes one click away. */
function composedView({ language, conversation }, answer, marks) {
  const sentences = answer.sentences.map(({ text, proof }) => {
    const numbers = proof.map(({ number }) => ` [${number}]`).join("");
    const quotes = proof.map(({ quote, url, number }) =>
      make(
        "div",
        {},
        said("blockquote", { class: "quote", part: "quote" }, flat(quote)),
        link(language, linkTo(conversation.origin, url), "source", `[${number}]`),
      ),
    );
    return make("details", { class: "sentence", part: "sentence" }, said("summary", {}, text + numbers), quotes);
  });
  const verbatim = make("summary", {}, language.say("verbatim"));
  return [
    ...sentences,
    make("p", { class: "searched" }, language.say("composed")),
    make("details", {}, verbatim, textView(answer, marks)),
  ];
}

/** A part of the question that the answer leaves open. */
function openView(language, part) {
  const [before, after] = language.say("not_stated", { part: "\n" }).split("\n");
  return make("p", { class: "searched" }, before, said("bdi", {}, part), after);
}

function textView(answer, marks) {
  const paragraph = make("p", { class: "text" });
  if (isWorded(answer)) {
    answer.citations.forEach((citation, at) => {
      paragraph.append(...(at ? [" "] : []), make("span", { dir: "auto" }, quoteNodes(citation, marks[at])));
    });
  } else {
    paragraph.append(said("span", {}, answer.answer), ...marks);
  }
  return paragraph;
}

/** A mark leads to its card, and the card back to the mark. */
function markView({ language }, { number, title }, card) {
  const label = language.say("mark", { n: number, title });
  const mark = button({ class: "mark", part: "mark", "aria-label": label }, String(number), () => {
    card.classList.add("reached");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  });
  const back = () => mark.focus();
  card.querySelector(".back").addEventListener("click", back);
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !card.classList.contains("reached")) return;
    event.preventDefault();
    event.stopPropagation();
    back();
  });
  card.addEventListener("focusout", (event) => {
    if (!card.contains(event.relatedTarget)) card.classList.remove("reached");
  });
  return mark;
}

function citationView({ language, conversation }, citation) {
  const { number, title, url } = citation;
  return make(
    "li",
    { class: "citation", part: "citation", tabindex: "-1" },
    make("span", { class: "number", "aria-hidden": "true" }, String(number)),
    said("p", { class: "named" }, title),
    metaLine(language, citation),
    said("blockquote", { class: "quote", part: "quote" }, quoteNodes(citation)),
    make(
      "div",
      { class: "links" },
      link(language, linkTo(conversation.origin, url), "source", title),
      button({ class: "back" }, [icon("back"), language.say("back")], () => {}),
    ),
  );
}

/** What a greeting gets: nothing was searched, so there is nothing to rate or to copy. */
function talkView({ language, ask }, { answer: { reason, suggestions } }) {
  return [
    make("p", { class: "text" }, language.refusal(reason)),
    ...(suggestions.length ? [make("p", { class: "label" }, language.say("examples")), choices(suggestions, ask)] : []),
  ];
}

function refusalView(context, turn) {
  const { language, ask } = context;
  const { reason, suggestions, passages } = turn.answer;
  return [
    make("p", { class: "refusal", part: "refusal" }, language.refusal(reason)),
    contactView(context),
    suggestions.length > 0 && [make("p", { class: "label" }, language.say("instead")), choices(suggestions, ask)],
    passages.length > 0 && passagesView(context, turn.answer),
    isCount(context.messagesKept) && keeperView(context, turn),
    actionsView(context, turn),
  ].flat();
}

/** Whom to ask instead, as the keeper of the collection says it. */
function contactView({ contact }) {
  if (!contact) return null;
  const leads = /^(?:https?:\/\/|mailto:)/i.test(contact.url ?? "");
  const attributes = { class: "link", href: contact.url, target: "_blank", rel: "noopener noreferrer" };
  return make("p", { class: "contact" }, leads ? said("a", attributes, contact.text) : said("span", {}, contact.text));
}

/** A question that was refused goes to the keeper, once the visitor says so twice. */
function keeperView(context, turn) {
  const { language, conversation, messagesKept } = context;
  const view = make("div");
  const told = make("p", { class: "said" });
  const field = make("input", { type: "email", autocomplete: "email", maxlength: 254, "aria-describedby": "keeper-hint" });
  const ask = button({ class: "plain", part: "action" }, language.say("keeper"), () => {
    view.replaceChildren(form, told);
    field.focus();
  });
  const tell = (key) => {
    told.textContent = language.say(key);
    context.announce(told.textContent);
  };
  const submit = async () => {
    field.value = clean(field.value).trim();
    if (!field.checkValidity()) {
      field.setAttribute("aria-invalid", "true");
      tell("reply_to_bad");
      field.focus();
      return;
    }
    try {
      await conversation.sendToKeeper(turn.key, field.value || null);
      view.replaceChildren(told);
      tell("keeper_sent");
    } catch {
      tell("keeper_unsent");
    }
  };
  const cancel = () => {
    view.replaceChildren(ask);
    ask.focus();
  };
  const form = make(
    "div",
    { class: "comment", part: "comment" },
    make("label", {}, make("span", {}, language.say("reply_to")), field),
    make("p", { class: "meta", id: "keeper-hint" }, language.count("keeper_hint", messagesKept)),
    make(
      "div",
      { class: "row" },
      button({ class: "main" }, language.say("keeper"), submit),
      button({ class: "plain" }, language.say("cancel"), cancel),
    ),
  );
  view.append(ask);
  return view;
}

function passagesView({ language, conversation }, { passages, index_version }) {
  const list = passages
    .slice(0, MOST_PASSAGES)
    .map((passage) =>
      make(
        "li",
        { class: "passage", part: "passage" },
        said("p", { class: "named" }, passage.title),
        said("p", { class: "quote" }, passage.text),
        link(language, linkTo(conversation.origin, documentPath(passage, index_version)), "document", passage.title),
      ),
    );
  return make("details", {}, make("summary", {}, language.say("passages")), make("ol", { role: "list" }, list));
}

/** The answer and its citations as plain text. */
export function plainText({ language, conversation }, { answer, citations }) {
  const lines = citations.map((citation) => {
    const { number, quote, title, url } = citation;
    const facts = [title, ...metaTexts(language, citation), linkTo(conversation.origin, url)];
    return `[${number}] “${flat(quote)}” — ${facts.filter(Boolean).join(", ")}`;
  });
  return [answer, "", ...lines].join("\n");
}

function actionsView(context, turn) {
  const below = make("div");
  const told = make("span", { class: "said" });
  const tell = (text) => {
    told.textContent = text;
    context.announce(text);
  };
  const buttons = [
    turn.answer.answered && copyButton(context, turn, below, tell),
    ...(context.rates ? thumbs(context, turn, below, tell) : []),
  ];
  if (!buttons.some(Boolean)) return null;
  return make("div", {}, make("div", { class: "actions", part: "actions" }, buttons, told), below);
}

function copyButton(context, turn, below, tell) {
  const { language } = context;
  return button({ class: "action", part: "action" }, [icon("copy"), language.say("copy")], async () => {
    const text = plainText(context, turn.answer);
    try {
      await navigator.clipboard.writeText(text);
      tell(language.say("copied"));
    } catch {
      const field = make("textarea", {
        class: "byhand",
        readonly: true,
        rows: 5,
        dir: "auto",
        "aria-label": language.say("copy_text"),
      });
      field.value = text;
      below.replaceChildren(field);
      field.focus();
      field.select();
      tell(language.say("copy_by_hand"));
    }
  });
}

function thumbs(context, turn, below, tell) {
  const { language, conversation } = context;
  let rated = turn.rating;
  const show = () => all.forEach((thumb) => thumb.setAttribute("aria-pressed", String(thumb.value === rated)));
  const rate = async (rating) => {
    const before = rated;
    rated = rating;
    show();
    try {
      await conversation.rate(turn.key, rating, null);
      tell(language.say("rated"));
      below.replaceChildren(
        commentView(context, turn, rating, below, tell, () => all.find((thumb) => thumb.value === rating).focus()),
      );
    } catch {
      rated = before;
      show();
      tell(language.say("unrated"));
    }
  };
  const all = ["up", "down"].map((rating) =>
    iconButton(rating, language.say(rating), { class: "action", part: "action", value: rating }, () => rate(rating)),
  );
  show();
  return all;
}

function commentView({ language, conversation }, turn, rating, below, tell, leave) {
  const field = make("textarea", { rows: 3, dir: "auto", maxlength: MOST_COMMENT });
  const close = () => {
    below.replaceChildren();
    leave();
  };
  const submit = async () => {
    const comment = clean(field.value).trim();
    if (!comment) return close();
    try {
      await conversation.rate(turn.key, rating, clip(comment, MOST_COMMENT));
      tell(language.say("comment_sent"));
      close();
    } catch {
      tell(language.say("unrated"));
    }
  };
  return make(
    "div",
    { class: "comment", part: "comment" },
    make("label", {}, make("span", {}, language.say("comment")), field),
    make(
      "div",
      { class: "row" },
      button({ class: "main" }, language.say("comment_send"), submit),
      button({ class: "plain" }, language.say("cancel"), close),
    ),
  );
}

export function heldLine(language, { documents, earliest, latest }) {
  const count = language.count("documents", documents);
  const [from, to] = [earliest, latest].map((date) => /^\d{4}/.exec(date ?? "")?.[0]);
  if (!from || !to) return count;
  return language.say(from === to ? "year" : "period", { documents: count, from, to });
}

export function greetingView({ language, ask }, { collection, filter }, own) {
  const questions = own.length ? own : filter ? [] : (collection?.examples ?? []);
  const held = filter ? language.say("one_document") : collection && heldLine(language, collection);
  return make(
    "div",
    { class: "column greeting", part: "greeting" },
    make("p", { class: "hello" }, language.say("greeting")),
    make("p", {}, language.say("promise")),
    held && make("p", { class: "held" }, held),
    questions.length > 0 && make("p", { class: "label" }, language.say("examples")),
    questions.length > 0 && choices(questions.slice(0, MOST_EXAMPLES), ask),
  );
}
