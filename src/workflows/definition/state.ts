// What a definition is once it has been read: states as a union on `kind`, with what a field may hold settled, and nothing left to check but values.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html

import type { Json, JsonObject } from '../expressions/json.ts';
import type { TaskResource } from './task-resource.ts';

export type QueryLanguage = 'JSONPath' | 'JSONata';

/** A chain of states: a machine, a branch, or what a map does with an item. */
export type Flow = { readonly path: string; readonly startAt: string; readonly states: ReadonlyMap<string, State> };

export type Machine = Flow & {
  readonly language: QueryLanguage;
  readonly comment: string | undefined;
  readonly timeoutSeconds: number | undefined;
  /** Every flow of the definition by its path; the machine's own is ''. */
  readonly flows: ReadonlyMap<string, Flow>;
};

type Common = {
  readonly name: string;
  /** Where it stands in the definition: `/States/Map/ItemProcessor/States/Inner`. */
  readonly path: string;
  readonly language: QueryLanguage;
  /** Undefined where the state ends its flow. */
  readonly next: string | undefined;
  /** `null` means an empty object; undefined that the field is absent. */
  readonly inputPath: string | null | undefined;
  readonly outputPath: string | null | undefined;
  readonly assign: JsonObject | undefined;
  /** JSONata. */
  readonly output: Json | undefined;
};

type Working = Common & {
  /** JSONPath's Parameters, or JSONata's Arguments. */
  readonly parameters: Json | undefined;
  readonly resultSelector: Json | undefined;
  readonly resultPath: string | null | undefined;
};

type Guarded = Working & { readonly retry: readonly Retrier[]; readonly catch: readonly Catcher[] };

export type PassState = Working & { readonly kind: 'Pass'; readonly result: Json | undefined };
export type TaskState = Guarded & {
  readonly kind: 'Task';
  readonly resource: TaskResource;
  readonly credentials: JsonObject | undefined;
  readonly timeout: Setting;
  readonly heartbeat: Setting;
};
export type ChoiceState = Common & {
  readonly kind: 'Choice';
  readonly choices: readonly Choice[];
  readonly defaultNext: string | undefined;
};
export type WaitState = Common & { readonly kind: 'Wait'; readonly until: Setting & { readonly field: 'Seconds' | 'Timestamp' } };
export type SucceedState = Common & { readonly kind: 'Succeed' };
export type FailState = Common & { readonly kind: 'Fail'; readonly error: Setting; readonly cause: Setting };
export type ParallelState = Guarded & { readonly kind: 'Parallel'; readonly branches: readonly Flow[] };
export type MapState = Guarded & {
  readonly kind: 'Map';
  readonly processor: Flow;
  readonly mode:
    | { readonly kind: 'inline' }
    | { readonly kind: 'distributed'; readonly executionType: 'STANDARD' | 'EXPRESS'; readonly label: string | undefined };
  readonly items: Setting;
  readonly itemSelector: Json | undefined;
  readonly maxConcurrency: Setting;
  readonly toleratedFailureCount: Setting;
  readonly toleratedFailurePercentage: Setting;
  readonly itemReader: ItemReader | undefined;
  readonly itemBatcher: ItemBatcher | undefined;
  readonly resultWriter: ResultWriter | undefined;
};

export type State = PassState | TaskState | ChoiceState | WaitState | SucceedState | FailState | ParallelState | MapState;

/** A field that is given as it is, as an expression, or by a path in a field of its own. */
export type Setting = { readonly field: string; readonly value: Json | undefined; readonly path: string | undefined };

export type Retrier = {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly jitter: boolean;
};

export type Catcher = {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly resultPath: string | null | undefined;
  readonly assign: JsonObject | undefined;
  readonly output: Json | undefined;
};

export type Choice = {
  readonly rule: Rule;
  readonly next: string;
  readonly assign: JsonObject | undefined;
  readonly output: Json | undefined;
};

export type Rule =
  | { readonly kind: 'and' | 'or'; readonly rules: readonly Rule[] }
  | { readonly kind: 'not'; readonly rule: Rule }
  | { readonly kind: 'condition'; readonly condition: Json }
  | { readonly kind: 'compare'; readonly variable: string; readonly operator: string; readonly operand: Json };

export type ItemReader = { readonly resource: string; readonly config: JsonObject; readonly parameters: Json | undefined };
export type ItemBatcher = { readonly maxItems: Setting; readonly maxInputBytes: Setting; readonly batchInput: Json | undefined };
export type ResultWriter = {
  readonly resource: string | undefined;
  readonly config: JsonObject;
  readonly parameters: Json | undefined;
};
