// Lineage: the events that a thing is made of, down to what the tool has sent.

import { get, pathOf } from "./api.js";
import { announceOnce, el, fill } from "./dom.js";
import * as format from "./format.js";
import { json } from "./json.js";
import { onward, zone } from "./question.js";
import { empty, into } from "./states.js";

/** Open the view of the id that `parts` holds. */
export function open(main, [, id]) {
  const place = el("div", {});
  const field = el("input", { id: "lineage-id", value: id ?? "", spellcheck: "false", autocomplete: "off" });
  const search = (event) => {
    event.preventDefault();
    if (field.value.trim()) location.hash = onward(["lineage", field.value.trim()]);
  };
  fill(
    main,
    el("h1", { tabindex: "-1" }, "Lineage"),
    el("p", { class: "lead" }, "Which events something is made of, and what made them."),
    el(
      "form",
      { class: "search", on: { submit: search } },
      el("label", { for: "lineage-id" }, "Id of a deployment, change, incident, commit or event"),
      field,
      el("button", { class: "button" }, "Look up"),
    ),
    place,
  );
  return { title: id ? `Lineage of ${id}` : "Lineage", update };

  async function update({ parameters, signal, quiet }) {
    if (!id) return;
    const load = async () => get(pathOf("/v1/lineage", ...id.split("/")), null, signal);
    await into(place, "its events", { signal, quiet }, load, (found) => {
      announceOnce(format.count(found.events.length, "event"));
      return shown(found, zone(parameters));
    });
  }
}

function shown(found, tz) {
  return [
    el("p", { class: "known soft" }, `Known to ${found.what.map(format.plain).join(", ")}`),
    found.truncated ? el("p", {}, "There are more events than are shown here.") : null,
    letters(found.dead_letters),
    found.events.length === 0 ? empty("No events") : null,
    el("ol", { class: "events" }, found.events.map((event) => step(event, tz))),
  ];
}

function letters(found) {
  if (found.length === 0) return null;
  return el(
    "section",
    { class: "state failed" },
    el("h2", {}, "What could not be handled"),
    el("ul", {}, found.map((each) => el("li", {}, `${each.handler}: ${each.reason} (${each.state})`))),
    el("p", {}, el("a", { href: onward(["stages"]) }, "Retry or skip it in Stages")),
  );
}

/** From the CDEvent down to the CloudEvent. */
function step({ cdevent, transformer, cloudevent, reason }, tz) {
  return el(
    "li",
    { class: "event" },
    cdevent ? told("CDEvent", cdevent, cdevent.timestamp, cdevent.subject, tz) : null,
    transformer ? el("p", { class: "made-by soft" }, `made by ${transformer} of`) : null,
    reason ? el("p", { class: "why" }, reason) : null,
    cloudevent ? told("CloudEvent", cloudevent, cloudevent.time ?? cloudevent.recorded_at, cloudevent.source, tz) : null,
  );
}

function told(kind, event, time, about, tz) {
  return el(
    "article",
    { class: "told" },
    el("h2", {}, el("span", { class: "kind" }, kind), " ", event.type),
    el(
      "p",
      { class: "soft" },
      about,
      " · ",
      el("time", { datetime: time }, format.moment(time, tz)),
      ` · position ${format.number(event.position)}`,
    ),
    json(`The whole ${kind}`, event.document),
  );
}
