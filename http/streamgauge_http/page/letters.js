// Dead letters: what could not be handled, why, and what can be done about it.

import { change } from "./address.js";
import { get, pathOf, post } from "./api.js";
import { attempt } from "./attempt.js";
import { announce, dotted, el, fill, unique } from "./dom.js";
import * as format from "./format.js";
import { json } from "./json.js";
import { empty, into } from "./states.js";

const STATES = ["parked", "blocking", "waiting", "queued", "skipped", "done"];
const LIMIT = 50;
const MOST = 1000;
const MOVING = ["queued", "waiting", "blocking"];

/** The section with its filter and its list. */
export function letters() {
  const id = unique("state");
  const picked = () => change({ state: select.value || null }, { replace: true });
  const options = [["", "Open"], ...STATES.map((state) => [state, format.title(state)])];
  const select = el("select", { id, on: { change: picked } }, options.map(([value, text]) => el("option", { value }, text)));
  const place = el("div", {});
  const list = el("ol", { class: "letters" });
  const heading = el("h2", { id: "letters", tabindex: "-1" }, "Dead letters");
  const element = el(
    "section",
    { "aria-labelledby": "letters" },
    el("div", { class: "heading" }, heading, el("div", { class: "field" }, el("label", { for: id }, "State"), select)),
    place,
  );
  return { element, update, isMoving };

  async function update({ parameters, signal, tz, quiet = false }) {
    const state = parameters.get("state") ?? "";
    select.value = STATES.includes(state) ? state : "";
    const again = () => update({ parameters, signal, tz, quiet: true });
    const load = () => {
      const limit = Math.min(MOST, Math.max(LIMIT, list.childElementCount));
      return get("/v1/dead-letters", new URLSearchParams({ limit, ...(state ? { state } : {}) }), signal);
    };
    await into(place, "dead letters", { signal, quiet }, load, (found) => {
      const focused = standing(list);
      const nodes = shown(found, list, { tz, again, signal, state });
      // Once they are in the document: what is not there cannot have the focus.
      queueMicrotask(() => focused && stand(list, heading, focused));
      return nodes;
    });
  }

  /** Whether one of them will not stay as it is. */
  function isMoving() {
    return MOVING.some((state) => list.querySelector(`:scope > [data-state="${state}"]`));
  }
}

function shown(found, list, context) {
  const before = new Map([...list.children].map((each) => [each.dataset.id, each]));
  const made = found.items.map((each) => {
    const old = before.get(each.id);
    return old && toldOf.get(old) === JSON.stringify(each) ? old : letter(each, context);
  });
  fill(list, made);
  if (made.length > 0) return [list, more(found.next, list, context)];
  if (context.state) return empty(`None is ${context.state}`);
  return empty("No dead letters", el("p", {}, "Whatever came in could be handled."));
}

/** Which button of which letter has the focus. */
function standing(list) {
  const button = document.activeElement;
  const at = [...list.children].findIndex((each) => each.contains(button));
  if (at < 0) return null;
  return { at, id: list.children[at].dataset.id, text: button.textContent };
}

/** Give it back: to the same button, else to the letter that stands there now, else to the heading. */
function stand(list, heading, { at, id, text }) {
  const same = [...list.children].find((each) => each.dataset.id === id);
  const letter = same ?? list.children[Math.min(at, list.childElementCount - 1)];
  const buttons = [...(letter?.querySelectorAll("button") ?? [])];
  const button = buttons.find((each) => same && each.textContent === text) ?? buttons[0];
  (button ?? heading).focus({ preventScroll: true });
}

function more(next, list, context) {
  if (!next) return null;
  const load = async () => {
    const last = list.lastElementChild;
    const found = await get(next, null, context.signal);
    list.append(...found.items.map((each) => letter(each, context)));
    button.replaceWith(...[more(found.next, list, context)].filter(Boolean));
    last.nextElementSibling?.querySelector("button")?.focus({ preventScroll: true });
  };
  const button = el("button", { type: "button", class: "button", on: { click: () => attempt(button, load) } }, "More");
  return button;
}

// What each letter's element says.
const toldOf = new WeakMap();

function letter(given, context) {
  const place = el("div", {});
  const element = el(
    "li",
    { class: "letter", "data-id": given.id, "data-state": given.state },
    el("h3", {}, given.event_type ?? "An event", " ", el("span", { class: `chip ${given.state}` }, given.state)),
    el("p", { class: "why" }, given.reason),
    el(
      "p",
      { class: "soft" },
      dotted(
        `${given.handler}${given.handler_version ? ` ${given.handler_version}` : ""} in ${format.plain(given.stage)}`,
        `position ${format.number(given.position)}`,
        format.count(given.attempts, "attempt"),
        el("time", { datetime: given.changed_at }, format.moment(given.changed_at, context.tz)),
        `${given.event_source} ${given.event_id}`,
      ),
    ),
    el("div", { class: "actions" }, actions(given, context), whole(given, place, context)),
    place,
  );
  toldOf.set(element, JSON.stringify(given));
  return element;
}

function actions(given, context) {
  if (given.state === "done") return null;
  return [
    el("button", { type: "button", class: "button primary", on: { click: (e) => act(e, given, "retry", context) } }, "Retry"),
    given.state === "skipped" ? null : skip(given, context),
  ];
}

// To give up on an event takes two presses: it may be the only one that told of a deployment.
function skip(given, context) {
  const click = (event) => {
    if (button.dataset.sure) return act(event, given, "skip", context);
    button.dataset.sure = "yes";
    button.textContent = "Skip it for good?";
    return announce("Press again to skip it for good");
  };
  const calm = () => {
    delete button.dataset.sure;
    button.textContent = "Skip";
  };
  const button = el("button", { type: "button", class: "button", on: { click, blur: calm } }, "Skip");
  return button;
}

function act(event, given, action, context) {
  return attempt(event.currentTarget, async () => {
    await post(pathOf("/v1/dead-letters", given.id, action));
    announce(action === "retry" ? "It is tried again" : "It is skipped");
    await context.again();
  });
}

function whole(given, place, { signal }) {
  const show = async () => {
    const found = await get(pathOf("/v1/dead-letters", given.id), null, signal);
    place.replaceChildren(
      found.event ? json("The event", found.event, { open: true }) : el("p", {}, "Its log is gone."),
    );
  };
  const click = (event) => attempt(event.currentTarget, show);
  return el("button", { type: "button", class: "button", on: { click } }, "Show the event");
}
