// The points of a chart as buttons over the canvas: for the mouse, the arrow keys, a screen reader.

import { announce, el } from "./dom.js";
import * as format from "./format.js";
import { seconds } from "./format.js";

/** Lay a button over each bucket of the chart; one of them can be reached by Tab. */
export function points(plot, { series, interval, tz, label, pick }) {
  const buckets = series[0].buckets;
  const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const buttons = buckets.map((bucket, place) => button(bucket, place));
  let chosen = 0;
  const group = el(
    "div",
    { class: "points", role: "group", "aria-label": `${label}: ${format.count(buckets.length, "point")}` },
    buttons,
  );
  group.addEventListener("keydown", (event) => {
    walked(event, buttons);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || series.length === 1) return;
    event.preventDefault();
    choose((chosen + step + series.length) % series.length);
    announce(series[chosen].name);
  });
  group.addEventListener("focusin", (event) => reachable(buttons, buttons.indexOf(event.target)));
  plot.over.append(group, tip);
  reachable(buttons, buttons.length - 1);

  function choose(one) {
    chosen = one;
    if (series.length > 1) [...tip.querySelectorAll(".of")].forEach((line, at) => line.classList.toggle("chosen", at === one));
  }

  function button(bucket, place) {
    const left = plot.valToPos(seconds(bucket.start), "x");
    const width = plot.valToPos(seconds(bucket.end), "x") - left;
    const { title, values, cut } = said(series, place, interval, tz);
    const show = () => {
      const lines = [el("div", {}, title), values.map((text) => el("div", { class: "of" }, text)), el("div", {}, cut)];
      shown(tip, lines.flat(), left + width / 2, plot.over.clientWidth);
      choose(chosen);
    };
    const hide = () => (tip.hidden = true);
    const near = (event) => choose(nearest(plot, series, place, event) ?? chosen);
    // A click by Enter is of no place: it is of the curve that was chosen.
    const click = (event) => {
      if (event.detail > 0) near(event);
      pick(bucket, series[chosen]);
    };
    return el("button", {
      type: "button",
      class: bucket.whole ? "point" : "point cut",
      "aria-label": [title, ...values, ...cut].join(", "),
      style: { left: `${left}px`, width: `${width}px` },
      on: { click, focus: show, mouseenter: show, mousemove: near, blur: hide, mouseleave: hide },
    });
  }
}

/** The place of the curve that is nearest to the mouse; undefined where none has a value. */
function nearest(plot, series, place, { clientY }) {
  const y = clientY - plot.over.getBoundingClientRect().top;
  return series
    .map(({ buckets }, at) => ({ at, value: buckets[place].value }))
    .filter(({ value }) => value !== null)
    .map(({ at, value }) => ({ at, far: Math.abs(plot.valToPos(value, "y") - y) }))
    .sort((one, other) => one.far - other.far)[0]?.at;
}

function said(series, place, interval, tz) {
  const bucket = series[0].buckets[place];
  const values = series.map(({ name, unit, buckets }) => {
    const { value, n, reason } = buckets[place];
    const told = value === null ? (reason ?? "no data") : format.value(value, unit);
    return `${series.length > 1 ? `${name}: ` : ""}${told}${n === undefined ? "" : ` (of ${format.number(n)})`}`;
  });
  return { title: format.bucketTitle(bucket, interval, tz), values, cut: bucket.whole ? [] : ["cut by the range"] };
}

function shown(tip, lines, middle, width) {
  tip.replaceChildren(...lines);
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
