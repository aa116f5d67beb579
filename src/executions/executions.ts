// The room's face: executions of state machines, from their start to their history, put together.

import type { Clock, Log, Random, Scope } from '#kernel';
import type { JournalStore } from '#store';
import type { Evaluator } from '#workflows';
import type { ActivityTaskSource } from './activities/activity-port.ts';
import type { ExecutionLog } from './logging/execution-log.ts';
import type { MachinePort } from './machines/machine-port.ts';
import type { RunnableMachine } from './machines/runnable.ts';
import type { Deliver, MapRunPort } from './map-runs/map-port.ts';
import type {
  ChildExecutions,
  ExecutionDescription,
  ExecutionListItem,
  ExecutionQuery,
  HistoryPage,
  HistoryQuery,
  Page,
  StartedExecution,
  StartRequest,
  SyncExecution,
} from './running/execution-requests.ts';
import type { EndNotice } from './running/ends.ts';
import { Changes } from './running/execution-changes.ts';
import { Queries } from './running/execution-queries.ts';
import { Starts } from './running/execution-starts.ts';
import { Expiry } from './running/expiry.ts';
import { RelatedExecutions } from './running/related-executions.ts';
import { Runner } from './running/runner.ts';
import type { StatusChanges } from './running/status-changes-port.ts';
import { TaskAnswers } from './running/task-answers.ts';
import type { TaskPort } from './tasks/task-port.ts';

export interface ExecutionsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: { readonly journals: JournalStore };
  readonly machines: MachinePort;
  readonly tasks: TaskPort;
  /** Map runs have executions as children, and are a state of one: each is given the other. */
  readonly mapRuns: (of: { readonly children: ChildExecutions; readonly deliver: Deliver }) => MapRunPort;
  readonly executionLog: ExecutionLog;
  readonly statusChanges: StatusChanges;
  /** Evaluates what may take long; in place where there is none. */
  readonly evaluator?: Evaluator | undefined;
}

/** What a caller names an execution by; of another account or region, it does not exist. */
export type ExecutionRef = { readonly scope: Scope; readonly executionArn: string };

export interface Executions {
  /** Resolves when the execution is on the disk with its first step. */
  start(request: StartRequest): Promise<StartedExecution>;
  /**
   * Of an express machine: resolves with its end. In memory alone, as AWS has it. Rejects when the signal aborts; the execution goes on without
   * its caller then.
   */
  startSync(request: StartRequest, signal: AbortSignal): Promise<SyncExecution>;
  stop(
    request: ExecutionRef & { readonly error: string | undefined; readonly cause: string | undefined },
  ): Promise<{ readonly stoppedAtMs: number }>;
  redrive(request: ExecutionRef & { readonly clientToken: string | undefined }): Promise<{ readonly redrivenAtMs: number }>;
  describe(request: ExecutionRef): Promise<ExecutionDescription>;
  /** What it runs: its machine as it was when it began, and for a map run's child the part of the definition that it runs. */
  machineOf(
    request: ExecutionRef,
  ): Promise<{ readonly machine: RunnableMachine; readonly mapRunArn: string | undefined; readonly label: string | undefined }>;
  list(query: ExecutionQuery): Promise<Page<ExecutionListItem>>;
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** How the execution stands when it has ended, or when the signal aborts. Waiting costs nothing. */
  finished(request: ExecutionRef, signal: AbortSignal): Promise<ExecutionDescription>;
  /** Tells of each execution that ends from now on, when that is on the disk; until what it answers is called. */
  follow(follower: (executionArn: string, end: EndNotice) => void): () => void;
  /** Each resolves when it is taken in by a step that is on the disk. */
  readonly tasks: {
    succeed(request: { readonly scope: Scope; readonly taskToken: string; readonly output: string }): Promise<void>;
    fail(request: {
      readonly scope: Scope;
      readonly taskToken: string;
      readonly error: string | undefined;
      readonly cause: string | undefined;
    }): Promise<void>;
    heartbeat(request: { readonly scope: Scope; readonly taskToken: string }): Promise<void>;
  };
  readonly activityTasks: ActivityTaskSource;
  /** For map runs. */
  readonly children: ChildExecutions;
  readonly deliver: Deliver;
  /** Takes up what an earlier process left, in the background. */
  open(): Promise<void>;
  /** Takes nothing up from this call on; what is under way may finish within the window, and the rest is the next process's. */
  close(windowMs: number): Promise<void>;
}

export function createExecutions(parts: ExecutionsParts): Executions {
  const { clock, store, machines } = parts;
  const { journals } = store;
  // The runner has tasks of others' executions told, and map runs have executions as children: each of them is called only when all are there.
  const related = new RelatedExecutions({ clock, journals, runner: () => runner, queries: () => queries });
  const mapRuns = parts.mapRuns({ children: related.children, deliver: related.deliver });
  const runner: Runner = new Runner({ ...parts, journals, mapRuns, siblings: related.siblings });
  const queries: Queries = new Queries({ clock, journals, machines, ends: runner.ends });
  const starts = new Starts({ ...parts, journals, runner });
  const changes = new Changes({ queries, runner });
  const answers = new TaskAnswers({ journals, runner });
  const expiry = new Expiry({ ...parts, journals });
  return {
    start: (request) => starts.start(request),
    startSync: (request, signal) => starts.startSync(request, signal),
    stop: (request) => changes.stop(request),
    redrive: (request) => changes.redrive(request),
    describe: (request) => queries.describe(request),
    machineOf: (request) => queries.machineOf(request),
    list: (query) => queries.list(query),
    history: (query) => queries.history(query),
    finished: (request, signal) => queries.finished(request, signal),
    follow: (follower) => runner.ends.follow(follower),
    tasks: answers.answers,
    activityTasks: answers,
    children: related.children,
    deliver: related.deliver,
    open() {
      runner.start();
      expiry.start();
      return Promise.resolve();
    },
    async close(windowMs) {
      expiry.close();
      related.close();
      await runner.close(windowMs);
    },
  };
}
