// One event of a log, written and read.

import type { IndexedLogChunk } from '#store';

/** What is written: one line of a function's output, one event of PutLogEvents. */
export interface LogLine {
  readonly timestampMs: number;
  readonly text: string;
}

/**
 * Where an event stands among all events of its group: by time, then by the order in which chunks came in, then by its place in
 * its chunk. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html sorts the same way.
 */
export interface EventKey {
  readonly timestampMs: number;
  readonly sequence: number;
  readonly index: number;
}

export interface LogEvent extends EventKey {
  readonly stream: string;
  readonly text: string;
  readonly ingestedAtMs: number;
}

export function compareKeys(one: EventKey, other: EventKey): number {
  return one.timestampMs - other.timestampMs || one.sequence - other.sequence || one.index - other.index;
}

export function eventsOf(chunk: IndexedLogChunk, lines: readonly LogLine[]): readonly LogEvent[] {
  return lines.map(({ timestampMs, text }, index) => ({
    timestampMs,
    text,
    index,
    sequence: chunk.sequence,
    stream: chunk.stream,
    ingestedAtMs: chunk.ingestedAtMs,
  }));
}

/** AWS's event ids have 56 digits and sort as the events do. */
export function eventId(key: EventKey): string {
  return `3${digits(key.timestampMs, 15)}${digits(key.sequence, 20)}${digits(key.index, 20)}`;
}

const EVENT_ID = /^3(\d{15})(\d{20})(\d{20})$/;

export function parseEventId(text: string): EventKey | undefined {
  const [, timestampMs, sequence, index] = EVENT_ID.exec(text)?.map(Number) ?? [];
  if (timestampMs === undefined || sequence === undefined || index === undefined) return undefined;
  return [timestampMs, sequence, index].every((number) => Number.isSafeInteger(number))
    ? { timestampMs, sequence, index }
    : undefined;
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0');
}
