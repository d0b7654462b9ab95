// What stands in the place of an answer: it is on its way, it did not come, or it is empty.

import { token } from "./api.js";
import { announce, el, unique } from "./dom.js";

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
  announce(`${problem.title}. ${problem.detail ?? ""}`);
  return el(
    "div",
    { class: "state failed", role: "group", "aria-label": "Problem" },
    el("h2", {}, problem.title ?? "Something went wrong"),
    el("p", {}, problem.where ? `${problem.where}: ${problem.message}` : problem.message),
    el("p", { class: "soft" }, advice(problem)),
    problem.wantsToken
      ? tokenForm(again)
      : el("button", { type: "button", class: "button", on: { click: again } }, "Try again"),
  );
}

function advice(problem) {
  if (problem.wantsToken) {
    return "Whoever runs this service has tokens, or makes one with: streamgauge token create";
  }
  if (problem.status === 503) {
    return "The service is starting, or its database is away. “streamgauge doctor” says what is wrong.";
  }
  if (problem.status === 0) return "Is it running? “streamgauge serve” starts it.";
  if (problem.status === 400) return "Change what is asked, or start over from the overview.";
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

/** Put what `load` gives into `place`, and meanwhile and instead what there is to say. */
export async function into(place, what, signal, load) {
  place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes()) place.replaceChildren(loading(what));
  try {
    const found = [await load()].flat(3).filter(Boolean);
    if (!signal.aborted) place.replaceChildren(...found);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    if (error.status === undefined) throw error; // a bug of this page, for the console
    place.replaceChildren(failed(error, () => into(place, what, signal, load)));
  } finally {
    if (!signal.aborted) place.removeAttribute("aria-busy");
  }
}
