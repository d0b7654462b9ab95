// What is asked, to be picked: the range, the buckets, filters, a definition, a time zone.

import { change, here } from "./address.js";
import { choice, clearable } from "./choice.js";
import { el, fill, unique } from "./dom.js";
import { labelled, put, select } from "./fields.js";
import * as ask from "./question.js";

const wide = matchMedia("(min-width: 45rem)");

// Where there is room nothing is folded away: a phone may be turned, a window widened.
wide.addEventListener("change", () => {
  for (const each of document.querySelectorAll(".pickers")) each.open = wide.matches;
});

/** Pickers of these names; `show` brings them up to the parameters and the choices there are. */
export function pickers(names) {
  const found = [...names.map((name) => MADE[name](name)), clearable(names)];
  const summary = el("summary", {}, "Range and filters");
  const element = el(
    "details",
    { class: "pickers", open: wide.matches },
    summary,
    el("form", { "aria-label": "Range and filters", on: { submit: (e) => e.preventDefault() } }, found.map((each) => each.element)),
  );
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open || event.target === summary) return;
    element.open = wide.matches;
    summary.focus();
  });
  const show = (parameters, choices) => {
    for (const each of found) each.show(parameters, choices ?? {});
    fill(summary, summed(parameters));
  };
  return { element, show };
}

/** What is picked, in a line, for where there is no room to show it all. */
function summed(parameters) {
  const days = ask.days(parameters);
  const { start, end } = ask.range(parameters);
  const range = days ? `last ${ask.daysTitle(days)}` : `${start} to ${ask.shifted(end.slice(0, 10), -1)}`;
  const named = ask.FILTERS.filter((name) => name !== "tier").flatMap((name) => parameters.getAll(name));
  const tiers = ask.isEveryTier(parameters) ? ["all environments"] : parameters.getAll("tier");
  return [range, `by ${parameters.get("interval") ?? "week"}`, ...named, ...tiers].join(" · ");
}

function range() {
  const own = ["own", "From … to …"];
  const now = () => ask.range(here().parameters);
  const picked = (value) => {
    if (value !== "own") return change({ days: value, from: null, to: null });
    const { start, end } = now();
    return change({ days: null, from: start.slice(0, 10), to: end.slice(0, 10) });
  };
  const { element, show } = select("Range", [], picked);
  // A range has a day at least: the other end goes along with the one that is moved past it.
  const first = date("First day", (value) => {
    const after = ask.shifted(value, 1);
    change({ from: value, to: after > now().end ? after : now().end }, { replace: true });
  });
  const last = date("Last day", (value) => {
    change({ from: value < now().start ? value : now().start, to: ask.shifted(value, 1) }, { replace: true });
  });
  const dates = el("div", { class: "own" }, first.element, last.element);
  return {
    element: [element, dates],
    show(parameters) {
      const days = ask.days(parameters);
      const { start, end } = ask.range(parameters);
      const counts = new Set([...Object.keys(ask.RANGES), ...(days ? [days] : [])]);
      show(days ?? "own", [...[...counts].map((each) => [each, `Last ${ask.daysTitle(each)}`]), own]);
      dates.hidden = days !== null;
      put(first.field, start.slice(0, 10));
      put(last.field, ask.shifted(end.slice(0, 10), end.length > 10 ? 0 : -1));
    },
  };
}

/** A day. While its year is being typed it is one of the first century: nobody means that. */
function date(text, picked) {
  const id = unique("picker");
  const changed = () => field.value && field.validity.valid && picked(field.value);
  const field = el("input", { id, type: "date", min: "1970-01-01", max: "2999-12-31", on: { change: changed } });
  return { element: labelled(text, id, field), field };
}

function interval() {
  const options = ask.INTERVALS.map((name) => [name, name.charAt(0).toUpperCase() + name.slice(1)]);
  const { element, show } = select("Buckets", options, (value) => change({ interval: value }));
  return { element, show: (parameters) => show(parameters.get("interval") ?? "week") };
}

function timeZone() {
  const [id, list] = [unique("picker"), unique("zones")];
  const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
  const options = ["UTC", ...zones].map((value) => el("option", { value }));
  const changed = () => field.value && change({ tz: field.value });
  const field = el("input", { id, list, autocomplete: "off", on: { change: changed } });
  return {
    element: labelled("Time zone", id, field, el("datalist", { id: list }, options)),
    show: (parameters) => put(field, ask.zone(parameters)),
  };
}

const MADE = {
  range,
  interval,
  service: choice,
  environment: choice,
  team: choice,
  definition: choice,
  tz: timeZone,
};
