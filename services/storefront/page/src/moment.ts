/** A moment as people say it: the day, left out for today, and the time. */
export interface Moment {
  readonly day: string;
  readonly time: string;
}

/** Says `at` (ISO 8601) as seen from `now` (ms since 1970), in the reader's language and time zone unless given. */
export function momentOf(at: string, now: number, locale?: string, timeZone?: string): Moment {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return { day: "", time: "" };
  const text = (options: Intl.DateTimeFormatOptions, when = then) =>
    new Intl.DateTimeFormat(locale, { ...options, ...(timeZone === undefined ? {} : { timeZone }) }).format(when);
  const date = { year: "numeric", month: "numeric", day: "numeric" } as const;
  const time = text({ hour: "2-digit", minute: "2-digit" });
  if (text(date) === text(date, now)) return { day: "Today", time };
  const sameYear = text({ year: "numeric" }) === text({ year: "numeric" }, now);
  return { day: text({ day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) }), time };
}

/** A greeting for the hour of the day, 0 to 23. */
export function greetingAt(hour: number): string {
  if (hour >= 5 && hour < 12) return "Good morning";
  return hour >= 12 && hour < 18 ? "Good afternoon" : "Good evening";
}
