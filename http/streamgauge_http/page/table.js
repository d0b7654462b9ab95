// Tables: one that scrolls by itself where it is wide, and the one beside each chart.

import { el } from "./dom.js";
import * as format from "./format.js";

/** A table in a region of its own, which scrolls so that the page need not. */
export function scrolling(caption, head, rows, properties = {}) {
  return el(
    "div",
    { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
    el(
      "table",
      properties,
      el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows),
    ),
  );
}

/** A row: what it is of, and its cells; each may be several things. */
export function row(heading, cells) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, heading),
    cells.map((cell) => el("td", {}, cell)),
  );
}

const valueOf = ({ unit, buckets }, place) => format.value(buckets[place].value, unit);

/** What a chart shows, as a table, folded away. `link` gives the address of a bucket of a series. */
export function beside({ series, interval, tz, label, link }) {
  const rows = series[0].buckets.map((bucket, place) => {
    const name = `${format.bucketTitle(bucket, interval, tz)}${bucket.whole ? "" : " (cut)"}`;
    const alone = series.length === 1;
    const cells = series.flatMap((each) => [
      alone ? valueOf(each, place) : el("a", { href: link(bucket, each) }, valueOf(each, place)),
      format.number(each.buckets[place].n ?? 0),
    ]);
    return row(alone ? el("a", { href: link(bucket, series[0]) }, name) : name, cells);
  });
  const head = series.flatMap(({ name }) => [series.length > 1 ? name : "Value", "Of how many"]);
  return el(
    "details",
    { class: "beside" },
    el("summary", {}, "The same as a table"),
    scrolling(label, ["Bucket", ...head], rows, { class: "numbers" }),
  );
}
