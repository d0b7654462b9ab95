// Makes elements. What events hold goes in as text: nothing here takes markup.

const SVG = "http://www.w3.org/2000/svg";

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
  return children.flat(3).filter((each) => each !== null && each !== undefined && each !== false);
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
  status.textContent = text;
}

/** A name that no other element has. */
export const unique = (
  (count) => (name) =>
    `${name}-${(count += 1)}`
)(0);
