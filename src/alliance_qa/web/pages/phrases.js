// The words of the keeper's page in its language: the page carries the Japanese ones (keeper.py) by their English.
import { element } from "/static/nodes.js";

const LANG = document.documentElement.lang;
const LOCALE = LANG === "en" ? "en-GB" : LANG;
const carried = JSON.parse(document.getElementById("phrases")?.content.textContent ?? "{}");
const PHRASES = new Map(Object.entries(carried.phrases ?? {}));
const PLACES = (carried.places ?? []).map(([pattern, said]) => [new RegExp(`^(?:${pattern})$`), said]);

const NUMBER = new Intl.NumberFormat(LOCALE);
const PERCENT = new Intl.NumberFormat(LOCALE, { style: "percent" });
const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const MONTH = LANG === "ja" ? "numeric" : "short"; // 11月24日 is wider than a plot has room for
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: MONTH, timeZone: "UTC" });

export const number = value => NUMBER.format(value);
export const percent = share => PERCENT.format(share);

/** Return an instant as it is read: "24 Nov 2026, 09:30 UTC". */
export const moment = text => `${MOMENT.format(new Date(text))} UTC`;

/** Return a day as it is read: "24 Nov", "11/24". */
export const shortDay = day => DAY.format(new Date(`${day}T00:00Z`));

/** Return a phrase of ours with its braces filled, as a list for `append`: what is an element stays one. */
export function parts(english, values = {}) {
  return (PHRASES.get(english) ?? english).split(/\{(\w+)\}/).map((part, at) => at % 2 ? values[part] : part);
}

/** Return a phrase of ours as text. */
export function t(english, values) {
  return parts(english, values).join("");
}

/** Return how many there are of something, by a phrase for one and a phrase for any other number. */
export function counted(n, one, other) {
  return t(n === 1 ? one : other, { n: number(n) });
}

/** Return a list in words. */
export function listed(entries) {
  return entries.join(t(", "));
}

/** Return a name that the service has for something of a kind; one that is not known as the service says it. */
export function named(kind, name) {
  return PHRASES.get(`${kind}: ${name}`) ?? name;
}

/** Return what the service says in English, marked as that. */
export function english(text) {
  return element("span", { lang: LANG === "en" ? null : "en" }, text);
}

/** Return where in a file something stands; what is not known here in English. */
export function place(locator) {
  const [pattern, said] = PLACES.find(known => known[0].test(locator)) ?? [];
  return pattern ? locator.replace(pattern, said) : english(locator);
}

/** Return an address of ours that keeps the language where the keeper chose it, as `Shell.link` does. */
export function link(address) {
  if (new URLSearchParams(location.search).get("lang") !== LANG) return address;
  const kept = new URL(address, location.href);
  kept.searchParams.set("lang", LANG);
  return kept.href;
}
