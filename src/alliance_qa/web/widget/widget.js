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
 *   citations, citation, quote, link, actions, action, comment, passage, notice, composer, input, send, stop, note
 */

const TAG = "alliance-qa-chat";
const MOST_CHARACTERS = 2000; // of a question, in code points; the service refuses more
const COUNTED_FROM = 1800;
const MOST_COMMENT = 1000;
const MOST_TURNS = 20; // that go along with a question
const MOST_CONTENT = 8000; // code points of one message of them
const MOST_KEPT = 50; // turns, in the session's storage
const MOST_EXAMPLES = 6;
const MOST_PASSAGES = 3;
const SILENCE_MS = 60_000; // the service sends a heartbeat every 10 s, so this is six of them missed
const SMALL = "(max-width: 40rem), (max-height: 26rem)";

const WORDS = {
  en: {
    heading: "Ask the documents",
    open: "Ask a question",
    close: "Close",
    new_conversation: "New conversation",
    conversation: "Conversation",
    greeting: "What would you like to know?",
    promise: "Answers are quoted from the documents word for word, each with its source.",
    documents_one: "{n} document",
    documents_other: "{n} documents",
    period: "{documents}, {from} to {to}",
    year: "{documents}, {from}",
    one_document: "Only one document is asked here.",
    examples: "Questions to start with",
    kept_not: "Questions are not kept.",
    kept_one: "Questions are kept for {n} day.",
    kept_other: "Questions are kept for {n} days.",
    input: "Your question",
    send: "Send",
    stop: "Stop",
    counter: "{n} of {most} characters",
    too_long: "The question is too long: {n} of {most} characters.",
    question: "Question",
    answer: "Answer",
    searching: "Searching the documents",
    searched: "Searched for: {question}",
    mark: "Citation {n}: {title}",
    citations: "Sources",
    source: "Open the source",
    source_of: "Open the source: {title}",
    document: "Open the document",
    document_of: "Open the document: {title}",
    new_tab: "opens in a new tab",
    back: "Back to the answer",
    nothing_relevant: "The collection says nothing about this.",
    related_but_not_stated: "The collection treats this subject, but does not say this.",
    unclear_question: "This question is not clear enough to search for.",
    language_not_covered: "The collection has no document in this language.",
    refused: "The collection does not answer this.",
    instead: "Questions it does answer",
    passages: "The nearest passages",
    copy: "Copy with citations",
    copied: "Copied",
    copy_by_hand: "This page may not copy for you. The text is selected: copy it with your keyboard.",
    copy_text: "Text to copy",
    up: "Helpful",
    down: "Not helpful",
    rated: "Thank you. Your rating is kept.",
    comment: "What was good or missing? (optional)",
    comment_send: "Send comment",
    comment_sent: "Thank you. Your comment is kept.",
    cancel: "Cancel",
    unrated: "The rating could not be kept.",
    stopped: "Stopped.",
    again: "Try again",
    offline: "You are offline. You can ask again when the connection is back.",
    connected: "The connection is back.",
    down_notice: "The service does not answer at the moment. You can still try to ask.",
    unreachable: "The service cannot be reached.",
    timeout: "The service stopped answering.",
    cut: "The connection broke before the answer was complete.",
    unreadable: "The service replied with something that this page does not understand.",
    limited: "Too many questions have been asked. Wait {time}, then try again.",
    busy: "The service is busy. Wait {time}, then try again.",
    a_moment: "a moment",
    forbidden: "This page is not allowed to ask the service.",
    rejected: "The service did not accept this question.",
    failed: "The service failed to answer.",
    no_service: "The address of the service is not valid.",
  },
  ja: {
    heading: "資料に質問する",
    open: "質問する",
    close: "閉じる",
    new_conversation: "新しい会話",
    conversation: "会話",
    greeting: "何をお調べですか。",
    promise: "回答は資料の原文どおりの引用で、それぞれに出典が付きます。",
    documents_one: "資料{n}点",
    documents_other: "資料{n}点",
    period: "{documents}（{from}～{to}年）",
    year: "{documents}（{from}年）",
    one_document: "ここでは1点の資料だけを調べます。",
    examples: "質問の例",
    kept_not: "質問は保存されません。",
    kept_one: "質問は{n}日間保存されます。",
    kept_other: "質問は{n}日間保存されます。",
    input: "質問",
    send: "送信",
    stop: "停止",
    counter: "{n}／{most}文字",
    too_long: "質問が長すぎます（{n}／{most}文字）。",
    question: "質問",
    answer: "回答",
    searching: "資料を調べています",
    searched: "検索した質問：{question}",
    mark: "出典{n}：{title}",
    citations: "出典",
    source: "出典を開く",
    source_of: "出典を開く：{title}",
    document: "資料を開く",
    document_of: "資料を開く：{title}",
    new_tab: "新しいタブで開きます",
    back: "回答に戻る",
    nothing_relevant: "この資料集には、これに関する記述がありません。",
    related_but_not_stated: "この資料集はこの主題を扱っていますが、質問の答えは書かれていません。",
    unclear_question: "質問の内容がはっきりしないため、検索できません。",
    language_not_covered: "この言語の資料はありません。",
    refused: "この資料集では答えられません。",
    instead: "答えられる質問",
    passages: "最も近い箇所",
    copy: "出典とともにコピー",
    copied: "コピーしました",
    copy_by_hand: "このページからはコピーできません。選択された文章をキーボードでコピーしてください。",
    copy_text: "コピーする文章",
    up: "役に立った",
    down: "役に立たなかった",
    rated: "評価を保存しました。",
    comment: "良かった点や足りない点（任意）",
    comment_send: "コメントを送信",
    comment_sent: "コメントを保存しました。",
    cancel: "キャンセル",
    unrated: "評価を保存できませんでした。",
    stopped: "停止しました。",
    again: "もう一度試す",
    offline: "オフラインです。接続が戻ると質問できます。",
    connected: "接続が戻りました。",
    down_notice: "現在サービスが応答していません。質問を試すことはできます。",
    unreachable: "サービスに接続できません。",
    timeout: "サービスからの応答が途絶えました。",
    cut: "回答の途中で接続が切れました。",
    unreadable: "サービスの応答を読み取れませんでした。",
    limited: "質問の回数が多すぎます。{time}待ってから、もう一度試してください。",
    busy: "サービスが混み合っています。{time}待ってから、もう一度試してください。",
    a_moment: "しばらく",
    forbidden: "このページからサービスに質問することは許可されていません。",
    rejected: "この質問は受け付けられませんでした。",
    failed: "サービスが回答できませんでした。",
    no_service: "サービスのアドレスが正しくありません。",
  },
};

