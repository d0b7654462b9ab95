// Definitions side by side: the same events, counted in several ways.

import { get } from "./api.js";
import { address, change, changed, here } from "./address.js";
import { band } from "./bands.js";
import { chart } from "./chart.js";
import { choices, known } from "./choices.js";
import { announceOnce, dotted, el, fill, unique } from "./dom.js";
import * as format from "./format.js";
import { pickers } from "./pickers.js";
import { reasonOf } from "./nocurve.js";
import { carried, explained, question } from "./question.js";
import { empty, into } from "./states.js";
import { beside, row, scrolling } from "./table.js";

/** Open the view; the parameter `by` names a definition, several times, and `metric` the curves. */
export function open(main) {
  const picked = pickers(["range", "interval", "service", "environment", "team", "tz"]);
  const names = el("fieldset", { class: "names" });
  const place = el("div", {});
  fill(
    main,
    el("h1", { tabindex: "-1" }, "Definitions side by side"),
    el("p", { class: "lead" }, "The same events, counted as different systems count them."),
    picked.element,
    names,
    place,
  );
  return { title: "Definitions", update };

  async function update({ parameters, signal, quiet }) {
    picked.show(parameters, known());
    const given = await choices(signal);
    if (signal.aborted) return;
    picked.show(parameters, given);
    boxes(names, given.definition ?? [], parameters);
    const wanted = [...new Set(parameters.getAll("by"))];
    if (wanted.length < 2) {
      if (quiet) return;
      fill(place, empty("Choose two or more definitions", el("p", {}, "Their numbers come to stand side by side here.")));
      return;
    }
    const load = () => Promise.all(wanted.map((name) => get("/v1/overview", asked(parameters, name), signal)));
    await into(place, "the numbers", { signal, quiet }, load, (found, ending) => {
      announceOnce(`${wanted.join(", ")} side by side`);
      return shown(found, wanted, parameters, ending);
    });
  }
}

const asked = (parameters, definition) => question(parameters, { definition });

function boxes(names, definitions, parameters) {
  const wanted = parameters.getAll("by");
  const all = [...new Set([...definitions, ...wanted])];
  // Made once: who has just ticked one has the focus on it.
  if (names.childElementCount !== all.length + 1) {
    fill(names, el("legend", {}, "Definitions"), all.map(box));
  }
  for (const field of names.querySelectorAll("input")) field.checked = wanted.includes(field.value);
}

function box(name) {
  const id = unique("definition");
  const toggle = (event) => {
    const now = here().parameters.getAll("by").filter((each) => each !== name);
    change({ by: event.target.checked ? [...now, name] : now });
  };
  return el(
    "span",
    { class: "box" },
    el("input", { type: "checkbox", id, value: name, on: { change: toggle } }),
    el("label", { for: id }, name),
  );
}

function shown(found, names, parameters, signal) {
  const metrics = found[0].metrics;
  const rows = metrics.map((metric, place) =>
    row(
      metric.title,
      found.map((each, n) => cell(each.metrics[place], names[n], parameters)),
    ),
  );
  const chosen = metrics.find((m) => m.metric === parameters.get("metric")) ?? metrics[0];
  return [
    scrolling("The metrics by definition", ["Metric", ...names], rows, { class: "wide" }),
    curves({ found, names, chosen, metrics, parameters, signal }),
  ];
}

function cell(answer, name, parameters) {
  if (answer.problem) return el("span", { class: "soft" }, answer.problem);
  if (answer.value === null) return el("span", { class: "soft" }, `– ${answer.reason ?? ""}`);
  const { text, after } = format.told(answer.value, answer.unit);
  const href = address(["metric", answer.metric], changed(carried(parameters), { definition: name }));
  return [
    el("a", { class: "figure", href }, text),
    " ",
    band(answer.band, answer.band_note),
    el("div", { class: "soft" }, dotted(after, `of ${format.number(answer.n)}`)),
  ];
}

function curves({ found, names, chosen, metrics, parameters, signal }) {
  const id = unique("curves");
  const changedTo = () => change({ metric: select.value }, { replace: true });
  const options = metrics.map((m) => el("option", { value: m.metric, selected: m === chosen }, m.title));
  const select = el("select", { id, on: { change: changedTo } }, options);
  const { from, to, interval, tz } = found[0];
  const all = found.map((each, place) => ({
    name: names[place],
    place,
    ...each.metrics.find((m) => m.metric === chosen.metric),
  }));
  const series = all.filter((each) => each.buckets?.some((bucket) => bucket.value !== null));
  const units = [...new Set(series.map((each) => each.unit))];
  const link = (bucket, { name }) =>
    address(["explain", chosen.metric], changed(explained({ from, to, interval }, bucket, parameters), { definition: name }));
  const pick = (bucket, one) => (location.hash = link(bucket, one));
  return el(
    "section",
    { "aria-label": "Curves" },
    el("div", { class: "heading" }, el("h2", {}, "Over time"), el("div", { class: "field" }, el("label", { for: id }, "Metric"), select)),
    // Days a week and deployments a day do not stand on one axis.
    units.map((unit) => {
      const same = series.filter((each) => each.unit === unit);
      const label = `${chosen.title} by ${interval}, ${format.unitTitle(unit)}`;
      return [
        units.length > 1 ? el("h3", {}, format.title(format.unitTitle(unit))) : null,
        chart({ series: same, interval, tz, label, pick, signal }),
        beside({ series: same, interval, tz, label, link }),
      ];
    }),
    without(all.filter((each) => !series.includes(each)), interval),
  );
}

function without(left, interval) {
  if (left.length === 0) return null;
  const why = (each) => el("li", {}, `${each.name}: ${each.problem ?? reasonOf(each)}`);
  return empty(
    `No curve by ${interval}`,
    el("ul", { class: "plain" }, left.map(why)),
    el("p", {}, "Pick longer buckets, a longer range, or another metric."),
  );
}
