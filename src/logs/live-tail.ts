// Live Tail sessions: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import { followEvents, type FollowDependencies } from './log-follow.ts';
import type { LogEvent } from './log-event.ts';

export interface LiveTailQuery {
  readonly scope: Scope;
  readonly groups: readonly string[];
  readonly streams?: readonly string[];
  readonly streamPrefixes?: readonly string[];
  readonly matches: (text: string) => boolean;
  readonly signal: AbortSignal;
}

export interface LiveTailEvent extends LogEvent {
  readonly group: string;
}

export type LiveTailUpdate =
  | { readonly kind: 'events'; readonly events: readonly LiveTailEvent[]; readonly isSampled: boolean }
  /** The session has lasted as long as one may. */
  | { readonly kind: 'timedOut' };

const UPDATE_EVERY_MS = 1000;

/** An update a second, also when it is empty; ends when the signal does, or after three hours. */
export async function* liveTail(
  dependencies: FollowDependencies & { readonly random: Random },
  query: LiveTailQuery,
): AsyncGenerator<LiveTailUpdate> {
  const { clock, random } = dependencies;
  const stop = new AbortController();
  const signal = AbortSignal.any([query.signal, stop.signal]);
  const sample = new Sample(random);
  const followers = Promise.all(query.groups.map((group) => collect(dependencies, { ...query, signal }, group, sample)));
  const failed = followers.then(() => undefined);
  const endMs = clock.monotonicMs() + LIMITS.liveTailSessionMs;
  try {
    while (!signal.aborted) {
      await Promise.race([pause(clock, signal), failed]);
      if (signal.aborted) return;
      if (clock.monotonicMs() >= endMs) {
        yield { kind: 'timedOut' };
        return;
      }
      yield { kind: 'events', ...sample.take() };
    }
  } finally {
    stop.abort();
    await followers;
  }
}

async function collect(dependencies: FollowDependencies, query: LiveTailQuery, group: string, sample: Sample): Promise<void> {
  const { scope, streams, streamPrefixes, signal } = query;
  const matches = (event: LogEvent) =>
    (streamPrefixes === undefined || streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) && query.matches(event.text);
  const place = { scope, group, ...(streams === undefined ? {} : { streams }) };
  for await (const events of followEvents(dependencies, { ...place, matches, signal })) {
    for (const event of events) sample.add({ ...event, group });
  }
}

/** At most 500 events of a second, each with the same chance to be among them. */
class Sample {
  readonly #random: Random;
  #events: LiveTailEvent[] = [];
  #seen = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  add(event: LiveTailEvent): void {
    this.#seen += 1;
    if (this.#events.length < LIMITS.liveTailEventsPerUpdate) {
      this.#events.push(event);
      return;
    }
    const place = Math.floor(this.#random.fraction() * this.#seen);
    if (place < this.#events.length) this.#events[place] = event;
  }

  take(): { readonly events: readonly LiveTailEvent[]; readonly isSampled: boolean } {
    const events = this.#events.sort((one, other) => one.sequence - other.sequence || one.index - other.index);
    const isSampled = this.#seen > events.length;
    this.#events = [];
    this.#seen = 0;
    return { events, isSampled };
  }
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(UPDATE_EVERY_MS, resolve);
  const onAbort = () => {
    timer.cancel();
    resolve();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}
