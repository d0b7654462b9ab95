// The points of a chart as buttons over the canvas: for the mouse, the arrow keys, a screen reader.

import { el } from "./dom.js";
import * as format from "./format.js";
import { seconds } from "./format.js";

/** Lay a button over each bucket of the chart; one of them can be reached by Tab. */
export function points(plot, { series, interval, tz, label, pick }) {
  const buckets = series[0].buckets;
  const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const buttons = buckets.map((bucket, place) => button(bucket, place));
  const group = el(
    "div",
    { class: "points", role: "group", "aria-label": `${label}: ${format.count(buckets.length, "point")}` },
    buttons,
  );
  group.addEventListener("keydown", (event) => walked(event, buttons));
  group.addEventListener("focusin", (event) => reachable(buttons, buttons.indexOf(event.target)));
  plot.over.append(group, tip);
  reachable(buttons, buttons.length - 1);

  function button(bucket, place) {
    const left = plot.valToPos(seconds(bucket.start), "x");
    const width = plot.valToPos(seconds(bucket.end), "x") - left;
    const lines = said(series, place, interval, tz);
    const show = () => shown(tip, lines, left + width / 2, plot.over.clientWidth);
    const hide = () => (tip.hidden = true);
    return el("button", {
      type: "button",
      class: bucket.whole ? "point" : "point cut",
      "aria-label": lines.join(", "),
      style: { left: `${left}px`, width: `${width}px` },
      on: { click: () => pick?.(bucket), focus: show, mouseenter: show, blur: hide, mouseleave: hide },
    });
  }
}

function said(series, place, interval, tz) {
  const bucket = series[0].buckets[place];
  const values = series.map(({ name, unit, buckets }) => {
    const { value, n } = buckets[place];
    const told = value === null ? "no data" : format.value(value, unit);
    return `${series.length > 1 ? `${name}: ` : ""}${told}${n === undefined ? "" : ` (of ${format.number(n)})`}`;
  });
  const cut = bucket.whole ? [] : ["cut by the range"];
  return [format.bucketTitle(bucket, interval, tz), ...values, ...cut];
}

function shown(tip, lines, middle, width) {
  tip.replaceChildren(...lines.map((line) => el("div", {}, line)));
  tip.hidden = false;
  const room = tip.offsetWidth;
  tip.style.setProperty("left", `${Math.max(0, Math.min(middle - room / 2, width - room))}px`);
}

function walked(event, buttons) {
  const at = buttons.indexOf(event.target);
  const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 };
  const to = buttons[steps[event.key]];
  if (!to) return;
  event.preventDefault();
  to.focus();
}

function reachable(buttons, place) {
  buttons.forEach((each, at) => (each.tabIndex = at === place ? 0 : -1));
}
