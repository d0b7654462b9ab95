// What is asked, to be picked: the range, the buckets, filters, a definition, a time zone.

import { change } from "./address.js";
import { el, fill, unique } from "./dom.js";
import * as ask from "./question.js";

const ALL = {
  service: "All services",
  environment: "All environments",
  team: "All teams",
  definition: "As configured",
};

/** Pickers of these names; `show` brings them up to the parameters and the choices there are. */
export function pickers(names) {
  const found = names.map((name) => MADE[name](name));
  const summary = el("summary", {}, "Range and filters");
  const element = el(
    "details",
    { class: "pickers", open: matchMedia("(min-width: 45rem)").matches },
    summary,
    el("form", { "aria-label": "Range and filters", on: { submit: (e) => e.preventDefault() } }, found.map((each) => each.element)),
  );
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open || event.target === summary) return;
    element.open = matchMedia("(min-width: 45rem)").matches;
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
  const range = days ? `last ${ask.RANGES[days]}` : `${start} to ${ask.shifted(end.slice(0, 10), -1)}`;
  const filters = ask.FILTERS.flatMap((name) => parameters.getAll(name));
  return [range, `by ${parameters.get("interval") ?? "week"}`, ...filters].join(" · ");
}

function labelled(text, id, ...fields) {
  return el("div", { class: "field" }, el("label", { for: id }, text), fields);
}

function select(text, options, picked) {
  const id = unique("picker");
  const element = el("select", { id, on: { change: () => picked(element.value) } });
  const show = (now, given = options) => {
    fill(element, given.map(([value, label]) => el("option", { value, selected: value === now }, label)));
    element.value = now;
  };
  return { element: labelled(text, id, element), select: element, show };
}

function range() {
  const options = Object.entries(ask.RANGES).map(([days, label]) => [days, `Last ${label}`]);
  const picked = (value) => {
    if (value !== "own") return change({ days: value, from: null, to: null });
    const { start, end } = ask.range(new URLSearchParams(location.hash.split("?")[1] ?? ""));
    return change({ days: null, from: start.slice(0, 10), to: end.slice(0, 10) });
  };
  const { element, show } = select("Range", [...options, ["own", "From … to …"]], picked);
  const first = date("First day", (value) => change({ from: value }));
  const last = date("Last day", (value) => change({ to: ask.shifted(value, 1) }));
  const own = el("div", { class: "own" }, first.element, last.element);
  return {
    element: [element, own],
    show(parameters) {
      const days = ask.days(parameters);
      const { start, end } = ask.range(parameters);
      show(days ?? "own");
      own.hidden = days !== null;
      first.field.value = start.slice(0, 10);
      last.field.value = ask.shifted(end.slice(0, 10), end.length > 10 ? 0 : -1);
    },
  };
}

function date(text, picked) {
  const id = unique("picker");
  const changed = () => field.value && picked(field.value);
  const field = el("input", { id, type: "date", on: { change: changed } });
  return { element: labelled(text, id, field), field };
}

function interval() {
  const options = ask.INTERVALS.map((name) => [name, name.charAt(0).toUpperCase() + name.slice(1)]);
  const { element, show } = select("Buckets", options, (value) => change({ interval: value }));
  return { element, show: (parameters) => show(parameters.get("interval") ?? "week") };
}

function choice(name) {
  const { element, show } = select(labelOf(name), [], (value) => change({ [name]: value || null }));
  return {
    element,
    show(parameters, choices) {
      const now = parameters.get(name) ?? "";
      const values = new Set([...(choices[name] ?? []), ...(now ? [now] : [])]);
      const options = [...values].sort().map((value) => [value, value]);
      show(now, [["", ALL[name]], ...options]);
      element.hidden = name === "team" && options.length === 0;
    },
  };
}

function labelOf(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function timeZone() {
  const [id, list] = [unique("picker"), unique("zones")];
  const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
  const options = ["UTC", ...zones].map((value) => el("option", { value }));
  const changed = () => field.value && change({ tz: field.value });
  const field = el("input", { id, list, autocomplete: "off", on: { change: changed } });
  return {
    element: labelled("Time zone", id, field, el("datalist", { id: list }, options)),
    show: (parameters) => (field.value = ask.zone(parameters)),
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
