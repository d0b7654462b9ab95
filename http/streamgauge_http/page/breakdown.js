// The same metrics by service, by environment, by team: a table.

import { get, pathOf } from "./api.js";
import { address, change, changed } from "./address.js";
import { band } from "./bands.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { TIERS, carried, question } from "./question.js";
import { empty, into } from "./states.js";
import { row, scrolling } from "./table.js";
import { trend } from "./trend.js";

const DIMENSIONS = ["service", "environment", "team"];

/** The section with its switch and its table. */
export function breakdown() {
  const buttons = DIMENSIONS.map((name) =>
    el("button", { type: "button", on: { click: () => change({ by: name }, { replace: true }) } }, format.title(name)),
  );
  const place = el("div", { class: "breakdown" });
  const element = el(
    "section",
    { "aria-labelledby": "breakdown" },
    el(
      "div",
      { class: "heading" },
      el("h2", { id: "breakdown" }, "Side by side"),
      el("div", { class: "segments", role: "group", "aria-label": "By what" }, buttons),
    ),
    place,
  );
  return { element, update };

  async function update({ parameters, signal, quiet, metrics }) {
    const by = DIMENSIONS.includes(parameters.get("by")) ? parameters.get("by") : "service";
    buttons.forEach((button, n) => button.setAttribute("aria-pressed", String(DIMENSIONS[n] === by)));
    const asked = metrics.filter((metric) => !metric.problem);
    const each = ({ metric }) => get(pathOf("/v1/metrics", metric), grouped(parameters, by), signal);
    const load = () => Promise.all(asked.map(each));
    await into(place, `each ${by}`, { signal, quiet }, load, (found) => table(by, asked, found, parameters));
  }
}

function grouped(parameters, by) {
  const asked = question(parameters, { group_by: by, interval: "all" });
  // Without a tier only production counts, and all other environments would be empty rows.
  const named = parameters.has("environment") || parameters.has("tier");
  return by === "environment" && !named ? changed(asked, { tier: TIERS }) : asked;
}

function table(by, metrics, answers, parameters) {
  const names = [...new Set(answers.flatMap((each) => each.groups.map((group) => group[by])))];
  if (names.every((name) => name === null)) return nothing(by);
  const rows = names
    .map((name) => ({ name, groups: answers.map((each) => each.groups.find((g) => g[by] === name)) }))
    .sort((one, other) => (other.groups[0]?.n ?? 0) - (one.groups[0]?.n ?? 0))
    .map(({ name, groups }) => row(heading(by, name, parameters), groups.map((g, n) => cell(g, answers[n], metrics[n]))));
  const caption = `The metrics by ${by}`;
  return scrolling(caption, [format.title(by), ...metrics.map((m) => m.title)], rows, { class: "wide" });
}

function heading(by, name, parameters) {
  if (name === null) return el("span", { class: "soft" }, `no ${by} named`);
  const filtered = changed(carried(parameters), { [by]: name });
  return el("a", { href: address([], filtered) }, name);
}

function cell(group, { unit }, { better }) {
  if (!group || group.value === null) {
    return el("span", { class: "soft", title: group?.reason }, "–");
  }
  return [
    el("span", { class: "figure" }, format.value(group.value, unit)),
    " ",
    band(group.band, group.band_note),
    group.previous?.value === null ? null : trend({ ...group, unit, better }),
  ];
}

function nothing(by) {
  if (by !== "team") return empty(`No ${by} in this range`);
  return empty(
    "No teams yet",
    el("p", {}, "Which services are whose stands in a TOML file, which the setting ", el("code", {}, "teams"), " names:"),
    el("pre", { tabindex: "0", "aria-label": "Example" }, '[[team]]\nname = "Passengers"\nservices = ["shop", "bookings"]'),
  );
}

