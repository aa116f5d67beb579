// Wildcards as policies write them. Pure.

/** `*` for any run of characters, `?` for one. Without backtracking over more than the latest star, so its time is bounded by the product of both lengths. */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let retryFrom = 0;
  let position = 0;
  while (position < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++;
      retryFrom = position;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++retryFrom;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Wildcards of ArnLike work within each of the six parts of an ARN; only the last one may contain colons. */
export function arnMatches(pattern: string, arn: string): boolean {
  const patterns = arnParts(pattern);
  const parts = arnParts(arn);
  return patterns.length === parts.length && patterns.every((part, index) => matches(part, parts[index] ?? ''));
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
