// What is shown stays true: the page asks again by itself, for as long as somebody looks at it.

const TICK_MS = 5_000;
const TICKS = 6;

/**
 * Call `ask` every half minute, and as soon as the page is looked at again or the connection is back.
 * What waits for something, an error that may pass, say, is asked for again with each tick.
 */
export function keepFresh(ask) {
  let ticks = 0;
  const now = () => {
    if (document.hidden) return;
    ticks = 0;
    ask();
  };
  setInterval(() => {
    ticks += 1;
    if (ticks >= TICKS || document.querySelector("main [data-waits]")) now();
  }, TICK_MS);
  for (const name of ["focus", "online"]) addEventListener(name, now);
  document.addEventListener("visibilitychange", now);
}
