// The keeper's page: the index and its rebuild, what was asked, and what the collection lacks.
// The token lives in this module's memory and nowhere else. All that comes from the service becomes text.
import { copies, element, shape } from "/static/nodes.js";
import { counted, english, link, listed, moment, named, number, parts, percent, place, t } from "/static/phrases.js";
import { bars, lines } from "/static/plots.js";
import { isOf, offer, settle, uploadAll } from "/static/uploads.js";

const RETRY_MS = 3000;
const LOOK_MS = 500, LOOKS = 20; // for the rebuild that a file starts
const FEW = { files: 300, gaps: 15, questions: 20 }; // shown before someone asks for all
const REASONS = {
  nothing_relevant: t("nothing relevant"),
  related_but_not_stated: t("related, but not stated"),
  unclear_question: t("unclear question"),
  language_not_covered: t("language not covered"),
};
const STAGES = { reading: t("Reading files"), embedding: t("Embedding passages") };
const READ = "#read/"; // in an address, before the id of a document

const $ = id => document.getElementById(id);

let token = "";
let session = new AbortController(); // aborted when the keeper signs out
let ranges = 0; // chosen so far: an answer for an earlier one is not shown
let files = []; // of the index in use
let following = null; // what a change of the documents leads to
let sure = null; // what a keeper who is asked says
let stage; // of the rebuild that runs; undefined: none does

class Fault extends Error {
  /** said: words and elements. */
  constructor(status, ...said) {
    super(String(status));
    this.status = status;
    this.said = said;
  }
}

// --- Calls ---

/** What a call that is none of fetch needs: the token's header, and what ends it when the keeper signs out. */
const credentials = () => ({ headers: { Authorization: `Bearer ${token}` }, signal: session.signal });

async function call(path, method = "GET") {
  let reply;
  try {
    reply = await fetch(path, { method, cache: "no-store", credentials: "omit", ...credentials() });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Fault(0, t("The service cannot be reached. Check that it runs, then try again."));
  }
  if (reply.ok) return reply;
  const problem = await reply.json().catch(() => ({}));
  throw new Fault(reply.status, ...inWords(reply.status, problem.detail));
}

/** Return what a status means, as a list of words and elements. */
function inWords(status, detail) {
  if (status === 401) return parts("This is not the admin token of the service.");
  if (status === 409 && detail) return parts("The file cannot be read now: {detail}.", { detail: english(detail) });
  if (status === 404) return parts("The service has no such call. It may have been started without an admin token.");
  const said = detail ? english(detail) : t("it does not say which");
  return parts("The service answered with a fault ({status}): {said}.", { status, said });
}

/** Yield the server-sent events of a reply as {name, data}. */
async function* eventsOf(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      yield* blocks.map(eventOf).filter(event => event.data !== undefined);
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have broken
  }
}

function eventOf(block) {
  const fields = Object.fromEntries(block.split("\n").map(line => line.split(/: ?(.*)/s, 2)));
  return { name: fields.event, data: fields.data && JSON.parse(fields.data) };
}

// --- Signing in and out ---

async function signIn(event) {
  event.preventDefault();
  const given = $("token").value.trim();
  session = new AbortController();
  try {
    if (!given) throw new Fault(401, t("Enter the admin token."));
    if (/[^\x21-\x7e]/.test(given)) throw new Fault(401, ...inWords(401)); // no header can carry it
    token = given;
    showIndex(await (await call("/v1/index")).json());
  } catch (error) {
    refuse(error);
    return;
  }
  $("token").value = "";
  refuse(null);
  enter(true);
  $("collection-title").tabIndex = -1;
  $("collection-title").focus();
  await showRange();
  if (location.hash.startsWith(READ)) await turn();
}

function refuse(error) {
  token = error ? "" : token;
  $("token-fault").replaceChildren(...error ? error.said ?? [error.message] : []);
  $("token").setAttribute("aria-invalid", String(error?.status === 401));
  if (error) $("token").focus();
}

