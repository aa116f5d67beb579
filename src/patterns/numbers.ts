// Which numbers a pattern may name. Ours are doubles as event-ruler's are: what has more digits than one can hold is compared by
// nobody, and is refused where a comparison is asked for.

/** Undefined for a text whose value no double has exactly as it is written (in decimal, with the digits that identify the double). */
export function comparableNumber(text: string): number | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  return canonical(text) === canonical(String(number)) ? number : undefined;
}

/** Digits without leading and trailing zeros, and the power of ten of the first of them: equal for equal decimals. */
function canonical(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  const first = digits.search(/[1-9]/);
  if (first < 0) return '0';
  return `${sign}${digits.slice(first).replace(/0+$/, '')}e${whole.length - first + Number(exponent)}`;
}
