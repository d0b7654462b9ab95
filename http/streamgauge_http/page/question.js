// What is asked of the metrics: how it stands in the page's address, and how in the API's.

import { address, changed, here } from "./address.js";

export const FILTERS = ["service", "environment", "team", "repository", "tier", "tenant"];
export const INTERVALS = ["day", "week", "month", "quarter", "year"];
export const RANGES = { 30: "30 days", 90: "90 days", 180: "180 days", 365: "12 months" };
export const TIERS = ["production", "staging", "testing", "development", "other"];
const CARRIED = ["days", "from", "to", "interval", "tz", "week_start", "definition", ...FILTERS];
const DAYS = "90";

/** How many days, in words. */
export const daysTitle = (days) => RANGES[days] ?? `${days} days`;

/** Whether environments of all tiers are asked for, by none's name. */
export function isEveryTier(parameters) {
  const given = new Set(parameters.getAll("tier"));
  return TIERS.every((tier) => given.has(tier));
}

/** The parameters that go along from one view to the next. */
export function carried(parameters) {
  const found = [...parameters].filter(([name]) => CARRIED.includes(name));
  return new URLSearchParams(found);
}

/** The address of another view, with what goes along from this one. */
export function onward(parts) {
  return address(parts, carried(here().parameters));
}

/** The time zone that is asked in. */
export function zone(parameters) {
  return parameters.get("tz") || "UTC";
}

/** The zone of whoever looks: what an address gets that names none. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** How many days the range is; null for one with a beginning and an end. */
export function days(parameters) {
  if (parameters.has("from") || parameters.has("to")) return null;
  const given = parameters.get("days") ?? "";
  return /^[1-9]\d{0,3}$/.test(given) ? given : DAYS;
}

/** The first day of the range, and the first one after it, as texts. */
export function range(parameters) {
  const count = days(parameters);
  const end = parameters.get("to") || shifted(today(zone(parameters)), 1);
  const start = parameters.get("from") || shifted(end.slice(0, 10), -Number(count ?? DAYS));
  return { start, end };
}

/** The question as the API takes it. */
export function question(parameters, changes = {}) {
  const { start, end } = range(parameters);
  const kept = [...carried(parameters)].filter(([name]) => name !== "days");
  const asked = changed(new URLSearchParams(kept), {
    from: start,
    to: end,
    interval: parameters.get("interval") || "week",
    tz: zone(parameters),
  });
  return changed(asked, changes);
}

/** The parameters of a bucket's explanation: the part of it that the range of the answer has. */
export function explained({ from, to, interval }, bucket, parameters) {
  const start = new Date(bucket.start) < new Date(from) ? from : bucket.start;
  const end = new Date(bucket.end) > new Date(to) ? to : bucket.end;
  return changed(carried(parameters), { start, end, interval });
}

/** The day it is in the zone. */
function today(tz) {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: tz }).format(new Date());
  } catch {
    // A zone that this browser does not know; the service says what it thinks of it.
    return new Date().toISOString().slice(0, 10);
  }
}

/** The day so many days after. */
export function shifted(day, count) {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + count);
  return moment.toISOString().slice(0, 10);
}