function enter(isIn) {
  $("sign-in").hidden = isIn;
  $("sign-out").hidden = $("signed-in").hidden = !isIn;
}

function signOut(error = null) {
  session.abort();
  token = "";
  ranges += 1;
  files = [];
  clear(["facts", "files", "files-count", "damage", "outcome", "fault", "news"]);
  clear(["tiles", "plots", "gap-list", "question-list", "upload-list"]);
  clear(["read-title", "read-about", "read-facts", "read-blocks", "read-left"]);
  running(null);
  enter(false);
  refuse(error);
  $("token").focus();
}

function clear(ids) {
  for (const id of ids) $(id).replaceChildren();
}

/** Run what a keeper asked for; say in words what goes wrong. */
async function attempt(work) {
  $("fault").textContent = "";
  try {
    await work();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 401) signOut(new Fault(401, t("The token is not valid any more. Sign in again.")));
    else if (error instanceof Fault) $("fault").replaceChildren(...error.said);
    else {
      $("fault").textContent = t("The service could not be understood. Reload this page.");
      throw error;
    }
  }
}

// --- The collection ---

function showIndex(index) {
  files = index.files;
  offer(index.uploads);
  settle(files);
  $("facts").replaceChildren(...facts([
    [t("Generation"), index.index_version],
    [t("Built"), moment(index.created)],
    [t("Model"), index.model],
    [t("Documents"), number(index.documents)],
    [t("Passages"), number(index.passages)],
    ...(index.language_model ? [[t("Wording"), wording(index.language_model)]] : []),
  ]));
  const damage = [index.damage, index.operating_point_note].filter(Boolean).join(". ");
  $("damage").replaceChildren(english(damage));
  $("damage").hidden = !damage;
  showFiles();
  if (index.job?.state === "running" && $("running").hidden) attempt(follow);
}

/** How a language model fares that words answers. */
function wording({ model, is_paused, last_fault, outcomes, selections, resolutions }) {
  const fault = last_fault && named("outcome", last_fault);
  const state = is_paused ? t("paused ({fault})", { fault }) : fault ? t("does not answer ({fault})", { fault }) : "";
  const told = (what, counts) => {
    const shown = Object.entries(counts).map(([name, times]) =>
      t("{n} {outcome}", { n: number(times), outcome: named("outcome", name).replace("_", " ") }));
    return shown.length ? t("{what}: {counts}", { what, counts: listed(shown) }) : "";
  };
  const uses = [told(t("answers"), outcomes), told(t("selections"), selections), told(t("follow-ups"), resolutions)];
  return [model, state, ...uses].filter(Boolean).join(t("; "));
}

function facts(pairs) {
  return pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

function showFiles(most = FEW.files) {
  const problems = files.filter(file => file.state !== "indexed");
  const chosen = $("shown").value === "problems" ? problems : files;
  $("files-count").textContent = t("{files}, {indexed} indexed, {skipped} skipped, {failed} failed.", {
    files: counted(files.length, "{n} file", "{n} files"),
    indexed: count(files, "indexed"), skipped: count(files, "skipped"), failed: count(files, "failed"),
  });
  const heads = [t("File"), t("State"), t("What is read"), t("Passages"), ...(removable() ? [t("Remove")] : [])];
  const table = tableOf(t("Files of the documents folder"), heads, chosen.slice(0, most).map(fileRow));
  const empty = files.length ? t("Every file is indexed.") : t("The documents folder is empty.");
  $("files").replaceChildren(chosen.length ? table : element("p", { class: "hint panel" }, empty));
  $("files").append(...rest(chosen.length, most, () => showFiles(Infinity)));
}

function count(list, state) {
  return number(list.filter(file => file.state === state).length);
}

function fileRow(file) {
  const name = file.document_id
    ? element("a", { href: link(`/documents/${encodeURIComponent(file.document_id)}`) }, file.path)
    : file.path;
  const state = named("state", file.state);
  const why = file.reason && { state, failure: named("failure", file.failure), reason: english(file.reason) };
  const about = t("Look at what is read of {path}", { path: file.path });
  const look = file.document_id
    ? element("a", { href: `${READ}${encodeURIComponent(file.document_id)}`, "aria-label": about }, t("Look"))
    : "";
  return element("tr", {}, element("th", { scope: "row" }, name),
    element("td", { class: file.state === "failed" ? "bad" : null }, ...why ? parts("{state}: {reason}", why) : [state]),
    element("td", {}, look),
    element("td", { class: "number" }, file.document_id ? number(file.passages) : t("none")),
    removable() ? element("td", {}, remover(file)) : null);
}

function removable() {
  return !$("upload-fields").hidden;
}

function remover(file) {
  const whole = file.inside ?? file.path;
  const label = file.inside
    ? t("Remove {whole}, in which {path} lies", { whole, path: file.path })
    : t("Remove {path}", { path: whole });
  const button = element("button", { type: "button", "aria-label": label }, t("Remove"));
  button.addEventListener("click", () => attempt(() => remove(whole)));
  return button;
}

function tableOf(caption, names, rows) {
  const head = names.map(name => element("th", { scope: "col" }, name));
  return element("table", {},
    element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows));
}

