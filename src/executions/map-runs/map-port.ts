// What the runner of executions wants of distributed maps, and how it is told of their end.

import type { Scope } from '#kernel';
import type { Command, ExecutionFacts, Input, Json } from '#workflows';
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
    | { readonly kind: 'items'; readonly items: readonly Json[] }
    | { readonly kind: 'failed'; readonly cause: string }
    | { readonly kind: 'interrupted' }
  >;
  /** Resolves when the run is on the disk; from there on it goes on by itself, and tells its execution (`deliver`) when it has ended. Asked for twice, it is the same run. */
  begin(request: MapRunRequest): Promise<void>;
  cancel(mapRunArn: string): Promise<void>;
}

/** How an input comes to an execution: resolves when it is taken in by a step that is on the disk; false where the execution is over or does not wait for it. */
export type Deliver = (executionArn: string, input: Input) => Promise<boolean>;
