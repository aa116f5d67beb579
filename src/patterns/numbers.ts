// Which numbers `numeric` and `anything-but` may name. Ours are doubles as event-ruler's are: what has more digits than one can hold is refused there.
//
// A plain number of a pattern is taken in any case, and compared as a double, too. (event-ruler compares the digits of those that are none; an
// event's digits are gone when it is read here. AWS promises 15 of them:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html)

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
