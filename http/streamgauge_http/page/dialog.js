// Dialogs: a token that an action needs, and an event as a whole.

import { el } from "./dom.js";
import { json } from "./json.js";
import { tokenForm } from "./states.js";

/** Ask for a token, and call `done` when there is one. Escape gives it up. */
export function askForToken(problem, done) {
  const close = show(
    "A token is needed",
    el("p", {}, problem.message),
    tokenForm(() => {
      close();
      done();
    }),
  );
}

/** An event as a whole. */
export function showEvent(title, facts, document) {
  show(
    title,
    el("dl", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    json("The whole event", document, { open: true }),
  );
}

/** Show a dialog; gives what closes it. The browser keeps the focus in it, and gives it back. */
function show(title, ...content) {
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    el(
      "div",
      { class: "heading" },
      el("h2", { id: "dialog-title" }, title),
      el("button", { type: "button", class: "button", on: { click: close } }, "Close"),
    ),
    content,
  );
  dialog.addEventListener("close", () => dialog.remove());
  addEventListener("hashchange", close, { once: true });
  // Beside it is outside of it: a click on the backdrop is a click on the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return close;
}
