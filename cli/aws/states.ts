// Step Functions' API as far as the CLI calls it. Times are seconds on the wire. https://docs.aws.amazon.com/step-functions/latest/apireference/

import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import type { ExecutionStatus, HistoryEvent, Iterations } from '../flows/progress.ts';
import { call } from '../http/client.ts';
import { encodeRfc3986 } from '../http/signer.ts';
import { jsonOperation, STATES, unless } from './protocols.ts';

export interface StateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly creationDate: number;
}

export interface Execution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly redriveCount?: number;
}

export interface ExecutionDetails extends Execution {
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly redriveStatus?: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason?: string;
}

export async function listStateMachines(connection: Connection): Promise<readonly StateMachine[]> {
  const machines: StateMachine[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await operation(connection, 'ListStateMachines', { maxResults: 1000, nextToken })) as {
      readonly stateMachines: readonly StateMachine[];
      readonly nextToken?: string;
    };
    machines.push(...page.stateMachines);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return machines;
}

export interface ExecutionPage {
  /** The newest first. */
  readonly executions: readonly Execution[];
  readonly hasMore: boolean;
}

/** Undefined for an express machine, whose executions are nowhere but in its log group. */
export async function listExecutions(
  connection: Connection,
  stateMachineArn: string,
  { status, count }: { readonly status?: ExecutionStatus | undefined; readonly count: number },
): Promise<ExecutionPage | undefined> {
  const request = operation(connection, 'ListExecutions', { stateMachineArn, statusFilter: status, maxResults: count });
  const page = (await unless(['StateMachineTypeNotSupported', 'StateMachineDoesNotExist'], request)) as
    | { readonly executions: readonly Execution[]; readonly nextToken?: string }
    | undefined;
  return page && { executions: page.executions, hasMore: page.nextToken !== undefined };
}

/** Undefined where there is none. */
export async function describeStateMachine(
  connection: Connection,
  stateMachineArn: string,
): Promise<(StateMachine & { readonly definition: string; readonly status?: string }) | undefined> {
  const request = operation(connection, 'DescribeStateMachine', { stateMachineArn });
  return (await unless(['StateMachineDoesNotExist'], request)) as Awaited<ReturnType<typeof describeStateMachine>>;
}

/** Undefined where there is none. */
export async function describeExecution(connection: Connection, executionArn: string): Promise<ExecutionDetails | undefined> {
  return (await unless(['ExecutionDoesNotExist'], operation(connection, 'DescribeExecution', { executionArn }))) as
    | ExecutionDetails
    | undefined;
}

/** As it was when the execution began. */
export async function definitionOf(connection: Connection, executionArn: string): Promise<string> {
  const answer = await operation(connection, 'DescribeStateMachineForExecution', { executionArn });
  return (answer as { readonly definition: string }).definition;
}

/** The whole of it, without inputs and outputs: at most 25,000 events. */
export async function historyOf(connection: Connection, executionArn: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const input = { executionArn, includeExecutionData: false, maxResults: 1000, nextToken };
    const page = (await operation(connection, 'GetExecutionHistory', input)) as {
      readonly events: readonly HistoryEvent[];
      readonly nextToken?: string;
    };
    events.push(...page.events);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

export async function mapRunItems(connection: Connection, mapRunArn: string): Promise<Iterations> {
  const { itemCounts } = (await operation(connection, 'DescribeMapRun', { mapRunArn })) as {
    readonly itemCounts: Readonly<Record<'total' | 'pending' | 'succeeded' | 'failed' | 'timedOut' | 'aborted', number>>;
  };
  const { total, pending, succeeded, failed, timedOut, aborted } = itemCounts;
  return { total, started: total - pending, succeeded, failed: failed + timedOut, aborted };
}

export interface Start {
  readonly stateMachineArn: string;
  readonly name: string | undefined;
  readonly input: string;
}

export async function startExecution(connection: Connection, start: Start): Promise<string> {
  return ((await operation(connection, 'StartExecution', start)) as { readonly executionArn: string }).executionArn;
}

/** Of an express machine: resolves with its end. */
export async function startSyncExecution(connection: Connection, start: Start): Promise<ExecutionDetails> {
  return (await operation(connection, 'StartSyncExecution', start, SYNC_TIMEOUT_MS)) as ExecutionDetails;
}

/** An express execution has five minutes; a little more, so that its answer comes first. */
const SYNC_TIMEOUT_MS = 310_000;

/** Waits for the end of an execution, however long it takes. */
export async function waitForEnd(connection: Connection, executionArn: string): Promise<ExecutionDetails> {
  const path = `/_mayfly/executions/${encodeRfc3986(executionArn)}/end`;
  for (;;) {
    // The page answers when there is an end, or after some seconds. It is for the operator's key alone; whoever has another looks now and then.
    const page = await unless(
      ['AccessDenied', 'AccessDeniedException'],
      call(connection, { service: 'mayfly', method: 'GET', path }),
    );
    const execution = (await operation(connection, 'DescribeExecution', { executionArn })) as ExecutionDetails;
    if (execution.status !== 'RUNNING') return execution;
    if (page === undefined) await delay(LOOK_MS);
  }
}

const LOOK_MS = 500;

export async function stopExecution(
  connection: Connection,
  stop: { readonly executionArn: string; readonly error: string | undefined; readonly cause: string | undefined },
): Promise<void> {
  await operation(connection, 'StopExecution', stop);
}

export async function redriveExecution(connection: Connection, executionArn: string): Promise<void> {
  await operation(connection, 'RedriveExecution', { executionArn });
}

function operation(connection: Connection, name: string, input: object, timeoutMs?: number): Promise<unknown> {
  return jsonOperation(connection, STATES, name, input, timeoutMs);
}
