// Makes elements. What events hold goes in as text: nothing here takes markup.

const SVG = "http://www.w3.org/2000/svg";

// They turn the text around them about, or cannot be seen at all: a name could pass for another.
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const SPOKEN = ["aria-label", "title"];

/** A text with its control characters spelled out. */
export function clear(text) {
  return String(text).replace(HIDDEN, (each) => `\\u${each.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** Texts with dots between them. Each by itself: one that is written from right to left moves no other. */
export function dotted(...texts) {
  const given = texts.filter(Boolean);
  return given.map((text, place) => [place ? " · " : null, el("bdi", {}, text)]);
}

/** An element: el("a", {href, class, on: {click}}, "text", child, ...). False and null are left out. */
export function el(tag, properties = {}, ...children) {
  return made(document.createElement(tag), properties, children);
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  return made(document.createElementNS(SVG, tag), properties, children);
}

function made(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") listen(element, value);
    else if (name === "style") styled(element, value);
    else if (SPOKEN.includes(name)) element.setAttribute(name, clear(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shown(children));
  return element;
}

function listen(element, handlers) {
  for (const [name, handler] of Object.entries(handlers)) element.addEventListener(name, handler);
}

// By the CSSOM: a style attribute is what the Content-Security-Policy forbids.
function styled(element, rules) {
  for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value);
}

function shown(children) {
  return children
    .flat(4)
    .filter((each) => each !== null && each !== undefined && each !== false)
    .map((each) => (each instanceof Node ? each : clear(each)));
}

/** Put these in the place of what is there. */
export function fill(element, ...children) {
  element.replaceChildren(...shown(children));
  return element;
}

/** Words for a screen reader only. */
export function unseen(text) {
  return el("span", { class: "unseen" }, text);
}

let status;

/** Tell a screen reader what has changed. */
export function announce(text) {
  status ??= document.getElementById("status");
  status.textContent = clear(text);
}

/** The same, of what may be found again and again: it is told once. */
export function announceOnce(text) {
  if (status?.textContent !== clear(text)) announce(text);
}

/** A name that no other element has. */
export const unique = (
  (count) => (name) =>
    `${name}-${(count += 1)}`
)(0);
