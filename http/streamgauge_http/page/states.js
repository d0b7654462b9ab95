// What stands in the place of an answer: it is on its way, it did not come, or it is empty.

import { token } from "./api.js";
import { announceOnce, el, unique } from "./dom.js";

/** While an answer is on its way. */
export function loading(what) {
  return el(
    "div",
    { class: "state loading" },
    el("p", {}, `Loading ${what}`),
    el("div", { class: "bar", "aria-hidden": "true" }),
  );
}

/** An answer that did not come: what is wrong, and what to do. `again` asks once more. */
export function failed(problem, again) {
  announceOnce(`${problem.title}. ${problem.detail ?? ""}`);
  return el(
    "div",
    { class: "state failed", role: "group", "aria-label": "Problem", "data-waits": passes(problem) },
    el("h2", {}, problem.title ?? "Something went wrong"),
    el("p", {}, problem.where ? `${problem.where}: ${problem.message}` : problem.message),
    el("p", { class: "soft" }, advice(problem), passes(problem) ? " This page tries again by itself." : ""),
    problem.wantsToken
      ? tokenForm(() => dispatchEvent(new Event("tokengiven")))
      : el("button", { type: "button", class: "button", on: { click: again } }, "Try again"),
  );
}

const passes = ({ status }) => status === 0 || status === 429 || status >= 500;

function advice(problem) {
  if (problem.wantsToken) {
    return "Whoever runs this service has tokens, or makes one with: streamgauge token create";
  }
  if (problem.status === 503) {
    return "The service is starting, or its database is away. “streamgauge doctor” says what is wrong.";
  }
  if (problem.status === 0) return "Is it running? “streamgauge serve” starts it.";
  if (problem.status === 400) return "Change what is asked, or start over from the overview.";
  if (problem.status === undefined) return "That is a fault of this page. Load it again; if it comes back, please report it.";
  if (problem.status === 404) return "The address may be of something that is gone, or mistyped.";
  return "The service's log says more.";
}

/** A form for a token; `done` is called when there is one. */
export function tokenForm(done) {
  const id = unique("token");
  const field = el("input", {
    id,
    type: "password",
    autocomplete: "off",
    required: true,
    spellcheck: "false",
  });
  const submit = (event) => {
    event.preventDefault();
    token.set(field.value.trim());
    done();
  };
  return el(
    "form",
    { class: "token", on: { submit } },
    el("label", { for: id }, "Token"),
    field,
    el("button", { class: "button primary" }, "Use it"),
    el("p", { class: "soft" }, "It is kept in this tab until you close it."),
  );
}

/** Nothing to show, and what to do about it. */
export function empty(heading, ...more) {
  return el("div", { class: "state" }, el("h2", {}, heading), more);
}

/** The same, of what is looked for again every few seconds. */
export function waiting(heading, ...more) {
  return el("div", { class: "state", "data-waits": true }, el("h2", {}, heading), more);
}

/**
 * Put what `show` makes of what `load` gives into `place`, and meanwhile and instead what there is to say.
 * `show` is given a signal too, which ends with what it shows. When asked `quiet`ly nothing moves, unless there
 * is something new.
 */
export async function into(place, what, { signal, quiet = false }, load, show) {
  if (quiet && !mayMove(place)) return;
  if (!quiet) place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes()) place.replaceChildren(loading(what));
  try {
    const found = await load();
    if (!signal.aborted) news(place, found, { signal, quiet }, show);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    if (quiet && error.status !== undefined) return late(place, error);
    shownIn.delete(place);
    instead(place, failed(error, () => into(place, what, { signal }, load, show)));
    if (error.status === undefined) throw error; // a fault of this page, for the console too
  } finally {
    if (!signal.aborted) place.removeAttribute("aria-busy");
  }
}

const shownIn = new WeakMap();

// Not under who walks along the points of a chart; and what will not pass by itself is not asked again.
function mayMove(place) {
  return !place.querySelector(".points :focus, .failed:not([data-waits])");
}

function news(place, found, { signal, quiet }, show) {
  place.querySelector(":scope > .late")?.remove();
  const before = shownIn.get(place);
  const told = JSON.stringify(found);
  if (quiet && before?.told === told) return;
  before?.ending.abort();
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(), { signal: ending.signal });
  shownIn.set(place, { told, ending });
  exchange(place, [show(found, ending.signal)].flat(3).filter(Boolean));
}

/** Put this in the place of what is there. Who was in it, typing a token, say, is in it again. */
export function instead(place, element) {
  const isIn = place.contains(document.activeElement);
  place.replaceChildren(element);
  if (isIn) element.querySelector("input, button")?.focus({ preventScroll: true });
}

/** What is shown is not of now: who reads it should know. */
function late(place, problem) {
  if (place.querySelector(":scope > .late, .failed")) return;
  place.prepend(el("p", { class: "why late", role: "status" }, `Not up to date. ${problem.title}. ${problem.message}`));
}

const FOCUSABLE = "a, button, input, select, summary, [tabindex]";

/** Exchange what stands in `place`: who had the focus in it keeps it, and what was unfolded is. */
export function exchange(place, nodes) {
  const all = (what) => [...place.querySelectorAll(what)];
  const at = all(FOCUSABLE).indexOf(document.activeElement);
  const open = all("details").map((each) => each.open);
  place.replaceChildren(...nodes);
  all("details").forEach((each, n) => (each.open ||= open[n] ?? false));
  if (at >= 0) all(FOCUSABLE)[at]?.focus({ preventScroll: true });
}
