// How many requests a second a destination is sent: a bucket of tokens for each, filled as time passes.
// Owns: the buckets, at most BUCKETS_MAX of them; one that is forgotten is full again.

import type { HttpTarget } from '#outbox';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const BUCKETS_MAX = 1000;
/** A tenth of a second's requests may go at once, so that fast destinations are not paced one by one. */
const BURST_SECONDS = 0.1;

export class Pacing {
  readonly #buckets = new Map<string, Bucket>();

  /** Undefined: it is the request's turn. Else when to ask again. */
  take({ url, perSecondMax }: Pick<HttpTarget, 'url' | 'perSecondMax'>, nowMs: number): number | undefined {
    if (perSecondMax === undefined) return undefined;
    const burst = Math.max(1, perSecondMax * BURST_SECONDS);
    const bucket = this.#bucketOf(`${new URL(url).origin} ${perSecondMax}`, burst, nowMs);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.filledAtMs) / 1000) * perSecondMax);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return nowMs + Math.max(1, Math.ceil(((1 - bucket.tokens) / perSecondMax) * 1000));
    bucket.tokens -= 1;
    return undefined;
  }

  #bucketOf(name: string, burst: number, nowMs: number): Bucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    if (this.#buckets.size >= BUCKETS_MAX) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    const bucket = { tokens: burst, filledAtMs: nowMs };
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
