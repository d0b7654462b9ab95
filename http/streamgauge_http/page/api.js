// Asks the service: JSON, problem details, and the token that is kept for this tab.

const KEY = "streamgauge-token";

/** What the service answers when it does not answer with what was asked for. */
export class Problem extends Error {
  constructor({ status, title, detail, where = null, type = null }) {
    super(detail || title);
    Object.assign(this, { status, title, detail, where, type });
  }

  /** Whether a token may help. */
  get wantsToken() {
    return this.status === 401 || this.status === 403;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set(value) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  },
};

/** What a request says of who asks. */
export function credentials() {
  return token.get() ? { Authorization: `Bearer ${token.get()}` } : {};
}

/**
 * The path of these parts. No encoding keeps a browser from resolving a dot segment, or the service from
 * taking a slash for one: such a part would lead elsewhere. Throws Problem.
 */
export function pathOf(root, ...parts) {
  const astray = parts.find((part) => part === "." || part === ".." || part.includes("/"));
  if (astray !== undefined) {
    throw new Problem({ status: 404, title: "Not found", detail: `There is no such thing: '${astray}'` });
  }
  return [root, ...parts.map(encodeURIComponent)].join("/");
}

/** The JSON at the path. Throws Problem, and AbortError if nobody wants it any more. */
export async function get(path, parameters = null, signal = null) {
  const query = parameters ? `${parameters}` : "";
  return read(await send(query ? `${path}?${query}` : path, { signal }));
}

/** Ask for something to be done. Throws Problem. */
export async function post(path) {
  return read(await send(path, { method: "POST" }));
}

/** The answer itself, if it is a good one. Throws Problem, and AbortError. */
export async function send(path, options = {}) {
  const headers = { Accept: "application/json", ...credentials(), ...options.headers };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({
      status: 0,
      title: "The service does not answer",
      detail: "It may be restarting, or your connection is gone. Nothing is lost by waiting.",
    });
  }
  if (!answer.ok) throw await problem(answer);
  return answer;
}

async function read(answer) {
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

async function problem(answer) {
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // A proxy's own page: there is no more to it than its status.
  }
  return new Problem({
    title: `The service answered ${answer.status}`,
    detail: answer.statusText,
    ...told,
    status: answer.status,
  });
}
