// Filters: one of what there is, or several that an address names; and those that have no picker.

import { change, here } from "./address.js";
import { el, fill } from "./dom.js";
import { select } from "./fields.js";
import * as format from "./format.js";
import { FILTERS, TIERS, isEveryTier } from "./question.js";

const ALL = {
  service: "All services",
  // Without a name it is the definition that says which count: with most, those of production.
  environment: "Production, as defined",
  team: "All teams",
  definition: "As configured",
};
const EVERY = "every tier";
const NAMED = "as the address names them";

/** A picker of one of the choices of this name. An address may name several. */
export function choice(name) {
  const { element, show } = select(format.title(name), [], (value) => picked(name, value));
  return {
    element,
    show(parameters, choices) {
      const now = parameters.getAll(name);
      const values = [...new Set([...(choices[name] ?? []), ...now])].sort();
      element.hidden = name === "team" && values.length === 0;
      const every = name === "environment" ? [[EVERY, "All environments"]] : [];
      const named = several(name, now, parameters);
      show(chosen(name, now, parameters), [
        ["", ALL[name]],
        ...every,
        ...(named ? [[NAMED, named]] : []),
        ...values.map((value) => [value, value]),
      ]);
    },
  };
}

/** In words, what no single option is. */
function several(name, now, parameters) {
  if (now.length > 1) return now.join(", ");
  const tiers = parameters.getAll("tier");
  if (name !== "environment" || now.length === 1 || tiers.length === 0 || isEveryTier(parameters)) return null;
  return `Tier: ${tiers.join(", ")}`;
}

function chosen(name, now, parameters) {
  if (several(name, now, parameters)) return NAMED;
  if (name === "environment" && now.length === 0 && isEveryTier(parameters)) return EVERY;
  return now[0] ?? "";
}

function picked(name, value) {
  if (value === NAMED) return;
  const wanted = value === EVERY ? null : value || null;
  // A name is of one tier: what was asked of tiers before would be asked of it too.
  change({ [name]: wanted, ...(name === "environment" ? { tier: value === EVERY ? TIERS : null } : {}) });
}

/** What else an address asks for, each to be taken away. */
export function clearable(names) {
  const element = el("div", { class: "field also" });
  return {
    element,
    show(parameters) {
      const found = FILTERS.filter((name) => !names.includes(name) && name !== "tier")
        .flatMap((name) => parameters.getAll(name).map((value) => [name, value]));
      element.hidden = found.length === 0;
      fill(element, found.map(chip));
    },
  };
}

function chip([name, value]) {
  const without = () => {
    const left = here().parameters.getAll(name).filter((each) => each !== value);
    change({ [name]: left });
  };
  return el(
    "button",
    { type: "button", class: "button", title: `Take away ${format.plain(name)} ${value}`, on: { click: without } },
    `${format.title(name)}: ${value}`,
    el("span", { class: "away", "aria-hidden": "true" }, "×"),
  );
}
