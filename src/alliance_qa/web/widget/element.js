/**
 * <alliance-qa-chat>: a conversation with an Alliance QA service, for any page.
 *
 *   <script type="module" src="https://qa.example.org/widget.js"></script>
 *   <alliance-qa-chat></alliance-qa-chat>
 *
 * Everything that comes from the service, the page or the visitor enters the page as a text node. The only requests
 * go to the service, without cookies. Styles are a constructed sheet, so a policy without `style-src` is enough:
 * `script-src` and `connect-src` with the service's origin.
 *
 * Attributes
 *   floating      a button in the corner that opens a panel; without it the conversation fills the element
 *   open          whether the panel of a floating element is shown
 *   service       the service's address, when it is not the origin of this script
 *   lang          language of the interface, "en" or "ja"; else that of the nearest element with one, else "en"
 *   heading       title of the panel
 *   suggestions   questions to start with, divided by line ends or "|", in place of the service's
 *   document      id of the one document to ask
 *   theme         "light" or "dark"; else what the visitor prefers
 *
 * Methods: ask(question), open(), close(), newConversation()
 *   ask returns a promise of the answer, or of null when there is none: a fault, or another is being answered
 *
 * Events, all bubbling and composed
 *   alliance-qa-answer   detail: the answer as `POST /v1/ask` gives it, refusals too
 *   alliance-qa-error    detail: {kind, status, detail, seconds}
 *   alliance-qa-open, alliance-qa-close
 *
 * CSS variables
 *   --alliance-qa-accent, --alliance-qa-on-accent      buttons, links and marks; text on a button
 *   --alliance-qa-background, --alliance-qa-surface    the panel; bubbles and cards on it
 *   --alliance-qa-text, --alliance-qa-muted            text, and text of less weight
 *   --alliance-qa-border, --alliance-qa-line           edges of controls; lines between things
 *   --alliance-qa-highlight                            behind the short answer inside a quote
 *   --alliance-qa-font, --alliance-qa-font-quote       of the interface, of what documents say
 *   --alliance-qa-font-size, --alliance-qa-radius
 *   --alliance-qa-width, --alliance-qa-height          of the panel, or of an element that does not float
 *   --alliance-qa-offset, --alliance-qa-z-index        of a floating element: its distance from the corner
 *
 * Parts: button, panel, header, title, messages, greeting, suggestion, question, answer, mark, refusal, fault,
 *   citations, citation, quote, link, actions, action, comment, passage, notice, composer, input, send, stop, note, sentence
 */

// ---- The element

import { Language } from "./words.js";
import { clean, codePoints, isCount, isText } from "./shapes.js";
import { Fault, isOffline, originOf } from "./service.js";
import { Conversation } from "./conversation.js";
import { STYLE } from "./looks.js";
import { answerView, button, greetingView, icon, iconButton, make, questionView, said } from "./views.js";

const TAG = "alliance-qa-chat";
const MOST_CHARACTERS = 2000; // of a question, in code points; the service refuses more
const COUNTED_FROM = 1800;
const SMALL = "(max-width: 40rem), (max-height: 26rem)";

let sheet = null;

function styles() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}

export class AllianceQaChat extends HTMLElement {
  static observedAttributes = ["floating", "open", "service", "lang", "heading", "suggestions", "document"];