// --- Files put in and taken out ---

/** Ask a keeper who may want something else; resolves to whether not. */
function asSure(title, text, yes) {
  $("sure-title").textContent = title;
  $("sure-text").textContent = text;
  $("sure-yes").textContent = yes;
  $("sure-dialog").showModal();
  return new Promise(resolve => { sure = resolve; });
}

async function upload(event) {
  event.preventDefault();
  const folder = $("upload-folder").value.trim().replace(/^\/+|\/+$/g, "");
  const chosen = [...$("upload-files").files].map(file => ({ file, path: folder ? `${folder}/${file.name}` : file.name }));
  if (!chosen.length) {
    $("upload-files").focus();
    return;
  }
  const taken = chosen.filter(({ path }) => files.some(known => isOf(path, known))).map(({ path }) => path);
  if (taken.length && !await asSure(counted(taken.length, "Replace {n} file?", "Replace {n} files?"), listed(taken), t("Replace"))) return;
  $("upload").reset();
  await attempt(async () => {
    await uploadAll(chosen, taken, credentials, inWords, say, followChange);
    await followChange();
  });
}

async function remove(path) {
  const inside = files.filter(file => file.inside === path).length;
  const others = inside ? counted(inside, "With it goes the file in it. ", "With it go the {n} files in it. ") : "";
  const after = t("It is in no answer after the rebuild. Earlier generations hold its text until they are removed.");
  if (!await asSure(t("Remove {path}?", { path }), others + after, t("Remove"))) return;
  await call(`/v1/documents/${path.split("/").map(encodeURIComponent).join("/")}`, "DELETE");
  say(t("{path} is removed.", { path }));
  $("files-title").tabIndex = -1;
  $("files-title").focus();
  await followChange();
}

/** Follow what a change of the documents leads to, once for all changes that come meanwhile. */
function followChange() {
  following ??= attempt(changed).finally(() => { following = null; });
  return following;
}

/** Follow the rebuild that a change of the documents starts; one that began earlier may know nothing of it. */
async function changed() {
  const { signal } = session;
  for (let looks = 0; looks < LOOKS && !signal.aborted; looks += 1) {
    const index = await (await call("/v1/index")).json();
    showIndex(index);
    if (index.job?.state === "running") await follow();
    else if (!settle(files)) return;
    await new Promise(resolve => { setTimeout(resolve, LOOK_MS); });
  }
}

// --- What is read of a file ---

