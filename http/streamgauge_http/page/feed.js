// Reads a live feed of server-sent events. By fetch and not by EventSource, which can show no token.

import { send } from "./api.js";

const PAUSES_MS = [500, 1000, 2000, 5000];

/**
 * Follow the feed that the parameters name from after the position `last` on. `tell` is called with
 * each event and `say` with how it stands: "connected", or why not. Ends with the signal.
 */
export async function follow(parameters, last, { tell, say, signal }) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": last };
      const answer = await send(`/v1/live?${parameters}`, { headers, signal, cache: "no-store" });
      say("connected");
      failures = 0;
      for await (const message of messages(answer.body)) {
        if (message.id) last = message.id;
        if (message.event === "dropped") say(JSON.parse(message.data).reason);
        else if (message.data) tell(JSON.parse(message.data));
      }
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      if (error.wantsToken || error.status === 400 || error.status === 404) throw error;
      say(error.status ? error.message : "The connection is gone; trying again");
      failures += 1;
    }
    await pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)], signal);
  }
}

/** The messages of a stream, each as its fields. */
async function* messages(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let left = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (left + value.replaceAll("\r\n", "\n")).split("\n\n");
    left = parts.pop();
    for (const part of parts) yield message(part);
  }
}

function message(text) {
  const found = { data: "" };
  for (const line of text.split("\n")) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") found.data += (found.data ? "\n" : "") + value;
    else if (name) found[name] = value;
  }
  return found;
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
