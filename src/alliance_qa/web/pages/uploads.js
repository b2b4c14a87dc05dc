// Files on their way into the documents folder: what may be sent, how far each is, and what became of it.
import { copies, element } from "/static/nodes.js";
import { counted, english, listed, named, number, parts, percent, t } from "/static/phrases.js";

const $ = id => document.getElementById(id);

let uploads; // what the service takes
let waiting = []; // files that are put and not yet indexed: {path, sha256, state}

/** Show what may be put into the documents folder, or why nothing may. */
export function offer(given) {
  uploads = given;
  const refused = given ? given.refused && named("refused", given.refused) : t("this service takes no files");
  $("upload-refused").hidden = !refused;
  $("upload-refused").textContent = refused ? t("Nothing can be added or removed here: {refused}.", { refused }) : "";
  $("upload-fields").hidden = Boolean(refused);
  if (refused) return;
  $("upload-files").accept = given.types.join(",");
  $("upload-hint").textContent = t("{types}, up to {n} MiB each. Each is read at once; the index follows.",
    { types: given.types.join(", "), n: number(given.most_bytes >> 20) });
}

/** Send files one after the other. Rejects when the keeper signs out meanwhile. */
export async function uploadAll(chosen, taken, credentials, inWords, say, put) {
  const rows = chosen.map(({ file, path }) => ({ file, path, ...row(path) }));
  $("upload-list").replaceChildren(...rows.map(each => each.item));
  $("upload-list").hidden = false;
  for (const each of rows) {
    const found = await send(each, taken.includes(each.path), credentials(), inWords);
    each.bar.remove();
    each.item.classList.toggle("bad", Boolean(found.fault));
    if (found.fault) {
      tell(each, t("Not taken: "), ...found.fault);
    } else {
      const done = found.replaced ? t("Replaced") : t("Added");
      tell(each, t("{done}. Read: {about}. It waits for the index.", { done, about: about(found) }));
      waiting = [...waiting.filter(other => other.path !== each.path), { ...each, sha256: found.sha256 }];
      put();
    }
    say(`${each.path}: `, ...copies(each.state));
  }
}

/** Say of each file that waits what the index holds of it by now. Returns how many still wait. */
export function settle(files) {
  waiting = waiting.filter(each => {
    const known = files.filter(file => isOf(each.path, file) && file.sha256 === each.sha256);
    const indexed = known.filter(file => file.state === "indexed");
    const passages = counted(indexed.reduce((sum, file) => sum + file.passages, 0), "{n} passage", "{n} passages");
    if (known.some(file => file.inside)) {
      const all = counted(known.length, "{n} file", "{n} files");
      tell(each, t("In the index: {n} of {all}, with {passages}.", { n: number(indexed.length), all, passages }));
    } else if (indexed.length) tell(each, t("In the index, with {passages}.", { passages }));
    else if (known.length) tell(each, ...parts("Not indexed: {reason}.", { reason: english(known[0].reason) }));
    return !known.length;
  });
  return waiting.length;
}

/** Whether what the index says is of a file, or of one that lies in it. */
export function isOf(path, known) {
  return known.path === path || known.inside === path;
}

function row(path) {
  const state = element("p", { class: "hint" }, t("Waiting"));
  const bar = element("progress", { max: 1, value: 0, "aria-label": t("Upload of {path}", { path }) });
  return { state, bar, item: element("li", {}, element("h4", {}, element("bdi", {}, path)), state, bar) };
}

function tell(each, ...said) {
  each.state.replaceChildren(...said);
}

/** Send one file. XMLHttpRequest, since fetch does not tell how far it is. */
function send({ file, path, bar, state }, isTaken, { headers, signal }, inWords) {
  if (file.size > uploads.most_bytes) {
    return Promise.resolve({ fault: parts("it is larger than {n} MiB.", { n: number(uploads.most_bytes >> 20) }) });
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/v1/documents/${path.split("/").map(encodeURIComponent).join("/")}`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (!isTaken) request.setRequestHeader("If-None-Match", "*"); // whoever put one there meanwhile keeps it
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = total ? loaded / total : 0;
      state.textContent = t("Uploading: {share}", { share: percent(bar.value) });
    };
    request.upload.onload = () => {
      bar.removeAttribute("value");
      state.textContent = t("Being read");
    };
    request.onload = () => {
      const { status, response } = request;
      if (status === 200 || status === 201) resolve(response);
      else if (status === 401) reject(Object.assign(new Error("401"), { status })); // `attempt` signs out
      else resolve({ fault: status < 500 && response?.detail ? [english(`${response.detail}.`)] : inWords(status, response?.detail) });
    };
    request.onerror = () => resolve({ fault: parts("the service cannot be reached, or ended the connection.") });
    request.onabort = () => reject(new DOMException("signed out", "AbortError"));
    state.textContent = t("Uploading");
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function about({ passages, text, left_out: left, facts, members }) {
  const read = members?.filter(member => !member.failure).length ?? 0, unread = (members?.length ?? 0) - read;
  const inside = [];
  if (read) inside.push(counted(read, "{n} file in it", "{n} files in it"));
  if (unread) inside.push(t("{n} in it not read", { n: number(unread) }));
  if (text === undefined) return listed(inside);
  return listed([
    ...facts.title ? [t("“{title}”", { title: facts.title.value })] : [],
    counted(text.length, "{n} character", "{n} characters"), counted(passages.length, "{n} passage", "{n} passages"),
    ...left.length ? [counted(left.length, "{n} part left out", "{n} parts left out")] : [], ...inside,
  ]);
}
