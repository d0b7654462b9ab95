// One thing that a number is made of, with the ways on from it.

import { dotted, el } from "./dom.js";
import * as format from "./format.js";
import { onward } from "./question.js";

const IDS = ["deployment", "change", "incident", "failed", "remedy", "artifact", "run"];
const OWN = ["counts", "left_out", "role", "amount", "group", "title", "service", "environment", "kind", "causes"];
// What is above the line of a rate, by what it is a rate of.
const PART = { change_fail_rate: "failed", deployment_rework_rate: "rework" };
const HEADED = ["title", "service", "change", "deployment", "incident", "run"];

/** An item of an `explanation`, which has its unit, its time zone, and reasons for what is left out. */
export function item(given, explanation) {
  const { reasons, tz } = explanation;
  const name = HEADED.map((key) => given[key]).find(Boolean) ?? "Item";
  return el(
    "li",
    { class: given.counts ? "item" : "item out" },
    el("h2", {}, headline(given, name)),
    given.counts ? amount(given, explanation) : null,
    el(
      "p",
      { class: "soft" },
      dotted(name === given.service ? null : given.service, given.environment, given.kind, when(given, tz)),
    ),
    given.counts ? null : why(given, reasons),
    causes(given.causes, tz),
    el("details", {}, el("summary", {}, "More of it"), el("dl", {}, details(given, tz))),
  );
}

function headline(given, name) {
  const id = IDS.map((key) => given[key]).find(Boolean);
  return id ? toLineage(id, name) : name;
}

/** A link to the events that a thing is made of. */
export function toLineage(id, text = id) {
  return el("a", { href: onward(["lineage", id]) }, text);
}

function when(given, tz) {
  const text = given.deployed_at ?? given.finished_at ?? given.detected_at ?? given.at;
  return text ? format.moment(text, tz) : null;
}

function amount({ amount: value, role }, { unit, metric }) {
  if (value === null && !role) return null;
  return el(
    "p",
    { class: "amount" },
    role ? el("span", { class: role === "part" ? "chip parked" : "chip" }, PART[metric] ?? format.plain(role)) : null,
    value === null ? null : format.value(value, unit),
  );
}

function why({ left_out: word }, reasons) {
  return el("p", { class: "why" }, `Left out: ${format.plain(word)}`, reasons[word] ? `, ${reasons[word]}` : "");
}

function details(given, tz) {
  return Object.entries(given)
    .filter(([name, value]) => !OWN.includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => el("div", {}, el("dt", {}, format.title(name)), el("dd", {}, detail(name, value, given, tz))));
}

function detail(name, value, given, tz) {
  if (IDS.includes(name)) return toLineage(value);
  if (name === "commit" && given.repository) return toLineage(`${given.repository}@${value}`, value);
  if (name.endsWith("_at")) return el("time", { datetime: value }, format.moment(value, tz));
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

function causes(found, tz) {
  if (!found?.length) return null;
  return el(
    "ul",
    { class: "causes" },
    found.map((cause) =>
      el(
        "li",
        {},
        `${format.title(cause.rule)}: `,
        ["incident", "remedy", "change"]
          .filter((key) => cause[key])
          .map((key) => toLineage(cause[key], cause.title ?? `${key} ${cause[key]}`)),
        cause.ended_at ? ` until ${format.moment(cause.ended_at, tz)}` : " and is not over",
      ),
    ),
  );
}
