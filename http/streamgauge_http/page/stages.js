// Stages: how far the router, the projections and the metrics are, and what could not be handled.

import { get } from "./api.js";
import { el, fill } from "./dom.js";
import * as format from "./format.js";
import { letters } from "./letters.js";
import { zone } from "./question.js";
import { failed, instead, loading } from "./states.js";
import { row, scrolling } from "./table.js";

const EVERY_MS = 2000;

/** Open the view. It asks again every two seconds, for as long as it is to be seen. */
export function open(main) {
  const place = el("div", {}, loading("the stages"));
  const parked = letters();
  fill(
    main,
    el("h1", { tabindex: "-1" }, "Stages"),
    el("p", { class: "lead" }, "Each reads a log or another stage from its own position on."),
    place,
    parked.element,
  );
  return { title: "Stages", update };

  async function update({ parameters, signal, quiet }) {
    if (quiet) return; // it has a shorter time of its own
    const tz = zone(parameters);
    let before = null;
    let asking = false;
    const again = async (quiet = true) => {
      asking = true;
      const now = await refresh(place, signal);
      asking = false;
      parked.element.hidden = now === null;
      if (now === null || (quiet && now === before && !parked.isMoving())) return;
      before = now;
      await parked.update({ parameters, signal, tz, quiet });
    };
    await again(false);
    // While a token is asked for, asking again changes nothing, and counts as one more try.
    const waits = () => asking || document.hidden || place.querySelector("form.token");
    const timer = setInterval(() => waits() || again(), EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }
}

/** Show how far all are. What is parked, or has stopped, as a text: as long as it is the same, no letter is new. */
async function refresh(place, signal) {
  try {
    const { items } = await get("/v1/projections", null, signal);
    if (!signal.aborted) fill(place, trouble(items), table(items, place));
    return JSON.stringify(items.map(({ parked, blocked }) => [parked, blocked]));
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return null;
    if (error.status === undefined) throw error;
    instead(place, failed(error, () => refresh(place, signal)));
    return null;
  }
}

/** What somebody has to do something about, in words. */
function trouble(items) {
  const found = items.flatMap((item) =>
    [
      item.holder ? null : `${item.name}: nobody is at work on it; is a worker running?`,
      item.blocked ? `${item.name} has stopped: ${item.blocked}` : null,
      item.definition_error ? `${item.name}: ${item.definition_error}` : null,
      item.replay_due ? `${item.name} is due for a replay: ${item.replay_due}` : null,
      item.replay?.state === "failed" ? `The replay of ${item.name} failed: ${item.replay.error}` : null,
    ].filter(Boolean),
  );
  return found.length ? el("ul", { class: "state failed plain" }, found.map((text) => el("li", {}, text))) : null;
}

function table(items, place) {
  const rows = items.map((item) =>
    row(name(item), [
      format.plain(item.reads),
      progress(item),
      lag(item),
      `${format.number(item.rate, 1)} /s`,
      item.parked ? el("strong", { class: "worse" }, format.number(item.parked)) : "0",
      replay(item.replay),
    ]),
  );
  const head = ["Stage", "Reads", "Position", "Lag", "Rate", "Parked", "Replay"];
  const found = scrolling("Stages", head, rows, { class: "wide" });
  // It is drawn anew every two seconds: who has scrolled it, or stands in it, stays there.
  const before = place.querySelector(".scroll");
  if (before) requestAnimationFrame(() => (found.scrollLeft = before.scrollLeft));
  if (before && document.activeElement === before) requestAnimationFrame(() => found.focus());
  return found;
}

function name(item) {
  return [
    el("span", { class: "figure" }, format.plain(item.name)),
    el("div", { class: "soft" }, item.build === null ? "not begun" : `build ${item.build}, version ${item.version}`),
  ];
}

function progress({ position, head }) {
  const text = `${format.number(position)} of ${format.number(head)}`;
  return [text, el("progress", { max: Math.max(1, head), value: head === 0 ? 1 : position, "aria-label": text })];
}

function lag({ lag: events, lag_seconds: seconds }) {
  if (events === 0) return "none";
  return [format.count(events, "event"), el("div", { class: "soft" }, `for ${format.duration(seconds)}`)];
}

function replay(found) {
  if (!found) return el("span", { class: "soft" }, "–");
  if (found.state !== "running") return `${found.action}: ${found.state}`;
  const text = `${found.step}: ${format.number(found.position)} of ${format.number(found.head)}`;
  return [
    `${found.action} is running`,
    el("progress", { max: Math.max(1, found.head), value: found.position, "aria-label": `Replay, ${text}` }),
    el("div", { class: "soft" }, text),
  ];
}
