// The stages that a duration is made of, as a bar and in words.

import { el } from "./dom.js";
import * as format from "./format.js";

/** Coding, pickup, review, deploy, say: the median of each; nothing where there are none. */
export function stages(found) {
  const told = Object.entries(found ?? {}).filter(([, stage]) => stage.median !== null);
  if (told.length === 0) return null;
  const total = told.reduce((sum, [, stage]) => sum + Math.max(0, stage.median), 0) || 1;
  const share = ({ median }) => Math.max(0, median) / total;
  return el(
    "section",
    { class: "stages-of" },
    el("h2", {}, "Where the time goes"),
    el(
      "div",
      { class: "stack", "aria-hidden": "true" },
      told.map(([, stage], place) =>
        el("div", { class: `key-${place + 1}`, style: { "flex-grow": share(stage) } }),
      ),
    ),
    el(
      "dl",
      { class: "parts" },
      told.map(([name, stage], place) =>
        el(
          "div",
          {},
          el("dt", { class: `key key-${place + 1}` }, format.title(name)),
          el("dd", {}, format.duration(stage.median)),
        ),
      ),
    ),
    el("p", { class: "soft" }, "Medians, each of its own: they need not add up to the whole."),
  );
}
