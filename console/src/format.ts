// Sizes, times and names as people read them.
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const timeOfDay = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const dayOfYear = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** *Units*: `bytes` are bytes; the text has decimal units. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number.format(value)} ${UNITS[unit]}`;
}

const wholeDay = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });

/** `2026-11-22` → “Nov 22, 2026”. */
export function dayText(day: string): string {
  const moment = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(moment) ? day : wholeDay.format(moment);
}

export const momentText = (time: string): string => moment.format(new Date(time));

/** “6:47 PM” of a moment of today, else “Nov 28”. */
export function shortMomentText(time: string, now = new Date()): string {
  const moment = new Date(time);
  return (moment.toDateString() === now.toDateString() ? timeOfDay : dayOfYear).format(moment);
}

/** “3 days ago”, “in an hour”. */
export function sinceText(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(0, "second");
}

/** The extension in lower case, without its dot; empty where there is none. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf(".");
  return dot > 0 ? fileName.slice(dot + 1).toLowerCase() : "";
}

type Person = { firstName: string | null; lastName: string | null; username: string };

export const personName = (person: Person): string =>
  [person.firstName, person.lastName].filter(Boolean).join(" ") || person.username;

/** `color_model` → “color model”. */
export const factName = (name: string): string => name.replaceAll("_", " ");

export function factText(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" && /_bytes$/.test(name)) return sizeText(value);
  if (typeof value === "number") return value.toLocaleString("en");
  // The size of a box, a list of names.
  if (Array.isArray(value) && value.every((one) => typeof one === "number"))
    return value.map((one) => number.format(one)).join(" × ");
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
