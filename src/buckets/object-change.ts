// What happened to an object, as the notifications of its bucket tell it.

import type { Clock, Scope } from '#kernel';
import type { NewDelivery } from '#store';
import type { ObjectEventName } from './event-names.ts';
import type { NotificationConfiguration } from './notifications.ts';

/** Who did it, for the event's document. */
export interface Actor {
  readonly requestId: string;
  /** As IAM writes it, for example `AWS:AKIA…`. */
  readonly principalId: string;
  readonly sourceAddress: string;
  /** `X-Amzn-Trace-Id` of the request, which goes on with the events that come of it. */
  readonly traceHeader?: string | undefined;
}

export interface ObjectChange {
  readonly event: ObjectEventName;
  readonly scope: Scope;
  readonly bucket: string;
  readonly key: string;
  readonly atMs: number;
  readonly actor: Actor;
  /** Grows with every change of a key: receivers put events in order with it. Hexadecimal, of one length. */
  readonly sequencer: string;
  /** None when it was removed. */
  readonly object?: { readonly bytes: number; readonly etag: string } | undefined;
}

/** Pure, but for the ids that it draws. */
export type DeliveriesFor = (change: ObjectChange, configuration: NotificationConfiguration) => readonly NewDelivery[];

const COUNTER_DIGITS = 6;
const TIME_DIGITS = 12;

export interface ChangeSequence {
  next(): { readonly atMs: number; readonly sequencer: string };
}

/**
 * The time and a counter within it, which goes on when the clock stands still or steps back. Taken in the same turn as the step is
 * handed to the store, which works in order: so the order of sequencers is the order in which the changes became visible.
 */
export function createChangeSequence(clock: Clock): ChangeSequence {
  let latestMs = 0;
  let counter = 0;
  return {
    next() {
      const atMs = clock.now();
      counter = atMs > latestMs ? 0 : counter + 1;
      latestMs = Math.max(latestMs, atMs);
      const digits = latestMs.toString(16).padStart(TIME_DIGITS, '0') + counter.toString(16).padStart(COUNTER_DIGITS, '0');
      return { atMs, sequencer: digits.toUpperCase() };
    },
  };
}