const REASONS = ["nothing_relevant", "related_but_not_stated", "unclear_question", "language_not_covered"];

// Icons of 24 by 24, drawn as lines.
const ICONS = {
  chat: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 9.5h8M8 12.8h5",
  close: "M6 6l12 12M18 6L6 18",
  create: "M20 12v6a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2h6M17.6 3.6a1.9 1.9 0 0 1 2.8 2.8L12 15l-4 1 1-4z",
  send: "M12 19V5.5M6 11.2l6-6 6 6",
  stop: "M6.5 6.5h11v11h-11z",
  copy:
    "M9 9h9a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2zM5.5 15H5a2 2 0 0 1-2-2V5" +
    "a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v.5",
  up:
    "M7 11v9H4.5A1.5 1.5 0 0 1 3 18.5v-6A1.5 1.5 0 0 1 4.5 11zl4-7.5c1.4 0 2.5 1.1 2.5 2.5v3.5h" +
    "5a2 2 0 0 1 2 2.3l-1.1 6.5a2 2 0 0 1-2 1.7H7",
  down:
    "M17 13V4h2.5A1.5 1.5 0 0 1 21 5.5v6" +
    "a1.5 1.5 0 0 1-1.5 1.5zl-4 7.5c-1.4 0-2.5-1.1-2.5-2.5v-3.5H5a2 2 0 0 1-2-2.3l1.1-6.5a2 2 0 0 1 2-1.7H17",
  away: "M9 6H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-3M13.5 4H20v6.5M20 4l-9 9",
  back: "M19 19v-4a5 5 0 0 0-5-5H5M9.5 5.5L5 10l4.5 4.5",
  again: "M20 5v5h-5M19.5 10A8 8 0 1 0 20 14",
};

