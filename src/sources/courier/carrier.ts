// What hands entries of one kind to their targets.

import type { OutboxEntry, Target } from '#outbox';
import type { DeliveryClaim } from '#store';
import type { Outcome } from './outcome.ts';

export type TargetOf<Kind extends Target['kind']> = Extract<Target, { readonly kind: Kind }>;

export interface Attempt {
  readonly nowMs: number;
  /** Of the entry in the outbox: a target that can settles it in the step that takes it. */
  readonly claim?: DeliveryClaim;
  /** The platform goes down, and waits no longer. */
  readonly signal: AbortSignal;
}

/** Throws an ApiError where the target's room does. */
export type Carrier<Kind extends Target['kind']> = (
  entry: OutboxEntry,
  target: TargetOf<Kind>,
  attempt: Attempt,
) => Promise<Outcome>;

const decoder = new TextDecoder();

export function textOf({ payload }: OutboxEntry): string {
  return decoder.decode(payload);
}
