// Ordered publications: messages of a stream (a FIFO topic) that are numbered, taken once within a window, and accepted with all that must
// follow from them in one step.

import type { NewDelivery } from './deliveries.ts';
import type { Scope } from './store.ts';

export interface Publication {
  /** Two of one key within the window are one. */
  readonly key: string;
  readonly id: string;
  /** Greater than that of every publication before it in its stream. */
  readonly sequence: number;
  readonly deliveries: readonly NewDelivery[];
}

export interface PublicationRequest {
  readonly scope: Scope;
  readonly stream: string;
  /** In their order. */
  readonly publications: readonly Publication[];
  readonly nowMs: number;
  /** How long their keys are known. */
  readonly knownUntilMs: number;
}

export type PublicationOutcome =
  | { readonly kind: 'accepted' }
  /** What it is taken for: nothing was accepted. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly sequence: number };

export type PublicationResult =
  | { readonly kind: 'published'; readonly outcomes: readonly PublicationOutcome[] }
  /** Somebody numbered on meanwhile: nothing was done, and numbers must be greater than `last`. */
  | { readonly kind: 'overtaken'; readonly last: number };

export interface PublicationStore {
  publish(request: PublicationRequest): Promise<PublicationResult>;
  /** 0 for a stream that nobody has published to. */
  lastSequence(scope: Scope, stream: string): Promise<number>;
  /** Forgets the keys of a stream that has ended. Its numbers go on, should there be another of its name. */
  forget(scope: Scope, stream: string): Promise<void>;
}
