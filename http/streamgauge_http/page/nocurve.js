// What to say where no bucket has a value: why, and what would have one.

import { address, changed, here } from "./address.js";
import { el } from "./dom.js";
import { INTERVALS, onward } from "./question.js";
import { empty } from "./states.js";

/** Why there is no curve, in the answer's own words: those of a bucket that holds something, if one does. */
export function reasonOf({ buckets, reason }) {
  const told = buckets.find((bucket) => bucket.n > 0) ?? buckets[0];
  return told?.reason ?? reason ?? "none of its buckets has a value";
}

/** In place of the curve of a metric. */
export function noCurve(answer, parameters) {
  const { interval, buckets } = answer;
  const longer = INTERVALS[INTERVALS.indexOf(interval) + 1];
  const helps = longer && buckets.some((bucket) => bucket.n > 0);
  return empty(
    `No curve by ${interval}`,
    el("p", {}, helps ? `Of each ${interval}: ${reasonOf(answer)}.` : `${sentence(reasonOf(answer))}.`),
    helps ? by(longer, parameters) : other(),
  );
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function by(interval, parameters) {
  const href = address(here().parts, changed(parameters, { interval }));
  return el("p", {}, el("a", { href }, `Show it by ${interval}`));
}

function other() {
  return el(
    "p",
    {},
    "Pick a longer range, or fewer filters. What comes in is to be seen in ",
    el("a", { href: onward(["live"]) }, "Live"),
    ", and what could not be handled in ",
    el("a", { href: onward(["stages"]) }, "Stages"),
    ".",
  );
}
