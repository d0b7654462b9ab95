// What can be picked, as the last overview told it: other views need not ask again.

import { get } from "./api.js";

let last = null;

/** Remember the choices, if some are given, and give those that are known. */
export function known(found = null) {
  last = found ?? last;
  return last ?? {};
}

/** The choices; asked for if no overview has told them yet. They are a help, so failing is silent. */
export async function choices(signal) {
  if (last) return last;
  try {
    const found = await get("/v1/overview", new URLSearchParams({ interval: "all" }), signal);
    return known(found.choices);
  } catch {
    return {};
  }
}