/** Show the page that the address names: the collection and what was asked, or what is read of one file. */
async function turn() {
  const id = location.hash.startsWith(READ) ? decodeURIComponent(location.hash.slice(READ.length)) : null;
  $("read").hidden = id === null;
  for (const name of ["collection", "asked"]) $(name).hidden = id !== null;
  if (id === null) {
    if ($("off").hidden) $("gaps").hidden = $("latest").hidden = false;
    return;
  }
  $("gaps").hidden = $("latest").hidden = true;
  clear(["read-facts", "read-blocks", "read-left", "read-about"]);
  $("read-changed").hidden = true;
  $("read-title").textContent = t("Reading the file…");
  $("read-title").focus();
  await attempt(async () => {
    const found = await (await call(`/v1/index/documents/${encodeURIComponent(id)}`)).json();
    if (location.hash === READ + encodeURIComponent(id)) showRead(found);
  });
}

function showRead(found) {
  $("read-title").textContent = found.path;
  $("read-about").textContent = listed([found.media_type,
    counted(found.text.length, "{n} character", "{n} characters"), counted(found.passages.length, "{n} passage", "{n} passages")]);
  $("read-changed").hidden = !found.changed;
  $("read-facts").replaceChildren(tableOf(t("Facts"), [t("Fact"), t("Value"), t("Where it stands")],
    Object.entries(found.facts).map(([name, { weak, value, where }]) =>
      cells(named("fact", name), weak ? t("likely {value}", { value }) : value, place(where)))));
  const written = text => element("span", { lang: found.facts.language?.value }, text);
  const begins = new Set(found.passages.map(passage => passage.start));
  $("read-blocks").replaceChildren(tableOf(t("Blocks of the text"), [t("Block"), t("Place"), t("Passage"), t("Text")],
    found.blocks.map(({ kind, level, locator, start, text }) => cells([named("block", kind), level || ""].join(" ").trim(),
      locator ? place(locator) : "", begins.has(start) ? t("begins") : "", written(text)))));
  $("read-left").replaceChildren(found.left_out.length
    ? tableOf(t("What is left out"), [t("Why"), t("Text")], found.left_out.map(({ why, text }) => cells(named("left out", why), written(text))))
    : element("p", { class: "hint panel" }, t("Nothing is left out.")));
  say(t("{path} is read.", { path: found.path }));
}

function cells(first, ...others) {
  return element("tr", {}, element("th", { scope: "row" }, first),
    ...others.map(other => element("td", {}, element("bdi", {}, other))));
}

/** Return a button for what a list does not show yet; nothing where it shows all. */
function rest(all, most, show) {
  if (all <= most) return [];
  const button = element("button", { type: "button", class: "more" }, t("Show all {n}", { n: number(all) }));
  button.addEventListener("click", () => {
    const list = button.parentElement;
    show();
    list.tabIndex = list.tabIndex < 0 ? -1 : list.tabIndex;
    list.focus(); // the button is gone
  });
  return [button];
}

// --- Rebuilding ---

async function askForRebuild(event) {
  event.preventDefault();
  if ($("start").getAttribute("aria-disabled") === "true") return;
  if ($("purge").checked) $("purge-dialog").showModal();
  else await attempt(rebuild);
}

async function rebuild() {
  $("outcome").textContent = "";
  const query = new URLSearchParams({ full: $("full").checked, purge: $("purge").checked });
  try {
    await call(`/v1/index/rebuild?${query}`, "POST");
  } catch (error) {
    if (error.status !== 409) throw error;
    $("outcome").textContent = t("The index is being written already. Wait until that has ended.");
    const index = await (await call("/v1/index")).json();
    if (index.job?.state !== "running") return; // another process does it
  }
  await follow();
}

/** Show how a rebuild goes, until it has ended, whatever happens to the connection. */
async function follow() {
  const { signal } = session;
  running({ stage: t("Starting") });
  for (;;) {
    try {
      for await (const { name, data } of eventsOf(await call("/v1/index/events"))) {
        if (name !== "progress") return await finished(name, data);
        running({ ...data.progress, stage: STAGES[data.progress?.stage] ?? t("Starting") });
      }
    } catch (error) {
      if (signal.aborted || error.status === 401) throw error;
    }
    running({ stage: t("The connection broke. Trying again") });
    await new Promise(resolve => { setTimeout(resolve, RETRY_MS); });
    if (signal.aborted) return null;
  }
}

