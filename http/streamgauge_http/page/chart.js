// A chart of buckets: uPlot draws axes and curves; its points are buttons, by points.js.

import { el } from "./dom.js";
import * as format from "./format.js";
import { seconds } from "./format.js";
import { COLOURS, dash, legend } from "./legend.js";
import { points } from "./points.js";

const HEIGHT = 280;
const MOST_POINTS = 750;
const FINGER_PX = 12;
const MARK_PX = 84;

/**
 * A chart. `series` are {name, unit, buckets, place}; all have the same buckets and the same unit, and what has a
 * place among others has its colour and a legend. `pick` is called with a bucket and the series that were chosen;
 * `label` says what is shown. `signal` ends it.
 */
export function chart({ series, interval, tz, label, pick, signal }) {
  const holder = el("div", { class: "chart" });
  const hint = el("span", { class: "hint" });
  const buckets = series[0].buckets;
  const walkable = buckets.length <= MOST_POINTS;
  let drawn = null;
  const draw = () => {
    drawn?.destroy();
    const width = Math.max(240, holder.clientWidth);
    hint.textContent = hinted(series, walkable, width / buckets.length);
    // Where things are is known when it is ready, which it is a moment after it was made.
    const ready = walkable ? [(plot) => points(plot, { series, interval, tz, label, pick })] : [];
    drawn = new uPlot({ ...options({ series, interval, tz, width }), hooks: { ready } }, columns(series, buckets), holder);
  };
  const sized = new ResizeObserver(() => {
    if (!drawn) draw();
    else if (drawn.width !== Math.max(240, holder.clientWidth)) draw();
  });
  sized.observe(holder);
  addEventListener("themechange", draw, { signal });
  signal.addEventListener("abort", () => sized.disconnect());
  return el("figure", { class: "figure" }, el("figcaption", { class: "soft" }, legend(series), hint), holder);
}

function hinted(series, walkable, width) {
  if (!walkable) return "There are too many points to walk along: choose longer buckets, or the table.";
  if (width < FINGER_PX && matchMedia("(pointer: coarse)").matches) {
    return "The points are too narrow for a finger: choose longer buckets, or the table.";
  }
  const which = series.length > 1 ? ", up and down choose a curve" : "";
  return `Arrow keys walk along the points${which}. Enter, or a click, opens what a point is made of.`;
}

/** The middle of a bucket, in seconds: a point stands over the middle of what it sums up. */
const middle = (bucket) => (seconds(bucket.start) + seconds(bucket.end)) / 2;

function columns(series, buckets) {
  return [buckets.map(middle), ...series.map((each) => each.buckets.map((b) => b.value))];
}

function options({ series, interval, tz, width }) {
  const [ink, line, colours] = inks();
  const buckets = series[0].buckets;
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const unit = series[0].unit;
  // A mark stands under its point, and says when that one's bucket begins.
  const step = Math.ceil(buckets.length / Math.max(1, Math.floor((width - 70) / MARK_PX)));
  const marked = buckets.filter((_, place) => place % step === 0);
  const names = format.bucketMarks(marked, interval, tz);
  return {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { range: () => [seconds(buckets[0].start), seconds(buckets.at(-1).end)] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high > 0 ? high : 1) * 1.1] },
    },
    axes: [
      { ...axis, font, size: 44, grid: { show: false }, splits: () => marked.map(middle), values: () => names },
      { ...axis, font, size: 70, incrs: increments(unit), values: (_, marks) => marks.map((m) => format.value(m, unit)) },
    ],
    series: [{}, ...series.map((each) => curve(colours, each.place ?? 0, series.length))],
  };
}

function curve(colours, place, count) {
  const colour = colours[place % colours.length];
  return {
    stroke: colour,
    width: 2,
    dash: dash(place),
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
