// One metric over time: its curve, with each point leading on to what it is made of.

import { get, pathOf } from "./api.js";
import { address, changed, go, here } from "./address.js";
import { band } from "./bands.js";
import { figure, of } from "./card.js";
import { chart } from "./chart.js";
import { choices, known } from "./choices.js";
import { announceOnce, el, fill, unique } from "./dom.js";
import * as format from "./format.js";
import { pickers } from "./pickers.js";
import { carried, explained, question } from "./question.js";
import { stages } from "./parts.js";
import { into } from "./states.js";
import { noCurve } from "./nocurve.js";
import { beside } from "./table.js";
import { trend } from "./trend.js";

/** Open the view of the metric that `parts` names. */
export function open(main, [, name]) {
  const picked = pickers(["range", "interval", "service", "environment", "team", "definition", "tz"]);
  const heading = el("h1", { tabindex: "-1" }, format.title(name));
  const description = el("p", { class: "lead" });
  const place = el("div", {});
  const others = picker(name);
  fill(main, el("div", { class: "heading" }, heading, others.element), description, picked.element, place);
  return { title: format.title(name), update };

  async function update({ parameters, signal, quiet }) {
    picked.show(parameters, known());
    const load = () =>
      Promise.all([get(pathOf("/v1/metrics", name), question(parameters), signal), get("/v1/metrics", null, signal)]);
    await into(place, format.plain(name), { signal, quiet }, load, ([answer, about], ending) => {
      others.show(about.items);
      const metric = about.items.find((each) => each.name === name);
      fill(heading, metric?.title ?? format.title(name));
      fill(description, metric?.description);
      announceOnce(`${heading.textContent}: ${format.value(answer.value, answer.unit)}`);
      const told = { ...answer, better: metric?.better };
      return shown(told, heading.textContent, parameters, ending);
    });
    if (!signal.aborted) picked.show(parameters, await choices(signal));
  }
}

function picker(name) {
  const id = unique("metric");
  const changedTo = () => go(["metric", select.value], carried(here().parameters));
  const select = el("select", { id, on: { change: changedTo } });
  return {
    element: el("div", { class: "field" }, el("label", { for: id }, "Metric"), select),
    show(items) {
      const options = items.map((each) => el("option", { value: each.name }, each.title));
      fill(select, options).value = name;
    },
  };
}

function shown(answer, title, parameters, signal) {
  const { buckets, unit, interval, tz, metric } = answer;
  const series = [{ name: title, unit, buckets }];
  const label = `${title} by ${interval}`;
  const link = (bucket) => address(["explain", metric], explained(answer, bucket, parameters));
  const pick = (bucket) => (location.hash = link(bucket));
  const whole = { start: answer.from, end: answer.to };
  return [
    el(
      "div",
      { class: "summary" },
      figure(answer),
      el("p", { class: "verdict" }, band(answer.band, answer.band_note), of({ n: answer.n, metric })),
      answer.value === null ? el("p", { class: "soft" }, answer.reason) : trend(answer),
      el("p", {}, el("a", { class: "button", href: link(whole) }, "What it is made of")),
    ),
    buckets.some((bucket) => bucket.value !== null)
      ? [chart({ series, interval, tz, label, pick, signal }), beside({ series, interval, tz, label, link })]
      : noCurve(answer, parameters),
    stages(answer.stages),
    leftOut(answer.left_out),
    el("p", { class: "made soft" }, `by ${answer.definition} · as of position ${format.number(answer.as_of.position)}`),
  ];
}

/** What does not count, and how much of it. */
function leftOut(counts) {
  const words = Object.entries(counts ?? {});
  if (words.length === 0) return null;
  return el(
    "section",
    { class: "left-out" },
    el("h2", {}, "Left out"),
    el("ul", { class: "plain" }, words.map(([word, n]) => el("li", {}, `${format.number(n)} ${format.plain(word)}`))),
  );
}
