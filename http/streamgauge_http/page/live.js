// Live: events as they come in.

import { change } from "./address.js";
import { get } from "./api.js";
import { showEvent } from "./dialog.js";
import { announce, dotted, el, fill, unique } from "./dom.js";
import { follow } from "./feed.js";
import * as format from "./format.js";
import { toLineage } from "./item.js";
import { zone } from "./question.js";
import { failed } from "./states.js";

const LOGS = { cloudevents: "CloudEvents", cdevents: "CDEvents" };
const SEED = 25;
// How far back is looked for what passes the filters.
const PAGE = 200;
const PAGES = 10;
const MOST = 300;

/** Open the view. The parameters are `log`, and parts of a `type` and a `source` to filter by. */
export function open(main) {
  const tabs = Object.entries(LOGS).map(([log, name]) =>
    el("button", { type: "button", value: log, on: { click: () => change({ log }) } }, name),
  );
  const type = filter("Type", "type");
  const source = filter("Source", "source");
  const pause = el("button", { type: "button", class: "button", "aria-pressed": "false" }, "Pause");
  const state = el("p", { class: "soft", role: "status" });
  const list = el("ol", { class: "live" });
  const place = el("div", {});
  fill(
    main,
    el("h1", { tabindex: "-1" }, "Live"),
    el("p", { class: "lead" }, "What comes in, as it comes: what tools send, and the CDEvents made of it."),
    el(
      "div",
      { class: "heading start" },
      el("div", { class: "segments", role: "group", "aria-label": "Log" }, tabs),
      type.element,
      source.element,
      pause,
    ),
    state,
    place,
    list,
  );
  let shown = null;
  pause.addEventListener("click", () => shown?.pause());
  return { title: "Live", update };

  async function update({ parameters, signal, quiet }) {
    if (quiet && !place.hasChildNodes()) return; // the feed sees to itself
    const log = Object.hasOwn(LOGS, parameters.get("log")) ? parameters.get("log") : "cloudevents";
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.value === log)));
    type.show(parameters);
    source.show(parameters);
    fill(list);
    fill(place);
    shown = viewer({ list, pause, state, parameters });
    const again = () => update({ parameters, signal });
    try {
      const { found, last } = await seed(log, parameters, signal);
      for (const each of found.reverse()) shown.tell(each);
      await follow(wanted(log, parameters), String(last), { ...shown, signal });
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      if (error.status === undefined) throw error;
      fill(place, failed(error, again));
    }
  }
}

function filter(text, name) {
  const id = unique("filter");
  const changed = () => change({ [name]: field.value.trim() || null }, { replace: true });
  const field = el("input", { id, type: "search", autocomplete: "off", spellcheck: "false", placeholder: "any", on: { change: changed } });
  return {
    element: el("div", { class: "field" }, el("label", { for: id }, text), field),
    show: (parameters) => (field.value = parameters.get(name) ?? ""),
  };
}

/** The newest events of the log that pass the filters, the newest first, and the log's last position. */
async function seed(log, parameters, signal) {
  const isFiltered = parameters.get("type") || parameters.get("source");
  const asked = new URLSearchParams({ order: "desc", limit: isFiltered ? PAGE : SEED });
  let page = await get(`/v1/events/${log}`, asked, signal);
  const last = page.items[0]?.position ?? 0;
  const found = page.items.filter((each) => passes(each, parameters));
  for (let pages = 1; isFiltered && found.length < SEED && page.next && pages < PAGES; pages += 1) {
    page = await get(page.next, null, signal);
    found.push(...page.items.filter((each) => passes(each, parameters)));
  }
  return { found: found.slice(0, SEED), last };
}

/** The feed's parameters: the service sends only what passes. */
function wanted(log, parameters) {
  const found = new URLSearchParams({ log });
  for (const name of ["type", "source"]) {
    if (parameters.get(name)) found.set(name, pattern(parameters.get(name)));
  }
  return found;
}

/** What is typed without a star may stand anywhere. */
const pattern = (text) => (text.includes("*") ? text : `*${text}*`);

function matches(value, text) {
  if (!text) return true;
  const parts = pattern(text).split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(value);
}

function passes({ event }, parameters) {
  return ["type", "source"].every((name) => matches(heading(event)[name], parameters.get(name)));
}

/** Type, source, id and subject: of a CDEvent they stand in its context. */
function heading(event) {
  const { type, source, id } = event.context ?? event;
  return { type, source, id, subject: event.context ? event.subject?.id : event.subject };
}

function standingOf(parameters) {
  if (!parameters.get("type") && !parameters.get("source")) return " Nothing has come yet: point a tool at this service.";
  return ` None of the newest ${format.number(PAGE * PAGES)} events passes: shorten the filter, or wait.`;
}

/** Shows events that pass the filters, the newest first, or keeps them back while it is paused. */
function viewer({ list, pause, state, parameters }) {
  const tz = zone(parameters);
  const kept = [];
  let paused = false;
  let standing = "Connecting";
  const add = (found) => {
    list.prepend(row(found, tz));
    while (list.childElementCount > MOST) list.lastElementChild.remove();
  };
  const told = () => {
    const count = list.childElementCount ? "" : standingOf(parameters);
    state.textContent = paused ? `Paused. ${format.count(kept.length, "event")} kept back.` : `${standing}.${count}`;
  };
  const show = () => {
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    told();
  };
  show();
  return {
    tell(found) {
      if (!passes(found, parameters)) return;
      if (paused) kept.push(found);
      else add(found);
      told();
    },
    say(text) {
      standing = text === "connected" ? "Connected: new events appear here" : text;
      told();
    },
    pause() {
      paused = !paused;
      if (!paused) kept.splice(0).forEach(add);
      show();
      announce(paused ? "Paused" : "Going on");
    },
  };
}

function row({ position, id, recorded_at: recorded, event }, tz) {
  const about = heading(event);
  const open = () =>
    showEvent(
      about.type,
      [
        ["Source", about.source],
        ["Id", about.id],
        ["Subject", about.subject ?? "–"],
        ["Position", format.number(position)],
        ["Recorded", format.moment(recorded, tz)],
        ["Lineage", toLineage(id)],
      ],
      event,
    );
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "line", on: { click: open } },
      el("time", { datetime: recorded }, format.moment(recorded, tz, "second")),
      el("span", { class: "type" }, about.type),
      el("span", { class: "soft" }, dotted(about.source, about.subject)),
      el("span", { class: "soft position" }, format.number(position)),
    ),
  );
}

