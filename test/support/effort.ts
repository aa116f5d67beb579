// How hard tests try: a little in every run, a lot with MAYFLY_LONG=1.

export const IS_LONG = process.env['MAYFLY_LONG'] === '1';

/** Runs of a property, rounds of a crash test. */
export function effort(short: number, long: number): number {
  return IS_LONG ? long : short;
}
