// What is asked of executions, and what is answered: the words of the API, before they are on the wire.

import type { Scope } from '#kernel';
import type { HistoryEvent, Json, MapItem, Outcome } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export type StartRequest = {
  readonly scope: Scope;
  /** A machine's, a version's or an alias's. */
  readonly stateMachineArn: string;
  /** One is made up where there is none. */
  readonly name: string | undefined;
  /** JSON text; `{}` where there is none. */
  readonly input: string | undefined;
  readonly traceHeader: string | undefined;
};

export type StartedExecution = { readonly executionArn: string; readonly startedAtMs: number };

/** StartSyncExecution's answer. */
export type SyncExecution = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly input: string;
  readonly traceHeader: string | undefined;
  readonly outcome: Outcome;
  readonly billing: { readonly durationMs: number; readonly memoryMiB: number };
};

/** A child of a map run. */
export type ChildRequest = {
  readonly scope: Scope;
  readonly machine: RunnableMachine;
  readonly mapRunArn: string;
  /** Of the map: its children's machine is `<machine>/<label>`. */
  readonly label: string;
  /** Unique among the children of all runs of that label. Asked for twice, it is the same child. */
  readonly name: string;
  readonly executionType: 'STANDARD' | 'EXPRESS';
  readonly flowPath: string;
  readonly input: Json;
  readonly mapItem: MapItem | undefined;
  /** How many items it has, as lists show it. */
  readonly itemCount?: number | undefined;
};

export type ExecutionEnd = {
  readonly executionArn: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** Why not even a redrive of its map run lets it go on; undefined where one does, and of one that succeeded. */
  readonly redriveRefusal?: string | undefined;
};

/** Executions within a map run; who runs them keeps account of their ends. */
export interface ChildExecutions {
  arnOf(child: Pick<ChildRequest, 'scope' | 'machine' | 'label' | 'name' | 'executionType'>): string;
  /**
   * Begins a child, or finds the one that was begun before, and resolves with its end; undefined when the platform goes down first, and it is to be
   * asked for again by the next process. A standard child is an execution of its own in the journal, listed under its map run; it goes on by itself
   * after a crash. An express one lives in memory alone: asked for again, it begins again.
   */
  run(child: ChildRequest): Promise<ExecutionEnd | undefined>;
  /** Ends one that is open; false where there is none. */
  stop(executionArn: string, error: string | undefined, cause: string | undefined): Promise<boolean>;
  /** Lets one that did not succeed go on where it failed; false where there is nothing to redrive. Asked for twice with one token, it is one redrive. */
  redrive(executionArn: string, token: string): Promise<boolean>;
}

export type ExecutionDescription = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
  readonly input: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly traceHeader: string | undefined;
  readonly mapRunArn: string | undefined;
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;
  readonly redriveCount: number;
  readonly redrivenAtMs: number | undefined;
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason: string | undefined;
};

export type ExecutionListItem = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
  readonly mapRunArn: string | undefined;
  readonly itemCount: number | undefined;
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;
  readonly redriveCount: number;
  readonly redrivenAtMs: number | undefined;
};

export type ExecutionQuery = {
  readonly scope: Scope;
  /** A machine's, a version's, an alias's or a map run's ARN. */
  readonly of: { readonly stateMachineArn: string } | { readonly mapRunArn: string };
  readonly status: ExecutionStatus | undefined;
  readonly redriveFilter: 'REDRIVEN' | 'NOT_REDRIVEN' | undefined;
  readonly limit: number;
  readonly nextToken: string | undefined;
};

export type HistoryQuery = {
  readonly scope: Scope;
  readonly executionArn: string;
  readonly reverseOrder: boolean;
  /** Without it, events do not hold inputs and outputs. */
  readonly includeExecutionData: boolean;
  readonly limit: number;
  readonly nextToken: string | undefined;
};

export type Page<Item> = { readonly items: readonly Item[]; readonly nextToken: string | undefined };

export type HistoryPage = Page<HistoryEvent>;
