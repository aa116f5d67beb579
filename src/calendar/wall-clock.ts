// What clocks on the wall show in a time zone, and the instants that they mean. A wall time is written as epoch milliseconds whose UTC
// fields are what the wall shows.

const formats = new Map<string, Intl.DateTimeFormat>();

/** An IANA name (`Europe/Berlin`, `UTC`), in any case; offsets such as `+02:00` are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function wallTimeOf(zone: string, atMs: number): number {
  return atMs + offsetMs(zone, atMs);
}

/** `skipped`: clocks jump over this time; `atMs` is the instant at which they do so. */
export type Instant = { readonly kind: 'shown' | 'skipped'; readonly atMs: number };

/** The first instant at which the wall shows `wallMs`: clocks that are set back show some times twice. */
export function instantOf(zone: string, wallMs: number): Instant {
  // The offsets of a day before and after are those on both sides of a change nearby.
  const before = offsetMs(zone, wallMs - DAY_MS);
  const after = offsetMs(zone, wallMs + DAY_MS);
  for (const offset of before === after ? [before] : [Math.max(before, after), Math.min(before, after)]) {
    if (offsetMs(zone, wallMs - offset) === offset) return { kind: 'shown', atMs: wallMs - offset };
  }
  return { kind: 'skipped', atMs: changeBetween(zone, wallMs - DAY_MS - before, wallMs + DAY_MS - after) };
}

const DAY_MS = 86_400_000;

/** The instant at which the offset of `fromMs` has ended. Changes lie further apart than two days. */
function changeBetween(zone: string, fromMs: number, toMs: number): number {
  const offset = offsetMs(zone, fromMs);
  let [last, first] = [fromMs, toMs];
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (offsetMs(zone, middle) === offset) last = middle;
    else first = middle;
  }
  return first;
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

function offsetMs(zone: string, atMs: number): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = OFFSET.exec(formatOf(zone).format(atMs)) ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -offset : offset;
}

/** Making one costs more than using it a hundred times. Names in another case share one, so there are no more than zones. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const name = zone.toLowerCase();
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    formats.set(name, format);
  }
  return format;
}
