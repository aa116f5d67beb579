// Sets of indexes as text: children end nearly in the order in which they began, so that ranges are short.

/** `0-999,1003`; the indexes may come in any order. */
export function writeRanges(indexes: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const index of [...indexes].toSorted((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.last === index - 1) last.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export function readRanges(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
