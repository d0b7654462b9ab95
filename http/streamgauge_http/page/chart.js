// A chart of buckets: uPlot draws axes and curves; its points are buttons, by points.js.

import { el } from "./dom.js";
import * as format from "./format.js";
import { seconds } from "./format.js";
import { points } from "./points.js";

const HEIGHT = 280;
const MOST_POINTS = 750;
const COLOURS = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5", "--curve-6"];

/**
 * A chart. `series` are {name, unit, buckets}; all have the same buckets and the same unit. `pick`,
 * where points lead on, is called with a bucket that was chosen; `label` says what is shown. `signal` ends it.
 */
export function chart({ series, interval, tz, label, pick, signal }) {
  const holder = el("div", { class: "chart" });
  const buckets = series[0].buckets;
  const walkable = buckets.length <= MOST_POINTS;
  let drawn = null;
  const draw = () => {
    drawn?.destroy();
    const width = Math.max(240, holder.clientWidth);
    // Where things are is known when it is ready, which it is a moment after it was made.
    const ready = walkable ? [(plot) => points(plot, { series, interval, tz, label, pick })] : [];
    drawn = new uPlot({ ...options({ series, tz, width }), hooks: { ready } }, columns(series, buckets), holder);
  };
  const sized = new ResizeObserver(() => {
    if (!drawn) draw();
    else if (drawn.width !== Math.max(240, holder.clientWidth)) draw();
  });
  sized.observe(holder);
  addEventListener("themechange", draw, { signal });
  signal.addEventListener("abort", () => sized.disconnect());
  const opens = pick ? " Enter, or a click, opens what a point is made of." : "";
  const hint = walkable
    ? `Arrow keys walk along the points.${opens}`
    : "There are too many points to walk along: choose longer buckets.";
  return el(
    "figure",
    { class: "figure" },
    el("figcaption", { class: "soft" }, legend(series), el("span", { class: "hint" }, hint)),
    holder,
  );
}

function legend(series) {
  if (series.length === 1) return null;
  return series.map(({ name }, place) =>
    el("span", { class: `key key-${(place % COLOURS.length) + 1}` }, name),
  );
}

/** The middle of a bucket, in seconds: a point stands over the middle of what it sums up. */
const middle = (bucket) => (seconds(bucket.start) + seconds(bucket.end)) / 2;

function columns(series, buckets) {
  return [buckets.map(middle), ...series.map((each) => each.buckets.map((b) => b.value))];
}

function options({ series, tz, width }) {
  const [ink, line, colours] = inks();
  const buckets = series[0].buckets;
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const unit = series[0].unit;
  return {
    width,
    height: HEIGHT,
    tzDate: (stamp) => zoned(stamp, tz),
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { range: () => [seconds(buckets[0].start), seconds(buckets.at(-1).end)] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high > 0 ? high : 1) * 1.1] },
    },
    axes: [
      { ...axis, font, size: 32, grid: { show: false }, values: (_, marks) => marks.map((m) => shortDay(m, tz)) },
      { ...axis, font, size: 70, incrs: increments(unit), values: (_, marks) => marks.map((m) => format.value(m, unit)) },
    ],
    series: [{}, ...series.map((each, place) => curve(colours[place % colours.length], series.length))],
  };
}

function curve(colour, count) {
  return {
    stroke: colour,
    width: 2,
    points: { show: true, size: 7, fill: colour, stroke: colour },
    fill: count === 1 ? `${colour}22` : undefined,
    spanGaps: false,
  };
}

// Hours and days are what people read off an axis, not thousands of seconds.
function increments(unit) {
  if (unit !== "seconds") return undefined;
  const minutes = [1, 2, 5, 10, 15, 30].map((n) => n * 60);
  const hours = [1, 2, 3, 6, 12].map((n) => n * 3600);
  const days = [1, 2, 5, 7, 10, 20, 30, 50, 100, 200, 365, 1000].map((n) => n * 86400);
  return [1, 5, 10, 30, ...minutes, ...hours, ...days];
}

function inks() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return [of("--soft"), of("--line"), COLOURS.map(of)];
}

function zoned(stamp, tz) {
  try {
    return uPlot.tzDate(new Date(stamp * 1000), tz);
  } catch {
    return new Date(stamp * 1000);
  }
}

function shortDay(stamp, tz) {
  return format.day(new Date(stamp * 1000), tz).replace(/ \d{4}$/, "");
}
