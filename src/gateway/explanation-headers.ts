// X-Mayfly-Start, X-Mayfly-Why and X-Mayfly-Phases: how an invocation was started and where its time went, for callers who ask with
// X-Mayfly-Explain: 1. Whoever places it before an answer has made sure that the caller is known: what it tells (how many instances are busy, whether
// memory is short) is nothing for passers-by.

import { explanationOf } from '#invocation';
import type { AttemptResult } from '#invocation';

/** What a caller asks with. */
export const EXPLAIN = 'x-mayfly-explain';

type Answered = Extract<AttemptResult, { kind: 'answered' }>;

/** Undefined where nobody asked. */
export function explanationHeaders(
  { record }: Pick<Answered, 'record'>,
  requested: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (requested !== '1' || record === undefined) return undefined;
  const { start, why, phases } = explanationOf(record);
  return { 'x-mayfly-start': start, ...(why === undefined ? undefined : { 'x-mayfly-why': why }), 'x-mayfly-phases': phases };
}
