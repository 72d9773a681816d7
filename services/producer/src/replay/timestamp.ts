const SHAPE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** `YYYY-MM-DD HH:MM:SS` in UTC as ms since 1970; undefined where it is not that, or no real day and time. */
export function parseTimestamp(text: string): number | undefined {
  if (!SHAPE.test(text)) return undefined;
  const iso = text.replace(" ", "T");
  const time = new Date(`${iso}Z`);
  const isReal = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(iso);
  return isReal ? time.getTime() : undefined;
}
