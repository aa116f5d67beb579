// Tokens of pages of executions and of histories: what kind of page, and the numbers from which the next one goes on.

import { invalidTaskToken } from './execution-answers.ts';

export function tokenOfParts(kind: string, numbers: readonly number[]): string {
  return Buffer.from(`${kind}:${numbers.join(':')}`).toString('base64url');
}

/** Throws InvalidToken for what is no token of ours for such a page. */
export function partsOfToken(token: string, kind: string, count: number): readonly number[] {
  const [found, ...texts] = Buffer.from(token, 'base64url').toString().split(':');
  const numbers = texts.map(Number);
  if (found !== kind || numbers.length !== count || !numbers.every(Number.isSafeInteger) || tokenOfParts(kind, numbers) !== token)
    throw invalidTaskToken();
  return numbers;
}
