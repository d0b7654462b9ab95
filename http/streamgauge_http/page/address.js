// The state of a view is what stands behind the # of its address: #/metric/change_lead_time?tz=UTC

/** The path's parts and the parameters of the address that is shown. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { parts, parameters: new URLSearchParams(query) };
}

/** The address of a view. */
export function address(parts, parameters = null) {
  const query = parameters ? `${parameters}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

/** Show this view with these parameters; `replace`: without a step for the back button. */
export function go(parts, parameters = null, { replace = false } = {}) {
  const target = address(parts, parameters);
  if (replace) {
    history.replaceState(history.state, "", target);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = target;
  }
}

/** The same view, with some parameters changed; null or an empty list takes one away. */
export function change(changes, options = {}) {
  const { parts, parameters } = here();
  go(parts, changed(parameters, changes), options);
}

/** A copy of the parameters with some of them changed. */
export function changed(parameters, changes) {
  const found = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(changes)) {
    found.delete(name);
    for (const each of value === null ? [] : [value].flat()) found.append(name, each);
  }
  return found;
}

// Somebody may have cut an address in the middle of a character.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
