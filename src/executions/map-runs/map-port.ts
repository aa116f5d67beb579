// What the runner of executions wants of distributed maps, and how it is told of their end.

import type { Scope } from '#kernel';
import type { Command, ExecutionFacts, Input, ItemOrigin, Json } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';

export type MapRunRequest = {
  readonly scope: Scope;
  readonly machine: RunnableMachine;
  /** The execution that the map is a state of. */
  readonly facts: ExecutionFacts;
  readonly command: Extract<Command, { kind: 'start-map-run' }>;
};

export interface MapRunPort {
  /** Reads a map's items. Never rejects but for a bug. */
  readItems(request: {
    readonly scope: Scope;
    readonly facts: ExecutionFacts;
    readonly command: Extract<Command, { kind: 'read-items' }>;
    readonly signal: AbortSignal;
  }): Promise<
    | { readonly kind: 'items'; readonly items: readonly Json[]; readonly origin: ItemOrigin }
    | { readonly kind: 'failed'; readonly cause: string }
    | { readonly kind: 'interrupted' }
  >;
  /** Resolves when the run is on the disk; from there on it goes on by itself, and tells its execution (`deliver`) when it has ended. Asked for twice, it is the same run. */
  begin(request: MapRunRequest): Promise<void>;
  /** Its children that are open are ended; nothing is told of it. Passed over where it is not open. */
  cancel(mapRunArn: string): Promise<void>;
  /** Lets one that failed or was cancelled go on with its children that did not succeed. Asked for twice with one count, it is the same redrive. */
  redrive(mapRunArn: string, redriveCount: number): Promise<void>;
}

/** How an input comes to an execution: resolves when it is taken in by a step that is on the disk; false where the execution is over or does not wait for it. */
export type Deliver = (executionArn: string, input: Input) => Promise<boolean>;