const LIGHT = `
  color-scheme: light;
  --accent: var(--alliance-qa-accent, #1a5fb4);
  --on-accent: var(--alliance-qa-on-accent, #fff);
  --background: var(--alliance-qa-background, #fff);
  --surface: var(--alliance-qa-surface, #f5f6f8);
  --text: var(--alliance-qa-text, #1d2025);
  --muted: var(--alliance-qa-muted, #565d67);
  --border: var(--alliance-qa-border, #7c838d);
  --line: var(--alliance-qa-line, #dde1e6);
  --highlight: var(--alliance-qa-highlight, #ffeeb0);
`;
const DARK = `
  color-scheme: dark;
  --accent: var(--alliance-qa-accent, #99c1f1);
  --on-accent: var(--alliance-qa-on-accent, #0e2138);
  --background: var(--alliance-qa-background, #1b1d21);
  --surface: var(--alliance-qa-surface, #26292f);
  --text: var(--alliance-qa-text, #e7e9ed);
  --muted: var(--alliance-qa-muted, #adb4be);
  --border: var(--alliance-qa-border, #868d98);
  --line: var(--alliance-qa-line, #3a3e46);
  --highlight: var(--alliance-qa-highlight, #5a4a12);
`;

// `.root` begins anew below whatever the page says of the element. Sizes are in em of the visitor's own text size:
// rem would follow the page's.
const STYLE = `
:host { all: initial; display: block; box-sizing: border-box; min-inline-size: 0; max-inline-size: 100%;
  inline-size: var(--alliance-qa-width, auto); block-size: var(--alliance-qa-height, min(36rem, 100dvh)); }
:host([hidden]) { display: none; }
:host([floating]) { position: fixed; inset-block-end: var(--alliance-qa-offset, 20px);
  inset-inline-end: var(--alliance-qa-offset, 20px); z-index: var(--alliance-qa-z-index, 2147483000);
  inline-size: auto; block-size: auto; max-inline-size: none; }
.root { all: initial; ${LIGHT} display: block; block-size: 100%; color: var(--text);
  font-family: var(--alliance-qa-font, system-ui, sans-serif); font-size: var(--alliance-qa-font-size, medium);
  line-height: 1.5; overflow-wrap: anywhere; --radius: var(--alliance-qa-radius, 12px);
  --soft: color-mix(in srgb, var(--accent) 12%, var(--background));
  --serif: var(--alliance-qa-font-quote, Georgia, "Hiragino Mincho ProN", "Noto Serif JP", serif); }
/* However the page lays the element out, there is room to ask. */
:host(:not([floating])) .root { min-block-size: 18em; display: grid; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) .root { ${DARK} } }
:host([theme="dark"]) .root { ${DARK} }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, ol, ul, figure, blockquote, dialog { margin: 0; padding: 0; }
ol, ul { list-style: none; }
svg { display: block; flex: none; inline-size: 1.25em; block-size: 1.25em; fill: none; stroke: currentColor;
  stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
button { cursor: pointer; background: none; border: 1px solid transparent; border-radius: calc(var(--radius) * .67);
  padding: .25em .5em; min-block-size: 2.25em; min-inline-size: 2.25em; display: inline-flex; align-items: center;
  justify-content: center; gap: .4em; text-align: start; }
button[aria-disabled="true"] { cursor: not-allowed; opacity: .55; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }

.launcher { background: var(--accent); color: var(--on-accent); border-radius: 999px; padding: .7em 1.2em .7em 1em;
  font-weight: 600; box-shadow: 0 4px 16px rgb(0 0 0 / .25); white-space: nowrap; }
.launcher:hover, .send:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
.panel { display: grid; grid-template: auto minmax(0, 1fr) auto auto / minmax(0, 1fr); inline-size: 100%;
  block-size: 100%; background: var(--background); color: inherit; border: 1px solid var(--line);
  border-radius: var(--radius); overflow: hidden; position: relative; }
dialog.panel { position: static; max-inline-size: none; max-block-size: none; border-color: var(--border);
  inline-size: min(var(--alliance-qa-width, 26em), 100vw - 2 * var(--alliance-qa-offset, 20px));
  block-size: min(var(--alliance-qa-height, 42em), 100dvh - 2 * var(--alliance-qa-offset, 20px));
  box-shadow: 0 12px 48px rgb(0 0 0 / .28); }
dialog.panel:not([open]) { display: none; }
dialog.panel:modal { position: fixed; inset: 0; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; }

.header { container-type: inline-size; display: flex; align-items: center; gap: .25em; padding: .5em .5em .5em 1em; min-block-size: 3.4em;
  border-block-end: 1px solid var(--line); }
.title { flex: 1; font-weight: 600; }
.header button { font-size: .875em; }
.header svg { inline-size: 1.43em; block-size: 1.43em; }
@container (max-width: 34em) { .wide { display: none; } }
.header button, .action { color: var(--muted); }
.header button:hover, .action:hover { background: var(--surface); color: var(--text); }

.messages { overflow-y: auto; overscroll-behavior: contain; container-type: size; position: relative; }
.messages:focus-visible { outline-offset: -3px; border-radius: var(--radius); }
.column { inline-size: 100%; max-inline-size: 46em; margin-inline: auto; padding-inline: 1em; }
.greeting { min-block-size: 100cqb; padding-block: 1.5em; display: flex; flex-direction: column;
  justify-content: safe center; gap: .75em; }
.hello { font-size: 1.375em; font-weight: 600; line-height: 1.3; text-wrap: balance; }
.held, .label, .note, .meta { color: var(--muted); font-size: .875em; }
.label { margin-block-start: 1em; font-weight: 600; }
.label + .choices { margin-block-start: .4em; }
.greeting .label { margin-block: .5em -.4em; }
.choices { display: flex; flex-direction: column; align-items: stretch; gap: .5em; }
.suggestion { inline-size: 100%; justify-content: flex-start; padding: .6em .9em; border-color: var(--border);
  border-radius: var(--radius); background: var(--background); }
.suggestion:hover { background: var(--soft); border-color: var(--accent); }
.turn { padding-block: 1em; }
.turn + .turn { padding-block-start: .5em; }
.turn:last-child { min-block-size: 100cqb; }
.question { display: flex; justify-content: flex-end; margin-block-end: 1em; }
.bubble { max-inline-size: 85%; background: var(--soft); border: 1px solid transparent; padding: .55em .9em;
  border-radius: var(--radius); border-end-end-radius: 4px; white-space: pre-wrap; }
.searched { color: var(--muted); font-size: .875em; margin-block-end: .5em; }
.text { font-family: var(--serif); font-size: 1.0625em; line-height: 1.7; }
.text strong, .quote strong { font-weight: 700; background: var(--highlight); border-radius: 3px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; padding-inline: .1em; }
.last { white-space: nowrap; }
.mark { position: relative; min-inline-size: 24px; min-block-size: 24px; inline-size: auto; padding: 0 .35em;
  margin-inline: .25em .1em; font: 700 max(.72em, 12px)/1 var(--alliance-qa-font, system-ui, sans-serif);
  background: var(--soft); color: var(--accent); border-radius: min(7px, var(--radius)); vertical-align: .12em; }
.mark:hover { background: var(--accent); color: var(--on-accent); }
.wait { display: inline-flex; align-items: center; gap: .6em; color: var(--muted); }
.dots { display: inline-flex; gap: .25em; }
.dots i { inline-size: .4em; block-size: .4em; border-radius: 50%; background: currentColor; }
.citations { display: grid; gap: .5em; margin-block-start: .4em; }
.citation { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .1em .65em; padding: .7em .8em;
  background: var(--surface); border: 1px solid transparent; border-radius: var(--radius); }
.citation { scroll-margin: 8px; outline: 0; }
.citation.reached:focus { outline: 2px solid var(--accent); outline-offset: 1px; background: var(--soft); }
.number { min-inline-size: 1.7em; block-size: 1.7em; display: grid; place-items: center; font-size: .8125em;
  font-weight: 700; background: var(--soft); color: var(--accent); border: 1px solid transparent; border-radius: 7px; }
.citation.reached:focus .number { background: var(--accent); color: var(--on-accent); }
.named { font-weight: 600; font-size: .9375em; line-height: 1.4; }
.citation > :not(.number) { grid-column: 2; }
.meta span + span::before { content: " · "; }
.quote { font-family: var(--serif); font-size: .9375em; line-height: 1.55; margin-block: .3em; }
.links { display: flex; flex-wrap: wrap; gap: 0 1em; align-items: center; }
.link { display: inline-flex; align-items: center; gap: .35em; min-block-size: 24px; font-size: .875em; }
.link svg { inline-size: 1.1em; block-size: 1.1em; }
.back { display: none; font-size: .875em; color: var(--accent); min-block-size: 24px; padding: 0 .3em; }
.citation.reached:focus-within .back { display: inline-flex; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .15em; margin: .5em -.4em 0; }
.action { font-size: .875em; }
.action[aria-pressed="true"] { background: var(--soft); color: var(--accent); }
.action[aria-pressed="true"] svg { fill: color-mix(in srgb, currentColor 35%, transparent); }
.said { color: var(--muted); font-size: .875em; margin-inline-start: .4em; }
.comment { display: grid; gap: .5em; margin-block-start: .5em; padding: .8em; background: var(--surface);
  border: 1px solid transparent; border-radius: var(--radius); }
.comment label { font-size: .875em; }
.comment textarea, .byhand { inline-size: 100%; padding: .5em .65em; background: var(--background);
  border: 1px solid var(--border); border-radius: calc(var(--radius) * .67); resize: vertical; }
.row { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; }
.plain, .main { border-color: var(--border); padding-inline: .8em; font-size: .9375em; }
.plain:hover { background: var(--soft); border-color: var(--accent); }
.main { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; }
.refusal { border-inline-start: 3px solid var(--border); padding-inline-start: .85em; }
.fault { border-inline-start: 3px solid var(--accent); padding-inline-start: .85em; display: grid; gap: .5em;
  justify-items: start; }
details { margin-block-start: 1em; }
summary { cursor: pointer; color: var(--muted); font-size: .9375em; min-block-size: 2em; padding-block: .25em;
  border-radius: 4px; }
summary:hover { color: var(--text); }
.passage { padding: .7em .8em; margin-block-start: .5em; background: var(--surface); border: 1px solid transparent;
  border-radius: var(--radius); }
.passage .quote { white-space: pre-line; }

.notice { border-block-start: 1px solid var(--line); background: var(--surface); }
.notice .column { display: flex; flex-wrap: wrap; gap: .25em .75em; align-items: center; padding-block: .4em; }
.notice p { flex: 1 1 12em; font-size: .9375em; }
.composer { border-block-start: 1px solid var(--line); padding-block: .75em .6em; }
.box { display: flex; align-items: flex-end; gap: .25em; border: 1px solid var(--border); padding: .3em;
  border-radius: calc(var(--radius) + 2px); background: var(--background); }
.box:focus-within { border-color: var(--accent); outline: 1px solid var(--accent); }
.input { flex: 1; min-inline-size: 0; border: 0; outline: 0; background: none; resize: none; padding: .4em .6em;
  field-sizing: content; min-block-size: 2.3em; max-block-size: 9em; line-height: 1.5; }
.input::placeholder { color: var(--muted); opacity: 1; }
.send, .stop { background: var(--accent); color: var(--on-accent); padding: 0; block-size: 2.25em;
  inline-size: 2.25em; }
.stop svg { fill: currentColor; }
.under { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1em; min-block-size: 1.3em;
  margin-block-start: .35em; padding-inline: .25em; }
.counter { font-size: .875em; color: var(--muted); }
.counter.over { color: var(--text); font-weight: 600; }

@media (pointer: coarse) {
  button:not(.mark), .link, summary { min-block-size: 44px; }
  .action, .header button, .send, .stop { min-inline-size: 44px; }
  .input { min-block-size: 44px; padding-block: .65em; }
  .mark::after { content: ""; position: absolute; inset: -10px; }
}
@media (prefers-reduced-motion: no-preference) {
  .messages { scroll-behavior: smooth; }
  button { transition: background-color .12s, border-color .12s, color .12s; }
  .dots i { animation: wait 1.2s infinite ease-in-out; }
  .dots i:nth-child(2) { animation-delay: .15s; }
  .dots i:nth-child(3) { animation-delay: .3s; }
  @keyframes wait { 0%, 70%, 100% { opacity: .3; } 35% { opacity: 1; } }
}
@media (forced-colors: active) {
  button, .bubble, .launcher { border-color: ButtonBorder; }
  .action[aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  button[aria-disabled="true"] { opacity: 1; color: GrayText; border-color: GrayText; }
  .text strong, .quote strong { text-decoration: underline; }
  .dots i { background: CanvasText; }
}
`;

