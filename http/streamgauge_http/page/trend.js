// How a value stands beside that of the range before.

import { el, unseen } from "./dom.js";
import * as format from "./format.js";

/** The trend of an answer: which way it went, whether that is good news, and what it was before. */
export function trend(answer) {
  const { previous, value, unit, better } = answer;
  if (!previous || previous.value === null || value === null || value === undefined) {
    const none = previous && previous.value === null && value !== null;
    return el("p", { class: "trend" }, none ? "nothing to compare with before" : "");
  }
  const before = format.value(previous.value, unit);
  if (format.value(value, unit) === before) {
    return el("p", { class: "trend" }, "as in the range before");
  }
  const up = previous.difference > 0;
  const verdict = verdictOf(up, better);
  return el(
    "p",
    { class: `trend ${verdict}` },
    el("span", { "aria-hidden": "true", class: "arrow" }, up ? "▲" : "▼"),
    unseen(up ? "up, " : "down, "),
    verdict ? `${verdict}, from ${before}` : `from ${before}`,
  );
}

function verdictOf(up, better) {
  if (!better) return "";
  return up === (better === "more") ? "better" : "worse";
}
