// ---- Looks

// Icons of 24 by 24, drawn as lines.
export const ICONS = {
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
export const STYLE = `
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
.comment textarea, .comment input, .byhand { inline-size: 100%; padding: .5em .65em; background: var(--background);
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
.sentence { margin-block-start: .25em; }
.sentence > summary { color: var(--text); font-size: 1em; }
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
