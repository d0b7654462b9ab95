// Bands: a word, a colour, and a staff gauge that stands as high as the band.

import { el, svg } from "./dom.js";

const RANKS = { low: 1, medium: 2, high: 3, elite: 4 };
const TICKS = [1, 2, 3, 4];

/** The band as a chip; nothing where there is none. */
export function band(name, note = null) {
  if (!name) return null;
  const known = Object.hasOwn(RANKS, name) ? name : "other";
  return el(
    "span",
    { class: `band band-${known}`, title: note },
    known === "other" ? null : gauge(RANKS[name]),
    name,
  );
}

function gauge(rank) {
  const ticks = TICKS.map((tick) =>
    svg("rect", {
      x: (tick - 1) * 4,
      y: 12 - tick * 3,
      width: 3,
      height: tick * 3,
      class: tick <= rank ? "tick reached" : "tick",
    }),
  );
  return svg("svg", { viewBox: "0 0 15 12", class: "gauge", "aria-hidden": "true" }, ticks);
}
