// Where an execution stands: plain JSON in small records, one for each thread of states, so that a step writes only what it changed.

import type { Json, JsonObject } from '../expressions/json.ts';
import type { Outcome } from './messages.ts';

/** What an execution was started with; never changes, but for redrives. */
export type ExecutionFacts = {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly executionType: 'STANDARD' | 'EXPRESS';
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly startedMs: number;
  readonly input: Json;
  readonly redriveCount: number;
  /** When it was last redriven. */
  readonly redrivenMs?: number;
  /** Which flow it runs: '' for the machine itself, or the path of a distributed map's processor for its children. */
  readonly flowPath: string;
  /** A child of a map run sees its item in the context. */
  readonly mapItem?: MapItem;
};

/** `key`: of an item that was a member of an object; `source`: where a distributed map has it from. */
export type MapItem = { readonly index: number; readonly value: Json; readonly key?: string; readonly source?: string };

export type Execution = {
  facts: ExecutionFacts;
  nextEventId: number;
  outcome: Outcome | undefined;
  readonly threads: Map<string, Thread>;
  /** How far the children of a thread are, by its id. Apart from the thread, whose record holds its items and would be written again with each of them. */
  readonly progress: Map<string, Progress>;
  /** Threads that can go on at once; not empty where a step ended because it was long. */
  ready: string[];
};

/** One chain of states: the execution's own, a branch's, or an iteration's. */
export type Thread = {
  readonly id: string;
  readonly parent: { readonly threadId: string; readonly index: number } | undefined;
  readonly flowPath: string;
  readonly mapItem: MapItem | undefined;
  previousEventId: number;
  variables: JsonObject;
  /** How large the texts of its variables are together. */
  variableBytes: number;
  current: Current | undefined;
  phase: Phase;
};

/** The state that a thread is in. */
export type Current = {
  readonly name: string;
  readonly input: Json;
  readonly enteredEventId: number;
  readonly enteredMs: number;
  /** The event before it was entered: what an evaluation that fails at once points to. */
  readonly beforeEventId: number;
  retryCount: number;
  /** For each retrier, how often it was used. */
  retries: readonly number[];
};

export type Phase =
  | { readonly kind: 'entering'; readonly name: string; readonly input: Json }
  /** To begin the current state's work again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'waiting'; readonly timerId: string }
  | { readonly kind: 'retrying'; readonly timerId: string }
  | {
      readonly kind: 'task';
      readonly taskId: string;
      readonly started: boolean;
      readonly timeoutTimerId: string | undefined;
      readonly heartbeatTimerId: string | undefined;
      readonly heartbeatSeconds: number | undefined;
      readonly heartbeats: number;
    }
  | {
      readonly kind: 'children';
      /** Distinguishes attempts: a part of the children's ids. */
      readonly serial: number;
      readonly count: number;
      /** Of a map: what its iterations are given, and how many run at once. */
      readonly items: readonly Json[] | undefined;
      readonly concurrency: number;
    }
  | { readonly kind: 'reading'; readonly readId: string }
  | { readonly kind: 'map-run'; readonly mapRunId: string; readonly redriveCount: number }
  /** Its result is there, and is being placed; never at the end of a step. */
  | { readonly kind: 'ending' }
  /** It failed, or was ended with what failed around it. Kept until that was retried or caught; where it was not, a redrive goes on from here. */
  | { readonly kind: 'halted'; readonly was: Resumable }
  | { readonly kind: 'done'; readonly output: Json };

/** What a redrive can bring a thread back to. Whatever else it waited for is begun again. */
export type Resumable = Extract<Phase, { kind: 'entering' | 'again' | 'children' | 'map-run' }>;

export type Progress = { readonly started: number; readonly done: number; readonly lastEventId: number };

export const ROOT = 'root';

export function newExecution(facts: ExecutionFacts): Execution {
  return { facts, nextEventId: 1, outcome: undefined, threads: new Map(), progress: new Map(), ready: [] };
}

export function childId(parentId: string, serial: number, index: number): string {
  return `${parentId}/${serial}.${index}`;
}