async function finished(name, job) {
  const { activeElement } = document;
  running(null);
  $("outcome").replaceChildren(...endOf(name, job));
  $("outcome").className = name === "failed" ? "bad" : "";
  say(...copies($("outcome")));
  $("full").checked = $("purge").checked = false;
  activeElement?.focus();
  showIndex(await (await call("/v1/index")).json());
}

function endOf(name, job) {
  if (!job) return parts("The service was started again. The generation above tells whether the rebuild was done.");
  if (name === "done") return parts("Done. Generation {version} is in use.", { version: job.index_version });
  return parts("The rebuild failed: {error}. The index in use is untouched.", { error: english(job.error) });
}

function running(state) {
  $("start").setAttribute("aria-disabled", String(state !== null));
  $("running").hidden = state === null;
  if (state?.stage !== stage) say(state?.stage ?? ""); // each stage once, not each step
  stage = state?.stage;
  if (state === null) return;
  const { done, total } = state;
  $("stage").textContent = total
    ? t("{stage}: {done} of {total}", { stage, done: number(done), total: number(total) })
    : stage;
  $("progress").removeAttribute("value");
  if (state.total) {
    $("progress").max = state.total;
    $("progress").value = state.done;
  }
}

function say(...news) {
  $("news").replaceChildren(...news);
}

// --- What was asked ---

async function showRange() {
  const wanted = ++ranges, days = $("days").value;
  await attempt(async () => {
    let found;
    try {
      found = await (await call(`/v1/questions?days=${days}`)).json();
    } catch (error) {
      clear(["tiles", "plots", "gap-list", "question-list"]); // they are of another range
      if (error.status !== 404) throw error;
      keeping(false);
      return;
    }
    if (wanted !== ranges) return;
    keeping(true);
    showFigures(found);
    showQuestions(found.questions);
    await showGaps(wanted, days);
  });
}

function keeping(isKept) {
  $("off").hidden = isKept;
  $("range").hidden = !isKept;
  $("gaps").hidden = $("latest").hidden = !isKept || !$("read").hidden;
}

function showFigures({ total, days }) {
  const values = name => days.map(day => day[name]);
  const of = { days: values("day") };
  $("tiles").replaceChildren(
    tile(t("Questions"), number(total.asked), counted(days.length, "in the last {n} day", "in the last {n} days")
      + (total.small_talk ? t(", besides {n} of small talk", { n: number(total.small_talk) }) : "")),
    tile(t("Answered"), total.asked ? percent(total.answered_share) : t("none"),
      t("{n} of {all}", { n: number(total.answered), all: number(total.asked) })),
    tile(t("Refused"), number(total.asked - total.answered), element("ul", {}, ...Object.entries(total.refused)
      .map(([reason, times]) => element("li", {}, reasons({ [reason]: times })))), "two"),
    tile(t("Median time"), took(total.p50_ms), total.asked ? t("95% within {time}", { time: took(total.p95_ms) }) : ""),
    tile(t("Thumbs up"), number(total.up), t("{n} down", { n: number(total.down) })),
  );
  $("plots").replaceChildren(
    bars({ ...of, title: t("Questions"), axis: t("Questions"), series: [
      { name: t("Answered"), values: values("answered") },
      { name: t("Refused"), values: days.map(day => day.asked - day.answered) }] }),
    lines({ ...of, title: t("Time to an answer or a refusal"), axis: t("Milliseconds"), series: [
      { name: t("Median"), values: values("p50_ms") },
      { name: t("95th percentile"), values: values("p95_ms") }] }),
    bars({ ...of, title: t("What visitors said of answers"), axis: t("Ratings"), series: [
      { name: t("Thumbs up"), values: values("up") },
      { name: t("Thumbs down"), values: values("down") }] }),
  );
}

