// Shows the view that the address names, and follows the address.

import { address, change, changed, here } from "./address.js";
import { clear, el, fill } from "./dom.js";
import { keepFresh } from "./fresh.js";
import { carried, ownZone } from "./question.js";
import { remembered } from "./returning.js";
import { empty } from "./states.js";
import { themeSwitch } from "./switch.js";
import * as compare from "./compare.js";
import * as explain from "./explain.js";
import * as lineage from "./lineage.js";
import * as live from "./live.js";
import * as metric from "./metric.js";
import * as overview from "./overview.js";
import * as stages from "./stages.js";

const VIEWS = new Map(Object.entries({ "": overview, metric, explain, compare, lineage, stages, live }));
const main = document.getElementById("main");
let shown = { key: null, view: null, ending: new AbortController(), was: {} };
let compared = new URLSearchParams();

async function follow() {
  const { parts, parameters } = here();
  if (!parameters.has("tz")) return change({ tz: ownZone() }, { replace: true });
  shown.ending.abort();
  shown.was.y = scrollY;
  const key = parts.map(encodeURIComponent).join("/");
  const moved = key !== shown.key;
  const view = moved ? opened(parts) : shown.view;
  const first = shown.key === null;
  const now = { key, view, parameters, ending: new AbortController(), was: remembered(), asking: true };
  shown = now;
  document.title = `${clear(view.title)} · Streamgauge`;
  linked(parts[0] ?? "", parameters);
  if (moved && !first) arrive();
  await ask(now);
  if (moved && shown === now && scrollY === 0) scrollTo(0, now.was.y);
}

async function ask(now, quiet = false) {
  now.asking = true;
  try {
    await now.view.update({ parameters: now.parameters, signal: now.ending.signal, quiet });
  } finally {
    now.asking = false;
  }
}

function opened(parts) {
  const module = VIEWS.get(parts[0] ?? "");
  const wanted = ["metric", "explain"].includes(parts[0]) ? 2 : 0;
  if (module && parts.length >= wanted) return module.open(main, parts);
  fill(
    main,
    el("h1", { tabindex: "-1" }, "There is no such view"),
    empty("Nothing is at this address", el("p", {}, el("a", { href: "#/" }, "To the overview"))),
  );
  return { title: "No such view", update: async () => {} };
}

/** As after a new page: at its top, and a screen reader reads its heading. */
function arrive() {
  scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function linked(name, parameters) {
  const onward = carried(parameters);
  if (name === "compare") compared = parameters;
  const definitions = changed(onward, { by: compared.getAll("by"), metric: compared.getAll("metric") });
  for (const link of document.querySelectorAll("[data-view]")) {
    const { view } = link.dataset;
    link.href = address([view].filter(Boolean), view === "compare" ? definitions : onward);
    if (link.dataset.view === name && link.closest("nav")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its # would be taken for a view's
  main.querySelector("h1")?.focus();
});
themeSwitch(document.getElementById("theme"));
addEventListener("hashchange", follow);
addEventListener("tokengiven", follow);
// Who types a token is not disturbed, and one that is wrong is not tried once more.
keepFresh(() => shown.asking || main.querySelector("form.token") || ask(shown, true));
follow();
