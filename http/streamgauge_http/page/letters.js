// Dead letters: what could not be handled, why, and what can be done about it.

import { change } from "./address.js";
import { get, post } from "./api.js";
import { askForToken } from "./dialog.js";
import { announce, el, unique } from "./dom.js";
import * as format from "./format.js";
import { json } from "./json.js";
import { empty, into } from "./states.js";

const STATES = ["parked", "blocking", "waiting", "queued", "skipped", "done"];
const LIMIT = 50;

/** The section with its filter and its list. */
export function letters() {
  const id = unique("state");
  const picked = () => change({ state: select.value || null }, { replace: true });
  const options = [["", "Open"], ...STATES.map((state) => [state, format.title(state)])];
  const select = el("select", { id, on: { change: picked } }, options.map(([value, text]) => el("option", { value }, text)));
  const place = el("div", {});
  const element = el(
    "section",
    { "aria-labelledby": "letters" },
    el(
      "div",
      { class: "heading" },
      el("h2", { id: "letters" }, "Dead letters"),
      el("div", { class: "field" }, el("label", { for: id }, "State"), select),
    ),
    place,
  );
  return { element, update };

  async function update({ parameters, signal, tz }) {
    const state = parameters.get("state") ?? "";
    select.value = state;
    const again = () => update({ parameters, signal, tz });
    await into(place, "dead letters", signal, async () => {
      const asked = new URLSearchParams({ limit: LIMIT, ...(state ? { state } : {}) });
      return shown(await get("/v1/dead-letters", asked, signal), { tz, again, signal, state });
    });
  }
}

function shown(found, context) {
  if (found.items.length === 0) {
    return empty(
      context.state ? `Nothing is ${context.state}` : "No dead letters",
      el("p", {}, "Whatever came in could be handled."),
    );
  }
  const list = el("ol", { class: "letters" }, found.items.map((each) => letter(each, context)));
  return [list, more(found.next, list, context)];
}

function more(next, list, context) {
  if (!next) return null;
  const load = async () => {
    const found = await get(next, null, context.signal);
    list.append(...found.items.map((each) => letter(each, context)));
    button.replaceWith(...[more(found.next, list, context)].filter(Boolean));
  };
  const button = el("button", { type: "button", class: "button", on: { click: load } }, "More");
  return button;
}

function letter(given, context) {
  const place = el("div", {});
  return el(
    "li",
    { class: "letter" },
    el("h3", {}, given.event_type ?? "An event", " ", el("span", { class: `chip ${given.state}` }, given.state)),
    el("p", { class: "why" }, given.reason),
    el(
      "p",
      { class: "soft" },
      `${given.handler}${given.handler_version ? ` ${given.handler_version}` : ""} in ${format.plain(given.stage)}`,
      ` · position ${format.number(given.position)} · ${format.count(given.attempts, "attempt")} · `,
      el("time", { datetime: given.changed_at }, format.moment(given.changed_at, context.tz)),
      ` · ${given.event_source} ${given.event_id}`,
    ),
    el("div", { class: "actions" }, actions(given, context), whole(given, place, context)),
    place,
  );
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

async function act(event, given, action, context) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await post(`/v1/dead-letters/${encodeURIComponent(given.id)}/${action}`);
    announce(action === "retry" ? "It is tried again" : "It is skipped");
    await context.again();
  } catch (problem) {
    button.disabled = false;
    if (problem.status === undefined) throw problem;
    if (problem.wantsToken) askForToken(problem, () => button.click());
    else button.closest("li").append(el("p", { class: "why", role: "alert" }, problem.message));
  }
}

function whole(given, place, { signal }) {
  const show = async () => {
    const found = await get(`/v1/dead-letters/${encodeURIComponent(given.id)}`, null, signal);
    place.replaceChildren(
      found.event ? json("The event", found.event, { open: true }) : el("p", {}, "Its log is gone."),
    );
  };
  return el("button", { type: "button", class: "button", on: { click: show } }, "Show the event");
}
