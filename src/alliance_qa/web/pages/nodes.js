// Makes elements. Children that are strings become text, whatever they hold.
const SVG = "http://www.w3.org/2000/svg";

/** Return an HTML element with attributes; null and false leave one out, true sets it empty. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return an SVG element, likewise. */
export function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Return copies of all that is in an element. */
export function copies(node) {
  return [...node.cloneNode(true).childNodes];
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(child => child !== null));
  return node;
}
