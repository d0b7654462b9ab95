// Where somebody was: a view that is gone back to has as much loaded as before, and stands as it stood.

const left = new Map();
let made = 0;

history.scrollRestoration = "manual"; // a browser would scroll before there is anything to scroll

/** What is remembered of this step of the history: `y`, and whatever a view puts beside it. */
export function remembered() {
  if (!history.state?.at) {
    made += 1;
    history.replaceState({ at: `${Date.now()}-${made}` }, "");
  }
  const { at } = history.state;
  if (!left.has(at)) left.set(at, { y: 0 });
  return left.get(at);
}
