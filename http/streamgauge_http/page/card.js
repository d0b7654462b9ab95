// A metric at a glance: its value, its band, its trend, and how it went.

import { address } from "./address.js";
import { band } from "./bands.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { reasonOf } from "./nocurve.js";
import { carried } from "./question.js";
import { spark } from "./spark.js";
import { trend } from "./trend.js";

/** The card of one answer of the overview. */
export function card(answer, parameters) {
  const href = address(["metric", answer.metric], carried(parameters));
  return el(
    "li",
    { class: "card" },
    el("h2", {}, el("a", { href, class: "whole", title: answer.description }, answer.title)),
    answer.problem ? el("p", { class: "soft" }, answer.problem) : body(answer),
  );
}

function body(answer) {
  return [
    figure(answer),
    el("p", { class: "verdict" }, band(answer.band, answer.band_note), of(answer)),
    answer.value === null ? el("p", { class: "soft" }, answer.reason) : trend(answer),
    answer.value !== null && answer.buckets.every((bucket) => bucket.value === null)
      ? el("p", { class: "soft" }, `No curve: ${reasonOf(answer)}`)
      : spark(answer.buckets),
  ];
}

/** The value, large, with the words after it. */
export function figure({ value, unit }) {
  const { text, after } = format.told(value, unit);
  const spoken = value === null ? "no value" : null;
  return el(
    "p",
    { class: "value" },
    el("strong", { "aria-label": spoken, role: spoken ? "img" : null }, text),
    after ? el("span", { class: "unit" }, after) : null,
  );
}

/** Of how many things it is made. */
export function of({ n, metric }) {
  const what = THINGS.get(metric);
  return el("span", { class: "soft" }, what ? format.count(n, what) : `of ${format.number(n)}`);
}

const THINGS = new Map([
  ["deployment_frequency", "deployment"],
  ["change_lead_time", "change"],
  ["change_fail_rate", "deployment"],
  ["failed_deployment_recovery_time", "failure"],
  ["deployment_rework_rate", "deployment"],
]);
