// Sees the data of a state on its way, for TestState; an execution has none.

import type { Json } from '../expressions/json.ts';
import type { Failure } from './state-failure.ts';

export type Inspected =
  | 'afterInputPath'
  | 'afterParameters'
  | 'afterArguments'
  | 'result'
  | 'afterResultSelector'
  | 'afterResultPath'
  | 'afterItemsPath'
  | 'afterItemSelector'
  | 'maxConcurrency'
  | 'toleratedFailureCount'
  | 'toleratedFailurePercentage';

export type Observer = {
  /** In place of the execution's own context object. */
  readonly context: Json | undefined;
  /** Only paths see what is after them: a JSONata state has none. */
  readonly saw: (what: Inspected, value: Json) => void;
  readonly exited: (output: Json, next: string | undefined) => void;
  readonly retrying: (retrierIndex: number, delaySeconds: number, failure: Failure) => void;
  readonly retriesSpent: (retrierIndex: number) => void;
  readonly caught: (catcherIndex: number, failure: Failure) => void;
  readonly failed: (failure: Failure) => void;
};