  #conversation = null;
  #language = null;
  #parts = null; // the elements that outlive a change of the conversation
  #shown = new Map(); // key of a turn -> {turn, element}
  #greeted = null; // what the greeting was made from
  #kept = null;
  #small = window.matchMedia(SMALL);
  #onChange = () => this.#render();
  #onSmall = () => this.#place();
  #onLine = () => {
    this.#announce(this.#say(isOffline() ? "offline" : "connected"));
    if (!isOffline()) this.#showing();
    this.#render();
  };

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles()];
  }

  connectedCallback() {
    this.#small.addEventListener("change", this.#onSmall);
    window.addEventListener("online", this.#onLine);
    window.addEventListener("offline", this.#onLine);
    this.#build();
  }

  disconnectedCallback() {
    this.#small.removeEventListener("change", this.#onSmall);
    window.removeEventListener("online", this.#onLine);
    window.removeEventListener("offline", this.#onLine);
    this.#conversation?.leave(this.#onChange);
    this.#conversation = null;
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#conversation || before === after) return;
    if (name === "open") this.#toggle();
    else this.#build();
  }

  /** Ask a question as if the visitor had. Returns a promise of the answer, or of null when there is none. */
  async ask(question) {
    if (!this.#conversation || !isText(question)) return null;
    if (this.#floats) this.open();
    return this.#ask(question);
  }

  /** Show the panel of a floating element and go to its input. */
  open() {
    if (!this.#floats) return;
    this.setAttribute("open", "");
    this.#parts?.input.focus();
  }

  /** Hide the panel of a floating element. */
  close() {
    this.removeAttribute("open");
  }

  /** Forget the conversation. */
  newConversation() {
    this.#conversation?.clear();
  }

  get #floats() {
    return this.hasAttribute("floating");
  }

  get #visible() {
    return !this.#floats || this.hasAttribute("open");
  }

  get #ready() {
    return !isOffline() && this.#length <= MOST_CHARACTERS;
  }

  get #length() {
    return codePoints(this.#parts.input.value.trim()).length;
  }

  #say(key, values) {
    return this.#language.say(key, values);
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #announce(text) {
    this.#parts?.status.replaceChildren(text);
  }

  /** Make everything anew: at the start, after a move in the page, and when an attribute changed. */
  #build() {
    const draft = this.#parts?.input.value ?? "";
    const typing = this.#parts && this.shadowRoot.activeElement === this.#parts.input;
    this.#language = new Language(this.#tag());
    this.#conversation?.leave(this.#onChange);
    const service = this.getAttribute("service") ?? import.meta.url;
    this.#conversation = Conversation.of(originOf(service, document.baseURI), this.getAttribute("document") ?? "");
    this.#conversation.join(this.#onChange);
    this.#parts = this.#makeParts();
    this.#parts.input.value = draft;
    this.#shown.clear();
    this.#greeted = null;
    this.shadowRoot.replaceChildren(this.#parts.root);
    this.#place();
    this.#showing();
    this.#render();
    this.#scrollToLast();
    if (typing) this.#parts.input.focus();
  }

  #tag() {
    const near = this.closest("[lang]") ?? document.documentElement;
    return near.getAttribute("lang") ?? "";
  }

  #makeParts() {
    const say = (key) => this.#say(key);
    const heading = this.getAttribute("heading")?.trim() || say("heading");
    const parts = {
      launcher: null,
      renew: this.#makeRenew(),
      messages: make("div", {
        class: "messages",
        part: "messages",
        role: "log",
        "aria-live": "off",
        "aria-label": say("conversation"),
        tabindex: "0",
      }),
      notice: make("div", { class: "notice", part: "notice", hidden: true }),
      status: make("div", { class: "hidden", role: "status" }),
      ...this.#makeComposer(),
    };
    const close = this.#floats && iconButton("close", say("close"), {}, () => this.close());
    const header = make(
      "div",
      { class: "header", part: "header" },
      said("p", { class: "title", part: "title" }, heading),
      parts.renew,
      close,
    );
    const inside = [header, parts.messages, parts.notice, parts.composer, parts.status];
    parts.panel = make(
      this.#floats ? "dialog" : "section",
      { class: "panel", part: "panel", "aria-label": heading },
      inside,
    );
    parts.panel.addEventListener("keydown", (event) => this.#onPanelKey(event));
    // A second "back" on a phone closes a dialog without asking.
    parts.panel.addEventListener("close", () => !parts.panel.open && parts.panel.isConnected && this.close());
    parts.panel.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    if (this.#floats) {
      const label = [icon("chat"), make("span", {}, say("open"))];
      parts.launcher = button({ class: "launcher", part: "button", "aria-haspopup": "dialog" }, label, () =>
        this.open(),
      );
    }
    parts.root = make("div", { class: "root", lang: this.#language.code, dir: "ltr" }, parts.launcher, parts.panel);
    return parts;
  }

  #makeRenew() {
    const words = this.#say("new_conversation");
    const shown = [icon("create"), make("span", { class: "wide" }, words)];
    return button({ "aria-label": words, title: words }, shown, () => this.#renew());
  }

  #makeComposer() {
    const say = (key) => this.#say(key);
    const input = make("textarea", {
      class: "input",
      part: "input",
      rows: 1,
      dir: "auto",
      "aria-label": say("input"),
      "aria-describedby": "reason counter note",
      placeholder: say("input"),
      enterkeyhint: "send",
      autocomplete: "off",
    });
    input.addEventListener("input", () => this.#renderInput());
    input.addEventListener("keydown", (event) => this.#onInputKey(event));
    const sendButton = iconButton(
      "send",
      say("send"),
      { class: "send", part: "send", "aria-describedby": "reason counter" },
      () => this.#submit(),
    );
    const stop = iconButton("stop", say("stop"), { class: "stop", part: "stop", hidden: true }, () => this.#stop());
    const counter = make("p", { class: "counter", id: "counter" });
    const note = make("p", { class: "note", part: "note", id: "note" });
    const box = make("div", { class: "box" }, input, sendButton, stop);
    const column = make("div", { class: "column" }, box, make("div", { class: "under" }, note, counter));
    const composer = make("div", { class: "composer", part: "composer" }, column);
    return { input, send: sendButton, stop, counter, note, composer };
  }

  /** Show or hide the panel, in the way that fits the window: over everything where that is small. */
  #place() {
    const { panel, launcher } = this.#parts;
    if (!this.#floats) return;
    const focused = this.shadowRoot.activeElement;
    if (panel.open) panel.close();
    launcher.hidden = this.#visible;
    if (!this.#visible) return;
    if (this.#small.matches) panel.showModal();
    else panel.setAttribute("open", ""); // show() would take the focus
    if (focused?.isConnected && panel.contains(focused)) focused.focus();
    else if (this.#small.matches) this.#parts.input.focus();
  }

  #toggle() {
    if (!this.#floats) return;
    const within = this.shadowRoot.activeElement !== null;
    this.#place();
    if (this.#visible) {
      this.#showing();
      this.#scrollToLast();
    } else if (within) {
      this.#parts.launcher.focus();
    }
    this.#tell(this.#visible ? "alliance-qa-open" : "alliance-qa-close");
  }

  #showing() {
    if (this.#visible) this.#conversation.load();
  }

  // -- What the visitor does

  #onInputKey(event) {
    // Enter that ends the composition of a word, as in Japanese, sends nothing. Safari tells by 229 only.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #onPanelKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !this.#floats) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  #submit() {
    const { input } = this.#parts;
    input.focus();
    const question = input.value;
    if (this.#conversation.answering || !clean(question).trim()) return;
    if (!this.#ready) {
      this.#announce(this.#parts.reason?.textContent || this.#parts.counter.textContent);
      return;
    }
    input.value = "";
    this.#ask(question);
  }

  /** Ask what a button says. On a touch screen the keyboard would cover the answer: the focus goes to the messages. */
  #choose(question) {
    if (this.#conversation.answering) return;
    if (isOffline()) {
      this.#announce(this.#say("offline"));
      return;
    }
    this.#ask(question);
    this.#focusAfterChoice();
  }

  #focusAfterChoice() {
    const { messages: list, input } = this.#parts;
    (window.matchMedia("(pointer: coarse)").matches ? list : input).focus({ preventScroll: true });
  }

  #ask(question) {
    return this.#follow(this.#conversation, () => this.#conversation.ask(question));
  }

  #again(turn) {
    this.#follow(this.#conversation, () => this.#conversation.again(turn.key));
    this.#focusAfterChoice();
  }

  /** Run a question and tell how it ended. */
  async #follow(conversation, run) {
    if (conversation.answering) return null;
    const asking = run();
    this.#announce(this.#say("searching"));
    this.#scrollToLast();
    try {
      const answer = await asking;
      if (!answer) return null;
      this.#announce(answer.answered ? answer.answer : this.#language.refusal(answer.reason));
      this.#tell("alliance-qa-answer", answer);
      return answer;
    } catch (error) {
      const { kind, status, detail, seconds } = error instanceof Fault ? error : new Fault("failed");
      this.#announce(this.#language.fault({ kind, seconds }));
      this.#tell("alliance-qa-error", { kind, status, detail, seconds });
      return null;
    }
  }

  #stop() {
    const { input } = this.#parts;
    const question = this.#conversation.stop();
    if (question && !input.value.trim()) input.value = question;
    this.#renderInput();
    this.#announce(this.#say("stopped"));
    input.focus();
  }

  #renew() {
    this.newConversation();
    this.#announce(this.#say("new_conversation"));
    this.#parts.input.focus();
  }

  // -- What is shown

  #render() {
    if (!this.#parts || !this.#conversation) return;
    this.#renderTurns();
    this.#renderNotice();
    this.#renderInput();
    const { renew, send: sendButton, stop, input, note } = this.#parts;
    const { answering, turns, collection } = this.#conversation;
    renew.hidden = turns.length === 0;
    if (this.shadowRoot.activeElement === stop && !answering) input.focus();
    sendButton.hidden = answering;
    stop.hidden = !answering;
    const days = collection?.questions_kept_days;
    note.textContent = !collection ? "" : isCount(days) ? this.#language.count("kept", days) : this.#say("kept_not");
  }

  get #context() {
    return {
      language: this.#language,
      conversation: this.#conversation,
      rates: isCount(this.#conversation.collection?.questions_kept_days),
      contact: this.#conversation.collection?.contact,
      messagesKept: this.#conversation.collection?.messages_kept_days,
      ask: (question) => this.#choose(question),
      again: (turn) => this.#again(turn),
      announce: (text) => this.#announce(text),
    };
  }

  #renderTurns() {
    const { messages: list } = this.#parts;
    const { turns, collection } = this.#conversation;
    const context = this.#context;
    if (this.#kept !== context.rates) this.#shown.clear();
    this.#kept = context.rates;
    if (!turns.length) {
      this.#shown.clear();
      if (this.#greeted === (collection ?? true) && list.firstChild) return;
      this.#greeted = collection ?? true;
      const own = (this.getAttribute("suggestions") ?? "")
        .split(/[\n|]/)
        .map((line) => line.trim())
        .filter(Boolean);
      list.replaceChildren(greetingView(context, this.#conversation, own));
      return;
    }
    this.#greeted = null;
    const elements = turns.map((turn) => this.#turnElement(context, turn));
    // What stays is not touched: it may have the focus.
    for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
    elements.forEach((element, at) => {
      if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
    });
  }

  /** The element of a turn: kept while nothing but its rating changes, and only its text changes while it grows. */
  #turnElement(context, turn) {
    const old = this.#shown.get(turn.key);
    const growing = old?.turn.state === "answering" && turn.state === "answering";
    if (growing && old.turn.text && turn.text) {
      old.element.querySelector(".text").firstChild.data = turn.text;
    } else if (!old || old.turn.state !== turn.state || old.turn.text !== turn.text) {
      const views = [questionView(context, turn), answerView(context, turn)];
      const element = old?.element ?? make("div", { class: "column turn" });
      element.replaceChildren(...views);
      this.#shown.set(turn.key, { turn, element });
      return element;
    }
    old.turn = turn;
    return old.element;
  }

  #renderNotice() {
    const { notice } = this.#parts;
    const { origin, collectionFailed } = this.#conversation;
    const down = collectionFailed && (origin ? "down_notice" : "no_service");
    const state = isOffline() ? "offline" : down || "";
    if (notice.dataset.state === state) return;
    notice.dataset.state = state;
    notice.hidden = !state;
    const reason = state && make("p", { id: "reason" }, this.#say(state));
    const retry =
      state === "down_notice" &&
      button({ class: "plain" }, this.#say("again"), () => {
        this.#conversation.load();
        this.#parts.input.focus();
      });
    notice.replaceChildren(...(state ? [make("div", { class: "column" }, reason, retry)] : []));
    this.#parts.reason = reason || null;
  }

  #renderInput() {
    const { input, counter, send: sendButton } = this.#parts;
    const length = this.#length;
    const over = length > MOST_CHARACTERS;
    const values = { n: this.#language.number(length), most: this.#language.number(MOST_CHARACTERS) };
    counter.textContent = length < COUNTED_FROM ? "" : this.#say(over ? "too_long" : "counter", values);
    counter.classList.toggle("over", over);
    input.setAttribute("aria-invalid", String(over));
    sendButton.setAttribute("aria-disabled", String(!this.#ready));
    // For browsers that do not know `field-sizing`.
    input.setAttribute("rows", String(Math.min(6, input.value.split("\n").length)));
  }

  /** Bring the last question to the top of the messages; the page itself does not move. */
  #scrollToLast() {
    const { messages: list } = this.#parts;
    const last = list.lastElementChild;
    if (last?.classList.contains("turn")) list.scrollTop = last.offsetTop;
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, AllianceQaChat);
