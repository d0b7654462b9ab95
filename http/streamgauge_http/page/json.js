// A document as it is, folded away until it is wanted.

import { clear, el } from "./dom.js";

/** A JSON document as indented text, behind `label`. */
export function json(label, document, { open = false } = {}) {
  // Made when it is opened: a page of events may hold megabytes of them.
  const text = el("pre", { class: "json", tabindex: "0", "aria-label": label });
  const fold = el("details", { class: "document", open }, el("summary", {}, label), text);
  const show = () => {
    if (fold.open && !text.textContent) text.textContent = clear(JSON.stringify(document, null, 2));
  };
  fold.addEventListener("toggle", show);
  if (open) show();
  return fold;
}
