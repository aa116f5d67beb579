// ISO 8601 timestamps with a date, a time and an offset, to the nanosecond, as java.time's OffsetDateTime reads them.

const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Nanoseconds since the epoch; undefined for what is no such timestamp. */
export function instantOf(text: string): bigint | undefined {
  const [, seconds, fraction = '', offset] = FORM.exec(text) ?? [];
  if (seconds === undefined || offset === undefined) return undefined;
  const ms = Date.parse(`${seconds}${offset}`);
  // Date.parse takes 30 February for 2 March; the day must come back as it was written.
  if (Number.isNaN(ms) || new Date(Date.parse(`${seconds}Z`)).toISOString().slice(0, 10) !== seconds.slice(0, 10)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
