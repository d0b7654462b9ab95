// Numbers, durations and times in words.

const LOCALE = "en-GB";
const UNITS = [
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];
const DASH = "–";

/** A number without needless digits: 1,234.5 */
export function number(value, digits = 2) {
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(value);
}

/** A duration in its two largest units: 2 d 3 h. */
export function duration(seconds) {
  const sign = seconds < 0 ? "−" : "";
  let left = Math.round(Math.abs(seconds));
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left %= size;
    return [unit, count];
  });
  const first = parts.findIndex(([, count]) => count > 0);
  if (first < 0) return "0 s";
  const told = parts.slice(first, first + 2).filter(([, count]) => count > 0);
  return sign + told.map(([unit, count]) => `${number(count)} ${unit}`).join(" ");
}

const isDuration = (unit) => unit === "seconds";
const isShare = (unit) => /^share\b/.test(unit ?? "");

/** A value of a metric as it is shown: the number, and the words after it. */
export function told(value, unit) {
  if (value === null || value === undefined) return { text: DASH, after: "" };
  if (isDuration(unit)) return { text: duration(value), after: "" };
  if (isShare(unit)) return { text: `${number(value * 100, 1)} %`, after: words(unit) };
  return { text: number(value), after: words(unit) };
}

/** A value of a metric in one piece, for a table or a label. */
export function value(given, unit) {
  return told(given, unit).text;
}

/** What a unit is called after its number. */
function words(unit) {
  return isShare(unit) ? unit.replace(/^share /, "") : (unit ?? "");
}

/** What a column of such values is called. */
export function unitTitle(unit) {
  return isDuration(unit) ? "duration" : (unit ?? "");
}

const MOMENT = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
const FORMS = {
  day: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "long", year: "numeric" },
  year: { year: "numeric" },
  shortDay: { day: "numeric", month: "short" },
  shortMonth: { month: "short" },
  second: { ...MOMENT, second: "2-digit" },
  moment: MOMENT,
};

function written(instant, form, tz) {
  try {
    return new Intl.DateTimeFormat(LOCALE, { ...FORMS[form], timeZone: tz }).format(instant);
  } catch {
    return new Intl.DateTimeFormat(LOCALE, { ...FORMS[form], timeZone: "UTC" }).format(instant);
  }
}

/** 2 Mar 2026 */
export function day(text, tz) {
  return written(new Date(text), "day", tz);
}

/** 2 Mar 2026, 14:03; with seconds where they are asked for. */
export function moment(text, tz, form = "moment") {
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? String(text) : written(instant, form, tz);
}

/** What a bucket is called: week of 2 Mar 2026, March 2026, 2026. */
export function bucketTitle(bucket, interval, tz) {
  const start = new Date(bucket.start);
  if (interval === "day") return day(start, tz);
  if (interval === "week") return `week of ${day(start, tz)}`;
  if (interval === "month") return written(start, "month", tz);
  if (interval === "quarter") return `quarter from ${written(start, "month", tz)}`;
  if (interval === "year") return written(start, "year", tz);
  return rangeTitle(bucket.start, bucket.end, tz);
}

/** What buckets are called under an axis: short, with the year below where another one begins. */
export function bucketMarks(buckets, interval, tz) {
  let last = null;
  return buckets.map(({ start }) => {
    const [instant, before] = [new Date(start), last];
    last = written(instant, "year", tz);
    if (interval === "year") return last;
    const form = ["month", "quarter"].includes(interval) ? "shortMonth" : "shortDay";
    return written(instant, form, tz) + (last === before ? "" : `\n${last}`);
  });
}

/** From the first day to the last one. */
export function rangeTitle(from, to, tz) {
  const last = new Date(new Date(to).getTime() - 1);
  const [first, final] = [day(from, tz), day(last, tz)];
  return first === final ? first : `${first} to ${final}`;
}

/** An instant in seconds since 1970. */
export const seconds = (text) => new Date(text).getTime() / 1000;

/** A word of the API for people: not_production, not production. */
export function plain(word) {
  return String(word ?? "").replaceAll("_", " ");
}

/** The same with a capital. */
export function title(word) {
  const text = plain(word);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How many of what: 1 event, 2 events. */
export function count(n, what) {
  return `${number(n)} ${what}${n === 1 ? "" : "s"}`;
}
