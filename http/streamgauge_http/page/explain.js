// An explanation: the things that a number is made of, one by one, and those that it leaves out.

import { get, pathOf } from "./api.js";
import { address, changed } from "./address.js";
import { attempt } from "./attempt.js";
import { band } from "./bands.js";
import { figure, of } from "./card.js";
import { announceOnce, el, fill, unique } from "./dom.js";
import * as format from "./format.js";
import { item } from "./item.js";
import { carried, question, zone } from "./question.js";
import { remembered } from "./returning.js";
import { empty, into } from "./states.js";

const PAGE = 200;
const MOST = 1000;

/** Open the view of the metric that `parts` names; the parameters `start` and `end` are its range. */
export function open(main, [, name]) {
  const heading = el("h1", { tabindex: "-1" }, format.title(name));
  const back = el("a", {}, format.title(name));
  const place = el("div", {});
  fill(main, el("nav", { class: "crumbs", "aria-label": "Where this is" }, back), heading, place);
  return { title: `What ${format.plain(name)} is made of`, update };

  async function update({ parameters, signal, quiet }) {
    const was = remembered();
    if (quiet && was.loaded > PAGE) return; // pages that were asked for by hand are not folded up again
    back.href = address(["metric", name], carried(parameters));
    const asked = question(changed(parameters, { days: null }), {
      from: parameters.get("start"),
      to: parameters.get("end"),
      limit: Math.min(MOST, Math.max(PAGE, was.loaded ?? 0)),
    });
    const load = async () => get(pathOf("/v1/metrics", name, "explain"), asked, signal);
    await into(place, "what it is made of", { signal, quiet }, load, (found) => {
      const range = format.rangeTitle(found.from, found.to, zone(parameters));
      fill(heading, `${format.title(name)}, ${range}`);
      announceOnce(heading.textContent);
      return shown(found, was, signal);
    });
  }
}

function shown(found, was, signal) {
  if (found.total === 0) {
    return empty("Nothing here", el("p", {}, "Nothing of this metric falls into this range. Pick a longer one."));
  }
  const list = el("ol", { class: "items" });
  const beside = el("ol", { class: "items" });
  const folded = el("details", { class: "beside" }, el("summary", {}, "Where these were looked for"), beside);
  const more = el("button", { type: "button", class: "button" });
  const hides = el("input", { type: "checkbox", id: unique("all") });
  const showAll = () => [list, beside].forEach((each) => each.classList.toggle("all", hides.checked));
  hides.addEventListener("change", () => ((was.all = hides.checked), showAll()));
  const isBeside = within(found);
  let next = null;
  const add = (page) => {
    for (const each of page.items) (isBeside(each) ? beside : list).append(item(each, page));
    next = page.next;
    was.loaded = list.childElementCount + beside.childElementCount;
    folded.hidden = !beside.hasChildNodes();
    more.hidden = next === null;
    fill(more, `More (${format.number(was.loaded)} of ${format.number(page.total)} loaded)`);
  };
  const load = async () => {
    const last = list.lastElementChild;
    add(await get(next, null, signal));
    (last?.nextElementSibling ?? last)?.querySelector("a, summary")?.focus({ preventScroll: true });
  };
  more.addEventListener("click", () => attempt(more, load));
  add(found);
  hides.checked = was.all ?? !found.items.some((each) => each.counts);
  showAll();
  return [
    el(
      "div",
      { class: "summary" },
      figure(found),
      el("p", { class: "verdict" }, band(found.band, found.band_note), of({ n: found.n, metric: found.metric })),
      found.value === null ? el("p", { class: "soft" }, found.reason) : null,
    ),
    leftOut(found, hides),
    list,
    folded,
    more,
  ];
}

/** Of what has amounts, the amounts are the items; what has none is where they were looked for. */
function within({ items }) {
  const measured = items.some((each) => each.counts && each.amount !== null);
  return (each) => measured && each.counts && each.amount === null && !["part", "whole"].includes(each.role);
}

function leftOut({ left_out: counts }, hides) {
  const words = Object.entries(counts ?? {}).map(([word, n]) => `${format.number(n)} ${format.plain(word)}`);
  if (words.length === 0) return null;
  return el(
    "p",
    { class: "switch" },
    hides,
    el("label", { for: hides.id }, `Show what does not count too: ${words.join(", ")}`),
  );
}
