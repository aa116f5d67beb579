// `wildcard` patterns: `*` stands for any characters, `\*` and `\\` for themselves.
//
// Matching goes from left to right once and takes each piece where it comes first, which is right because a later place could only leave
// less for the pieces behind it. So there is nothing to go back to, and no pattern that takes long.

export interface Wildcard {
  /** The texts between the stars, in their order; one more than there are stars. */
  readonly pieces: readonly string[];
}

/** Throws an Error in AWS's words. Positions count from 1: AWS counts the quote before the first character. */
export function parseWildcard(pattern: string): Wildcard {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const next = pattern[at + 1];
    if (character === '*') {
      if (next === '*') throw new Error(`Consecutive wildcard characters at pos ${byteAt(pattern, at)}`);
      pieces.push(piece);
      piece = '';
    } else if (character === '\\') {
      if (next !== '*' && next !== '\\') throw new Error(`Invalid escape character at pos ${byteAt(pattern, at)}`);
      piece += next;
      at += 1;
    } else piece += character;
  }
  return { pieces: [...pieces, piece] };
}

function byteAt(pattern: string, at: number): number {
  return Buffer.byteLength(pattern.slice(0, at)) + 1;
}

export function wildcardMatches({ pieces }: Wildcard, text: string): boolean {
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