function tile(name, figure, more, kind = null) {
  return element("div", { class: kind },
    element("dt", {}, name), element("dd", { class: "figure" }, figure), element("dd", {}, more));
}

function showQuestions(questions, most = FEW.questions) {
  fill("question-list", questions, most, questionCard, t("Nothing was asked in this range."), showQuestions);
}

function questionCard(entry) {
  const isTalk = entry.reason === "small_talk";
  const refused = () => t("refused: {reasons}", { reasons: reasons({ [entry.reason]: null }) });
  const outcome = entry.answered ? t("answered") : isTalk ? t("small talk") : refused();
  const rated = entry.rating && (entry.rating === "up" ? t("thumbs up") : t("thumbs down"));
  const confidence = !isTalk && t("confidence {share}", { share: percent(entry.confidence) });
  const about = [moment(entry.at), confidence, took(entry.took_ms), rated];
  const isFollowUp = entry.resolved_question !== entry.question;
  return element("li", {},
    element("h3", {}, entry.question),
    isFollowUp ? element("p", { class: "hint" }, t("Understood as: "), element("bdi", {}, entry.resolved_question)) : null,
    line(outcome, about.filter(Boolean)),
    entry.comment ? element("blockquote", {}, entry.comment) : null);
}

// --- Coverage gaps ---

async function showGaps(wanted, days) {
  $("gap-list").replaceChildren(element("p", { class: "hint" }, t("Comparing the questions…")));
  const { gaps } = await (await call(`/v1/questions/gaps?days=${days}`)).json();
  if (wanted === ranges) listGaps(gaps);
}

function listGaps(gaps, most = FEW.gaps) {
  $("download").hidden = $("download-set").hidden = !gaps.length;
  fill("gap-list", gaps, most, gapCard, t("No question was refused in this range."), listGaps);
}

function gapCard(gap) {
  const others = gap.questions.length > 1
    ? element("details", {},
      element("summary", {}, t("All {n} questions", { n: number(gap.questions.length) })),
      element("ul", {}, ...gap.questions.map(each =>
        element("li", {}, element("bdi", {}, each.question), ` (${number(each.count)})`))))
    : null;
  return element("li", {},
    element("h3", {}, gap.label),
    line(counted(gap.count, "{n} refusal", "{n} refusals"),
      [reasons(gap.reasons), t("last {moment}", { moment: moment(gap.last) })]),
    trend(gap.daily),
    gap.documents.length ? nearest(gap.documents) : null,
    gap.sent.length ? sentList(gap.sent) : null,
    others);
}

/** How often it was met, day by day: as bars, and as the two halves of the range in words. */
function trend(daily) {
  const half = Math.floor(daily.length / 2), most = Math.max(...daily);
  const [before, lately] = [daily.slice(0, half), daily.slice(half)].map(part => part.reduce((sum, n) => sum + n, 0));
  const bars = daily.map((n, at) => n ? shape("rect", { x: 3 * at, y: 24 - Math.max(2, 24 * n / most), width: 2, height: Math.max(2, 24 * n / most) }) : null);
  const drawn = shape("svg", { class: "spark", viewBox: `0 0 ${3 * daily.length} 24`, width: 3 * daily.length, height: 24, "aria-hidden": "true" }, ...bars);
  const way = lately > before ? t("rising") : lately < before ? t("falling") : t("steady");
  return element("p", { class: "facts trend" }, drawn, " ",
    element("span", {}, t("{way}: {before} in the first half of the range, {lately} in the second",
      { way, before: number(before), lately: number(lately) })));
}

/** The documents that come nearest to what is lacking. */
function nearest(documents) {
  const links = documents.flatMap(({ title, url }, at) =>
    [at ? t(", ") : "", element("a", { href: link(url) }, element("bdi", {}, title))]);
  return element("p", { class: "facts" }, element("span", {}, t("Nearest: "), ...links));
}

