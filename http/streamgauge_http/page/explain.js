// An explanation: the things that a number is made of, one by one, and those that it leaves out.

import { get, pathOf } from "./api.js";
import { address, changed } from "./address.js";
import { band } from "./bands.js";
import { figure, of } from "./card.js";
import { announce, el, fill, unique } from "./dom.js";
import * as format from "./format.js";
import { item } from "./item.js";
import { carried, question, zone } from "./question.js";
import { empty, into } from "./states.js";

const PAGE = 200;

/** Open the view of the metric that `parts` names; the parameters `start` and `end` are its range. */
export function open(main, [, name]) {
  const heading = el("h1", { tabindex: "-1" }, format.title(name));
  const back = el("a", {}, format.title(name));
  const place = el("div", {});
  fill(main, el("nav", { class: "crumbs", "aria-label": "Where this is" }, back), heading, place);
  return { title: `What ${format.plain(name)} is made of`, update };

  async function update({ parameters, signal }) {
    back.href = address(["metric", name], carried(parameters));
    const asked = question(changed(parameters, { days: null }), {
      from: parameters.get("start"),
      to: parameters.get("end"),
      limit: PAGE,
    });
    await into(place, "what it is made of", signal, async () => {
      const found = await get(pathOf("/v1/metrics", name, "explain"), asked, signal);
      const range = format.rangeTitle(found.from, found.to, zone(parameters));
      heading.textContent = `${format.title(name)}, ${range}`;
      announce(`${heading.textContent}: ${format.count(found.total, "item")}`);
      return shown(found, signal);
    });
  }
}

function shown(found, signal) {
  if (found.total === 0) {
    return empty("Nothing here", el("p", {}, "Nothing of this metric falls into this range."));
  }
  const list = el("ol", { class: "items" });
  const more = el("button", { type: "button", class: "button" }, "More");
  const hides = el("input", { type: "checkbox", id: unique("all") });
  hides.addEventListener("change", () => list.classList.toggle("all", hides.checked));
  let next = null;
  const add = (page) => {
    list.append(...page.items.map((each) => item(each, page)));
    next = page.next;
    more.hidden = next === null;
    more.textContent = `More (${format.number(list.childElementCount)} of ${format.number(page.total)} loaded)`;
  };
  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      add(await get(next, null, signal));
    } finally {
      more.disabled = false;
    }
  });
  add(found);
  const none = !found.items.some((each) => each.counts);
  if (none) list.classList.add("all");
  hides.checked = none;
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
    more,
  ];
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
