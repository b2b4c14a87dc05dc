// Plots of figures by day: stacked bars and lines, each with a legend in words and the same figures as a table.
import { element, shape } from "/static/nodes.js";
import { number, shortDay, t } from "/static/phrases.js";

const HEIGHT = 220, TOP = 28, BOTTOM = 44, RIGHT = 12;
const DIGIT = 7; // px of one at the ticks' size
const DATE = 44; // px of the longest date
const TICK_APART = 68; // px between two dates
const STYLES = ["first", "second"]; // solid and hatched, or a line and a dashed one; see admin.css

let plots = 0; // made so far; names the patterns

/**
 * Return a figure with a bar for each day, the series on top of each other.
 *
 * days: "YYYY-MM-DD", in order. series: [{name, values}], two at most, a value for each day.
 * axis: what is counted.
 */
export function bars(of) {
  return figure({ ...of, top: Math.max(...of.days.map((_, at) => sum(of.series, at))), draw: drawBars });
}

/** Return a figure with a line for each series; where a value is null it is broken. */
export function lines(of) {
  return figure({ ...of, top: Math.max(0, ...of.series.flatMap(each => each.values)), draw: drawLines });
}

function sum(series, at) {
  return series.reduce((total, each) => total + each.values[at], 0);
}

function figure(of) {
  const id = `plot-${++plots}`;
  const holder = element("div", { class: "drawing" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    holder.replaceChildren(svg(of, id, width));
  }).observe(holder);
  return element("figure", { class: "plot" },
    element("figcaption", { id }, of.title), legend(of, id), holder, table(of, id));
}

function svg(of, id, width) {
  const { step, top } = scale(of.top);
  const left = DIGIT * number(top).length + 14;
  const area = {
    left, right: width - RIGHT, foot: HEIGHT - BOTTOM, band: (width - RIGHT - left) / of.days.length,
    y: value => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP),
    x: at => left + (at + 0.5) * ((width - RIGHT - left) / of.days.length),
  };
  const period = t("{first} to {last}", { first: shortDay(of.days[0]), last: shortDay(of.days.at(-1)) });
  const label = t("{title}, {axis} by day, {period}. The table below has the figures.",
    { title: of.title, axis: of.axis.toLowerCase(), period });
  return shape("svg",
    { role: "img", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-label": label },
    shape("defs", {}, hatch(`${id}-hatch`)),
    ...valueTicks(area, step, top), ...dayTicks(area, of.days),
    shape("text", { class: "axis", x: 0, y: 12 }, of.axis),
    shape("text", { class: "axis", x: (left + width - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" },
      t("Day (UTC)")),
    ...of.draw(of, area, id), ...tips(of, area));
}

/** Return round ticks for values from 0 to a largest one: about four, and never a part of a whole. */
function scale(largest) {
  const rough = Math.max(largest, 1) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough));
  return { step, top: Math.ceil(Math.max(largest, 1) / step) * step };
}

function valueTicks(area, step, top) {
  const ticks = [];
  for (let value = 0; value <= top; value += step) {
    const y = Math.round(area.y(value)) + 0.5;
    ticks.push(shape("line", { class: value ? "grid" : "base", x1: area.left, x2: area.right, y1: y, y2: y }),
      shape("text", { class: "tick", x: area.left - 8, y: y + 4, "text-anchor": "end" }, number(value)));
  }
  return ticks;
}

function dayTicks(area, days) {
  const every = Math.max(1, Math.ceil(TICK_APART / area.band));
  // From the last day backwards: the keeper looks for today.
  return days.flatMap((day, at) => {
    if ((days.length - 1 - at) % every) return [];
    const x = area.x(at);
    return [shape("line", { class: "base", x1: x, x2: x, y1: area.foot, y2: area.foot + 4 }),
      shape("text", { class: "tick", x: Math.min(x, area.right - DATE / 2), y: area.foot + 18,
        "text-anchor": "middle" }, shortDay(day))];
  });
}

function drawBars({ days, series }, area, id) {
  const width = Math.max(1.5, Math.min(28, area.band * 0.75));
  return days.flatMap((_, at) => {
    let below = 0;
    return series.flatMap((each, place) => {
      const foot = area.y(below), head = area.y(below += each.values[at]);
      if (!each.values[at]) return [];
      return [shape("rect", { class: `block ${STYLES[place]}`, x: area.x(at) - width / 2, width, y: head,
        height: foot - head, fill: place ? `url(#${id}-hatch)` : null })];
    });
  });
}

function drawLines({ series }, area) {
  return series.flatMap(({ values }, place) => {
    const path = values.map((value, at) =>
      value === null ? "" : `${(values[at - 1] ?? null) === null ? "M" : "L"}${area.x(at)} ${area.y(value)}`);
    return [shape("path", { class: `line ${STYLES[place]}`, d: path.join("") }),
      ...values.flatMap((value, at) => value === null ? [] : [dot(area.x(at), area.y(value), place)])];
  });
}

function dot(x, y, place) {
  const size = 2.75;
  return place ? shape("rect", { class: "dot second", x: x - size, y: y - size, width: 2 * size, height: 2 * size })
    : shape("circle", { class: "dot first", cx: x, cy: y, r: size });
}

/** Return what the pointer finds over each day. */
function tips({ days, series }, area) {
  return days.map((day, at) => {
    const text = series.map(({ name, values }) => `${name}: ${shown(values[at])}`);
    const x = area.left + at * area.band;
    return shape("rect", { class: "tip", x, width: area.band, y: TOP, height: area.foot - TOP },
      shape("title", {}, [shortDay(day), ...text].join("\n")));
  });
}

function hatch(id) {
  return shape("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    shape("line", { class: "hatch", x1: 1.5, x2: 1.5, y1: 0, y2: 6 }));
}

function legend({ series, draw }, id) {
  return element("ul", { class: "legend" }, ...series.map(({ name }, place) => element("li", {},
    shape("svg", { width: 26, height: 14, "aria-hidden": "true" }, ...(draw === drawLines
      ? [shape("path", { class: `line ${STYLES[place]}`, d: "M1 7H25" }), dot(13, 7, place)]
      : [shape("rect", { class: `block ${STYLES[place]}`, x: 1, y: 1, width: 24, height: 12,
        fill: place ? `url(#${id}-hatch)` : null })])),
    name)));
}

function table({ title, days, series }, id) {
  const columns = [t("Day"), ...series.map(each => each.name)];
  const head = element("tr", {}, ...columns.map(name => element("th", { scope: "col" }, name)));
  const rows = days.map((day, at) => element("tr", {}, element("th", { scope: "row" }, shortDay(day)),
    ...series.map(({ values }) => element("td", {}, shown(values[at])))));
  return element("details", {}, element("summary", {}, t("The figures as a table")),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": id },
      element("table", {}, element("caption", { class: "unseen" }, title),
        element("thead", {}, head), element("tbody", {}, ...rows))));
}

function shown(value) {
  return value === null ? t("none") : number(value);
}
