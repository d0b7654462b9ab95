// The fields that pickers are made of.

import { el, fill, unique } from "./dom.js";

/** Fields with a label, which is the one of the field of this id. */
export function labelled(text, id, ...fields) {
  return el("div", { class: "field" }, el("label", { for: id }, text), fields);
}

/** A field shows the value. Somebody may be typing: as long as the address says the same, they go on. */
export function put(field, value) {
  const isNew = value !== field.dataset.shown || document.activeElement !== field;
  field.dataset.shown = value;
  if (isNew && field.value !== value) field.value = value;
}

/** A select of [value, label]s; `picked` is called with the value that was chosen. */
export function select(text, options, picked) {
  const id = unique("picker");
  const element = el("select", { id, on: { change: () => picked(element.value) } });
  let last = "";
  const show = (now, known = options) => {
    // An address may hold what nobody could pick here.
    const given = known.some(([value]) => value === now) ? known : [...known, [now, now]];
    // Made anew only if there are others: it may be unfolded, and would fold up.
    const told = JSON.stringify(given);
    if (told !== last) fill(element, given.map(([value, label]) => el("option", { value }, label)));
    last = told;
    element.value = now;
  };
  return { element: labelled(text, id, element), show };
}
