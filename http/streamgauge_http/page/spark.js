// A sparkline: how a value went, bucket by bucket. What it says is in words beside it.

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 32;
const EDGE = 3;

/** The curve of the buckets' values, with gaps where there is none. */
export function spark(buckets) {
  const values = buckets.map((bucket) => bucket.value);
  const known = values.filter((value) => value !== null);
  const highest = Math.max(...known, 0);
  const lowest = Math.min(...known, 0);
  const x = (place) => EDGE + (place / Math.max(1, values.length - 1)) * (WIDTH - 2 * EDGE);
  const y = (value) =>
    HEIGHT - EDGE - ((value - lowest) / (highest - lowest || 1)) * (HEIGHT - 2 * EDGE);
  const runs = runsOf(values).map((run) => run.map((place) => [x(place), y(values[place])]));
  return svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: "spark",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    runs.map((run) => svg("path", { class: "area", d: area(run) })),
    runs.map((run) => svg("path", { class: "curve", d: curve(run) })),
  );
}

/** The places that follow each other without a gap. */
function runsOf(values) {
  const runs = [];
  values.forEach((value, place) => {
    if (value === null) return;
    const last = runs.at(-1);
    if (last && last.at(-1) === place - 1) last.push(place);
    else runs.push([place]);
  });
  return runs;
}

const point = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

// One point by itself is a line of no length, which a round cap makes a dot of.
function curve(run) {
  return `M${(run.length === 1 ? [run[0], run[0]] : run).map(point).join("L")}`;
}

function area(run) {
  const floor = HEIGHT - EDGE;
  return `M${run[0][0].toFixed(1)} ${floor}L${run.map(point).join("L")}L${run.at(-1)[0].toFixed(1)} ${floor}Z`;
}