/** What visitors sent of it, and where they wait for a reply. */
function sentList(sent) {
  return element("div", { class: "sent" }, element("p", { class: "hint" }, counted(sent.length, "Sent to you by {n} visitor", "Sent to you by {n} visitors")),
    element("ul", {}, ...sent.map(message => element("li", {}, ...letter(message), " ", messageRemover(message)))));
}

function letter({ question, at, reply_to: address }) {
  const sent = moment(at);
  const mail = address && element("a", { href: `mailto:${encodeURIComponent(address).replace("%40", "@")}` }, address);
  return [element("bdi", {}, question), ...mail ? parts(" ({sent}, reply to {mail})", { sent, mail }) : parts(" ({sent})", { sent })];
}

function messageRemover({ answer_id: id, question, at, reply_to: address }) {
  const name = t("Delete the message of {sent}: {question}", { sent: moment(at), question });
  const button = element("button", { type: "button", "aria-label": name }, t("Delete"));
  button.addEventListener("click", () => attempt(async () => {
    const whole = address ? t("{question}, from {address}", { question, address }) : question;
    const text = t("{message}. It cannot be brought back.", { message: whole });
    if (!await asSure(t("Delete this message?"), text, t("Delete"))) return;
    try {
      await call(`/v1/messages/${encodeURIComponent(id)}`, "DELETE");
    } catch (error) {
      if (error.status !== 404) throw error; // it has left by itself
    }
    await showGaps(ranges, $("days").value);
    $("gaps-title").tabIndex = -1;
    $("gaps-title").focus(); // the button is gone
    say(t("The message is deleted."));
  }));
  return button;
}

async function download(kind) {
  const reply = await call(`/v1/questions/gaps.${kind}?days=${$("days").value}`);
  const name = /filename="([^"]+)"/.exec(reply.headers.get("Content-Disposition"))?.[1] ?? `coverage-gaps.${kind}`;
  const url = URL.createObjectURL(await reply.blob());
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), RETRY_MS);
}

// --- Words ---

/** Put a list of cards into a place, the first ones alone where there are many. */
function fill(id, entries, most, card, empty, show) {
  const cards = element("ol", { class: "cards", tabindex: -1 }, ...entries.slice(0, most).map(card));
  const more = rest(entries.length, most, () => {
    show(entries, Infinity);
  });
  $(id).replaceChildren(...entries.length ? [cards, ...more] : [element("p", { class: "hint" }, empty)]);
}

/** Return what matters most of a card and the rest of it, in one line. */
function line(first, others) {
  return element("p", { class: "facts" }, element("b", {}, first),
    ...others.flatMap(other => [" ", element("span", {}, other)]));
}

function reasons(counts) {
  return listed(Object.entries(counts)
    .map(([reason, times]) => (REASONS[reason] ?? reason) + (times === null ? "" : ` ${number(times)}`)));
}

function took(milliseconds) {
  if (milliseconds === null) return t("none");
  return milliseconds < 1000 ? t("{n} ms", { n: milliseconds }) : t("{n} s", { n: (milliseconds / 1000).toFixed(1) });
}

// --- What the keeper does ---

$("sign-in").addEventListener("submit", signIn);
$("sign-out").addEventListener("click", () => signOut());
$("shown").addEventListener("change", () => showFiles());
$("days").addEventListener("change", showRange);
addEventListener("hashchange", () => {
  if (token) turn();
});
$("download").addEventListener("click", () => attempt(() => download("csv")));
$("download-set").addEventListener("click", () => attempt(() => download("jsonl")));
$("rebuild").addEventListener("submit", askForRebuild);
$("upload").addEventListener("submit", upload);
for (const [id, said] of [["sure-no", false], ["sure-yes", true]]) {
  $(id).addEventListener("click", () => {
    sure?.(said);
    $("sure-dialog").close();
  });
}
$("sure-dialog").addEventListener("close", () => sure?.(false));
$("purge-no").addEventListener("click", () => $("purge-dialog").close());
$("purge-yes").addEventListener("click", () => {
  $("purge-dialog").close();
  attempt(rebuild);
});
