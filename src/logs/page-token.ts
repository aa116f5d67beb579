// Tokens of pages: a direction and a gap between two events, or the name after which a list goes on.

import { invalidToken } from './log-answers.ts';
import { eventId, parseEventId, type EventKey } from './log-event.ts';
import type { Direction } from './event-page.ts';

export interface EventToken {
  readonly direction: Direction;
  readonly gap: EventKey;
}

/** `f/…/s` and `b/…/s`, as GetLogEvents has them. */
export function eventToken(direction: Direction, gap: EventKey): string {
  return `${direction === 'forward' ? 'f' : 'b'}/${eventId(gap)}/s`;
}

export function parseEventToken(token: string): EventToken {
  const [, letter, id] = /^([fb])\/(\d+)\/s$/.exec(token) ?? [];
  const gap = id === undefined ? undefined : parseEventId(id);
  if (gap === undefined) throw invalidToken();
  return { direction: letter === 'f' ? 'forward' : 'backward', gap };
}

export function listToken(after: string): string {
  return Buffer.from(`after:${after}`).toString('base64url');
}

export function parseListToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:') || listToken(text.slice('after:'.length)) !== token) throw invalidToken();
  return text.slice('after:'.length);
}
