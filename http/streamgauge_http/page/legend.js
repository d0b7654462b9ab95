// Which curve is whose: a colour and a dash for each, so that nobody has to tell colours apart.

import { el, svg } from "./dom.js";

export const COLOURS = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `--curve-${n}`);
const DASHES = [undefined, [9, 4], [2, 4]];

/** The dash of the curve at this place: the colours come again only with another one. */
export function dash(place) {
  return DASHES[place % DASHES.length];
}

/** The names of the curves; nothing of one that has no place among others. */
export function legend(series) {
  const named = series.filter(({ place }) => place !== undefined);
  return named.map(({ name, place }) =>
    el("span", { class: `curve-name key-${(place % COLOURS.length) + 1}` }, sample(place), name),
  );
}

function sample(place) {
  const line = svg("line", { x1: 0, y1: 5, x2: 28, y2: 5, "stroke-dasharray": dash(place)?.join(" ") });
  return svg("svg", { viewBox: "0 0 28 10", width: 28, height: 10, "aria-hidden": "true" }, line);
}
