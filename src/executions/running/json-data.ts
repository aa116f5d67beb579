// JSON that comes from outside as text: an execution's input, a task's output. Parsed within bounds.

import { LIMITS } from '#kernel';
import type { Json } from '#workflows';

export type ReadData = { readonly kind: 'read'; readonly value: Json } | { readonly kind: 'invalid'; readonly why: string };

export function readData(text: string): ReadData {
  if (Buffer.byteLength(text) > LIMITS.statePayloadBytes)
    return { kind: 'invalid', why: `It has more than ${LIMITS.statePayloadBytes} bytes of UTF-8.` };
  if (isTooDeep(text)) return { kind: 'invalid', why: `It is nested deeper than ${LIMITS.dataDepth} levels.` };
  try {
    return { kind: 'read', value: JSON.parse(text) as Json };
  } catch (error) {
    return { kind: 'invalid', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Of what is no JSON it may say either. */
export function isTooDeep(text: string): boolean {
  return depthOf(text) > LIMITS.dataDepth;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Brackets within one another, without those in texts. */
function depthOf(text: string): number {
  // Most are so short that they cannot be too deep.
  if (text.length <= 2 * LIMITS.dataDepth) return 0;
  let depth = 0;
  let most = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isText = false;
    } else if (code === QUOTE) isText = true;
    else if (OPENING.has(code)) most = Math.max(most, ++depth);
    else if (CLOSING.has(code)) depth--;
  }
  return most;
}
