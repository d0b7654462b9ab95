// What a press of a button asks of the service, and what to say if it does not work.

import { askForToken } from "./dialog.js";
import { el } from "./dom.js";

/** Do it once, however often the button is pressed meanwhile. A button that is disabled would lose the focus. */
export async function attempt(button, action) {
  if (button.dataset.asking) return;
  button.dataset.asking = "yes";
  if (button.nextSibling?.role === "alert") button.nextSibling.remove();
  try {
    await action();
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (problem.status === undefined) throw problem;
    if (problem.wantsToken) askForToken(problem, () => button.click());
    else button.after(el("p", { class: "why", role: "alert" }, `${problem.title}. ${problem.message}`));
  } finally {
    delete button.dataset.asking;
  }
}
