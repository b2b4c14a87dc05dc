// Files on their way into the documents folder: what may be sent, how far each is, and what became of it.
import { element } from "/static/nodes.js";

const NUMBER = new Intl.NumberFormat("en-GB");
const $ = id => document.getElementById(id);

let uploads; // what the service takes
let waiting = []; // files that are put and not yet indexed: {path, sha256, state}

/** Show what may be put into the documents folder, or why nothing may. */
export function offer(given) {
  uploads = given;
  const refused = given ? given.refused : "this service takes no files";
  $("upload-refused").hidden = !refused;
  $("upload-refused").textContent = refused ? `Nothing can be added or removed here: ${refused}.` : "";
  $("upload-fields").hidden = Boolean(refused);
  if (refused) return;
  $("upload-files").accept = given.types.join(",");
  $("upload-hint").textContent = `${given.types.join(", ")}, up to ${NUMBER.format(given.most_bytes >> 20)} MiB each. `
    + "Each is read at once; the index follows.";
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
      tell(each, `Not taken: ${found.fault}`);
    } else {
      tell(each, `${found.replaced ? "Replaced" : "Added"}. Read: ${about(found)}. It waits for the index.`);
      waiting = [...waiting.filter(other => other.path !== each.path), { ...each, sha256: found.sha256 }];
      put();
    }
    say(`${each.path}: ${each.state.textContent}`);
  }
}

/** Say of each file that waits what the index holds of it by now. Returns how many still wait. */
export function settle(files) {
  waiting = waiting.filter(each => {
    const known = files.filter(file => isOf(each.path, file) && file.sha256 === each.sha256);
    const indexed = known.filter(file => file.state === "indexed");
    const passages = counted(indexed.reduce((sum, file) => sum + file.passages, 0), "passage");
    if (known.some(file => file.inside)) {
      tell(each, `In the index: ${NUMBER.format(indexed.length)} of ${counted(known.length, "file")}, with ${passages}.`);
    } else if (indexed.length) tell(each, `In the index, with ${passages}.`);
    else if (known.length) tell(each, `Not indexed: ${known[0].reason}.`);
    return !known.length;
  });
  return waiting.length;
}

/** Whether what the index says is of a file, or of one that lies in it. */
export function isOf(path, known) {
  return known.path === path || known.inside === path;
}

function row(path) {
  const state = element("p", { class: "hint" }, "Waiting");
  const bar = element("progress", { max: 1, value: 0, "aria-label": `Upload of ${path}` });
  return { state, bar, item: element("li", {}, element("h4", {}, element("bdi", {}, path)), state, bar) };
}

function tell(each, text) {
  each.state.textContent = text;
}

/** Send one file. XMLHttpRequest, since fetch does not tell how far it is. */
function send({ file, path, bar, state }, isTaken, { headers, signal }, inWords) {
  if (file.size > uploads.most_bytes) {
    return Promise.resolve({ fault: `it is larger than ${NUMBER.format(uploads.most_bytes >> 20)} MiB.` });
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
      state.textContent = `Uploading: ${NUMBER.format(Math.round(100 * bar.value))}%`;
    };
    request.upload.onload = () => {
      bar.removeAttribute("value");
      state.textContent = "Being read";
    };
    request.onload = () => {
      const { status, response } = request;
      if (status === 200 || status === 201) resolve(response);
      else if (status === 401) reject(Object.assign(new Error("401"), { status })); // `attempt` signs out
      else resolve({ fault: status < 500 && response?.detail ? `${response.detail}.` : inWords(status, response?.detail) });
    };
    request.onerror = () => resolve({ fault: "the service cannot be reached, or ended the connection." });
    request.onabort = () => reject(new DOMException("signed out", "AbortError"));
    state.textContent = "Uploading";
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function about({ passages, text, left_out: left, facts, members }) {
  const read = members?.filter(member => !member.failure).length ?? 0, unread = (members?.length ?? 0) - read;
  const others = (read ? [`${counted(read, "file")} in it`] : []).concat(unread ? [`${NUMBER.format(unread)} in it not read`] : []);
  if (text === undefined) return others.join(", ");
  const title = facts.title ? `“${facts.title.value}”, ` : "";
  const omitted = left.length ? `, ${counted(left.length, "part")} left out` : "";
  const inside = others.map(each => `, ${each}`).join("");
  return `${title}${counted(text.length, "character")}, ${counted(passages.length, "passage")}${omitted}${inside}`;
}

function counted(number, noun) {
  return `${NUMBER.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}