// ---- Shapes: what the service sends and what the session kept is looked at before it is used.

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isId = (value) => isText(value) && /^[0-9a-f]{32}$/.test(value);
const orNull = (test) => (value) => value === null || value === undefined || test(value);
const listOf = (test) => (value) => Array.isArray(value) && value.every(test);
const shaped = (tests) => (value) =>
  value !== null && typeof value === "object" && Object.entries(tests).every(([name, test]) => test(value[name]));

const isCitation = shaped({
  number: isCount,
  title: isText,
  author: orNull(isText),
  published: orNull(isText),
  quote: isText,
  start: isCount,
  end: isCount,
  highlight: orNull(shaped({ start: isCount, end: isCount, text: isText })),
  url: isText,
});
const isPassage = shaped({ document_id: isText, title: isText, text: isText, start: isCount, end: isCount });
const ANSWER = {
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
  took_ms: orNull(Number.isFinite),
};
const isAnswer = (value) =>
  shaped(ANSWER)(value) && (!value.answered || (value.answer !== "" && value.citations.length > 0));
const isCollection = shaped({
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

// ---- Text

/** What Python calls white space; the service puts one space for each run of it in an answer. */
const squeeze = (text) =>
  text.replace(/[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g, " ");

/** In one line, without white space around it. (`trim` takes a byte order mark for white space, Python does not.) */
const flat = (text) => squeeze(text).replace(/^ | $/g, "");

/** Without what the service does not take: control characters and halves of surrogate pairs. */
const clean = (text) => text.replace(/[\p{Cc}\p{Cs}]/gu, (found) => ("\n\r\t".includes(found) ? found : ""));

const codePoints = (text) => Array.from(text);
const clip = (text, most) => codePoints(text).slice(0, most).join("");

/**
 * A quote in one line as [before, highlight, after]. The highlight is empty unless its text is where it is said to be:
 * places are counted in code points of the document, not in JavaScript's units.
 */
function quoteParts({ quote, start, highlight }) {
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
function isWorded({ answer, citations }) {
  return citations.map(({ quote, number }) => `${flat(quote)} [${number}]`).join(" ") === answer;
}

/** A date as precisely as it is known: a year, a month or a day; what is none of these stays as it is. */
function wordDate(text, locale) {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(text) ?? [];
  if (!year) return text;
  const date = new Date(`${year}-${month ?? "01"}-${day ?? "01"}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) return text;
  const shape = { year: "numeric", ...(month && { month: "long" }), ...(day && { day: "numeric" }) };
  return new Intl.DateTimeFormat(locale, { ...shape, timeZone: "UTC" }).format(date);
}

/** Words of the interface in one language. */
class Language {
  constructor(tag) {
    this.code = /^ja\b/i.test(tag) ? "ja" : "en";
    this.locale = this.code;
    try {
      if (tag.toLowerCase().startsWith(this.code)) [this.locale] = Intl.getCanonicalLocales(tag);
    } catch {
      // Not a language tag: the plain language serves.
    }
  }

  say(key, values = {}) {
    return WORDS[this.code][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  number(value) {
    return new Intl.NumberFormat(this.locale).format(value);
  }

  count(key, n) {
    const form = new Intl.PluralRules(this.locale).select(n) === "one" ? "one" : "other";
    return this.say(`${key}_${form}`, { n: this.number(n) });
  }

  /** "12 seconds", "3 minutes". */
  time(seconds) {
    if (seconds === null) return this.say("a_moment");
    const [value, unit] = seconds < 100 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
  }

  date(text) {
    return wordDate(text, this.locale);
  }

  fault({ kind, seconds }) {
    return this.say(kind, { time: this.time(seconds) });
  }
}

// ---- The service

/** Why there is no answer. `kind` is a key of WORDS, `detail` the service's own words, `seconds` how long to wait. */
class Fault extends Error {
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
function originOf(address) {
  try {
    const url = new URL(address, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.origin : null;
  } catch {
    return null;
  }
}

/** A place on the service, or null: a link never leads anywhere else. */
function linkTo(origin, path) {
  try {
    const url = new URL(path, origin);
    return url.origin === origin && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

function documentPath(passage, version) {
  const query = new URLSearchParams({ start: passage.start, end: passage.end, index_version: version });
  return `/documents/${encodeURIComponent(passage.document_id)}?${query}#quote`;
}

async function send(origin, path, { body, ...options } = {}) {
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

function unreached(error) {
  if (error instanceof Fault || error?.name === "AbortError") return error;
  return new Fault(navigator.onLine === false ? "offline" : "unreachable");
}

/** Server-sent events as text comes in (WHATWG HTML, 9.2.6). */
class EventReader {
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

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** The fields of an answer and no others; what a refusal leaves out is empty. */
function checked(value) {
  const whole = { citations: [], passages: [], suggestions: [], answer: "", ...value };
  if (!isAnswer(whole)) throw new Fault("unreadable");
  if (!whole.answered) Object.assign(whole, { answer: "", citations: [] });
  return Object.fromEntries(Object.keys(ANSWER).map((name) => [name, whole[name] ?? null]));
}

/** Ask, tell the answer's text as it grows, and return the whole answer. Throws a Fault, or AbortError. */
async function fetchAnswer(origin, question, abort, onText) {
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

// ---- Conversations

/** The session's storage, or null where the browser denies it. */
function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

function messages(turns) {
  return turns
    .filter((turn) => turn.state === "settled")
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
class Conversation {
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
    if (!shaped({ id: orNull(isId), turns: listOf(isTurn) })(kept)) return;
    const whole = kept.turns.every((turn) => (turn.state === "settled") === Boolean(turn.answer));
    if (!whole) return;
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

// ---- Building blocks of the page

/** An element with attributes (null and false: none, true: empty) and children; text becomes text nodes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text of the collection or of a visitor: its direction is its own. */
const said = (tag, attributes, text) => make(tag, { dir: "auto", ...attributes }, text);

function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(attributes, children, action) {
  const element = make("button", { type: "button", ...attributes }, children);
  element.addEventListener("click", action);
  return element;
}

/** A button that shows only an icon. */
const iconButton = (name, label, attributes, action) =>
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

function metaLine(language, { author, published }) {
  const facts = [author && said("span", {}, author), published && said("span", {}, language.date(published))];
  return facts.some(Boolean) ? make("p", { class: "meta" }, facts) : null;
}

// ---- Views: each is made from a turn and what may be done with it.
// A context is {language, conversation, rates, ask, again, announce}.

function questionView(context, turn) {
  const attributes = {
    class: "question",
    role: "article",
    "aria-label": context.language.say("question"),
  };
  return make("div", attributes, said("p", { class: "bubble", part: "question" }, turn.question));
}

function answerView(context, turn) {
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
    ...(turn.answer.answered ? citedView(context, turn) : refusalView(context, turn)),
  ];
}

function citedView(context, turn) {
  const { answer } = turn;
  const cards = answer.citations.map((citation) => citationView(context, citation));
  const marks = answer.citations.map((citation, at) => markView(context, citation, cards[at]));
  return [
    textView(answer, marks),
    make("p", { class: "label" }, context.language.say("citations")),
    make(
      "ol",
      { class: "citations", part: "citations", "aria-label": context.language.say("citations"), role: "list" },
      cards,
    ),
    actionsView(context, turn),
  ];
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

function refusalView(context, turn) {
  const { language, ask } = context;
  const { reason, suggestions, passages } = turn.answer;
  const words = language.say(REASONS.includes(reason) ? reason : "refused");
  return [
    make("p", { class: "refusal", part: "refusal" }, words),
    suggestions.length > 0 && [make("p", { class: "label" }, language.say("instead")), choices(suggestions, ask)],
    passages.length > 0 && passagesView(context, turn.answer),
    actionsView(context, turn),
  ].flat();
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
function plainText({ language, conversation }, { answer, citations }) {
  const lines = citations.map(({ number, quote, title, author, published, url }) => {
    const facts = [title, author, published && language.date(published), linkTo(conversation.origin, url)];
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

function heldLine(language, { documents, earliest, latest }) {
  const count = language.count("documents", documents);
  const [from, to] = [earliest, latest].map((date) => /^\d{4}/.exec(date ?? "")?.[0]);
  if (!from || !to) return count;
  return language.say(from === to ? "year" : "period", { documents: count, from, to });
}

function greetingView({ language, ask }, { collection, filter }, own) {
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

// ---- The element

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
    this.#announce(this.#say(navigator.onLine === false ? "offline" : "connected"));
    if (navigator.onLine !== false) this.#showing();
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
    return navigator.onLine !== false && this.#length <= MOST_CHARACTERS;
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
    this.#conversation = Conversation.of(originOf(service), this.getAttribute("document") ?? "");
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
    if (navigator.onLine === false) {
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
      const reason = REASONS.includes(answer.reason) ? answer.reason : "refused";
      this.#announce(answer.answered ? answer.answer : this.#say(reason));
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
    const state = navigator.onLine === false ? "offline" : down || "";
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
