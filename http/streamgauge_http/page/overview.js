// The overview: the metrics that are shown first, and how services, environments and teams compare.

import { get } from "./api.js";
import { breakdown } from "./breakdown.js";
import { card } from "./card.js";
import { known } from "./choices.js";
import { announceOnce, el, fill } from "./dom.js";
import { noDeployments, noEvents } from "./first.js";
import * as format from "./format.js";
import { pickers } from "./pickers.js";
import { question } from "./question.js";
import { into } from "./states.js";

/** Open the view in `main`. */
export function open(main) {
  const picked = pickers(["range", "interval", "service", "environment", "team", "definition", "tz"]);
  const cards = el("div", { class: "cards-place" });
  const parts = breakdown();
  fill(
    main,
    el("h1", { tabindex: "-1" }, "Overview"),
    picked.element,
    cards,
    parts.element,
  );
  return { title: "Overview", update };

  async function update({ parameters, signal, quiet }) {
    picked.show(parameters, known());
    if (!quiet) parts.element.hidden = true;
    let found = null;
    const load = async () => {
      found = await get("/v1/overview", question(parameters), signal);
      picked.show(parameters, known(found.choices));
      return found;
    };
    await into(cards, "the numbers", { signal, quiet }, load, () => shown(found, parameters));
    if (!found || signal.aborted || nothingYet(found)) return;
    parts.element.hidden = false;
    await parts.update({ parameters, signal, quiet, metrics: found.metrics });
  }
}

function nothingYet({ choices, metrics }) {
  return choices.complete && choices.service.length === 0 && metrics.every((m) => !m.n);
}

function shown(found, parameters) {
  if (nothingYet(found)) {
    announceOnce("Nothing to show yet");
    const position = Math.max(0, ...found.metrics.map((m) => m.as_of?.position ?? 0));
    return position === 0 ? noEvents() : noDeployments();
  }
  announceOnce(`Overview of ${format.rangeTitle(found.from, found.to, found.tz)}`);
  return [
    el("ul", { class: "cards" }, found.metrics.map((each) => card(each, parameters))),
    el("p", { class: "made soft" }, made(found)),
  ];
}

/** What the numbers are made of, for who compares them with others. */
function made(found) {
  const positions = new Set(found.metrics.map((m) => m.as_of?.position).filter(Number.isFinite));
  const definitions = new Set(found.metrics.map((m) => m.definition).filter(Boolean));
  const range = format.rangeTitle(found.from, found.to, found.tz);
  return [
    `${range}, ${found.tz}`,
    definitions.size ? `by ${[...definitions].join(", ")}` : null,
    positions.size ? `as of position ${[...positions].map((p) => format.number(p)).join(", ")}` : null,
  ]
    .filter(Boolean)
    .join(" · ");
}
