// What there is: state machines and durable functions, how their newest executions stand, and which those are.

import { listDurableExecutions } from '../aws/durable-executions.ts';
import { listFunctions } from '../aws/functions.ts';
import { unless } from '../aws/protocols.ts';
import { listExecutions, listStateMachines } from '../aws/states.ts';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { shortName } from './find.ts';

/** The words of both services; a durable execution that is stopped is `STOPPED`, that of a machine `ABORTED`. */
export type FlowStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'STOPPED' | 'PENDING_REDRIVE';

export interface FlowExecution {
  readonly arn: string;
  /** `payments/order-7` */
  readonly name: string;
  readonly flow: string;
  readonly status: FlowStatus;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
}

export interface FlowSummary {
  readonly name: string;
  readonly arn: string;
  readonly kind: 'STANDARD' | 'EXPRESS' | 'durable function';
  /** Of the newest; undefined where no list is kept (express machines). */
  readonly executions: readonly FlowExecution[] | undefined;
  /** There are more than were looked at. */
  readonly hasMore: boolean;
}

export interface Wanted {
  /** A machine's or a function's name. */
  readonly flow: string | undefined;
  readonly status: FlowStatus | undefined;
  /** How many of each are looked at. */
  readonly count: number;
}

export async function lookAtFlows(connection: Connection, wanted: Wanted): Promise<readonly FlowSummary[]> {
  const isWanted = ({ name }: { readonly name: string }): boolean => wanted.flow === undefined || wanted.flow === name;
  const machines = (await listStateMachines(connection)).filter(isWanted);
  const functions = (await listFunctions(connection))
    .filter(({ DurableConfig }) => DurableConfig !== undefined)
    .map(({ FunctionName: name = '', FunctionArn: arn = '' }) => ({ name, arn }))
    .filter(isWanted);
  if (wanted.flow !== undefined && machines.length + functions.length === 0)
    throw new Failure(`There is no state machine and no durable function ${wanted.flow}.`, {
      code: 'StateMachineDoesNotExist',
      mend: '`mayfly flows` shows what there is.',
    });
  const summaries: FlowSummary[] = [];
  // One after the other: a platform has work of its own.
  for (const { name, stateMachineArn: arn, type: kind } of machines)
    summaries.push({ name, arn, kind, ...(await executionsOf(connection, { name, arn }, wanted)) });
  for (const { name, arn } of functions)
    summaries.push({ name, arn, kind: 'durable function', ...(await durableExecutionsOf(connection, name, wanted)) });
  return summaries;
}

type Looked = Pick<FlowSummary, 'executions' | 'hasMore'>;

async function executionsOf(
  connection: Connection,
  { name, arn }: { readonly name: string; readonly arn: string },
  { status, count }: Wanted,
): Promise<Looked> {
  if (status === 'STOPPED') return { executions: [], hasMore: false };
  const page = await listExecutions(connection, arn, { status, count });
  const executions = page?.executions.map((execution) => ({
    arn: execution.executionArn,
    name: shortName(execution),
    flow: name,
    status: execution.status,
    startedMs: execution.startDate * 1000,
    endedMs: execution.stopDate === undefined ? undefined : execution.stopDate * 1000,
  }));
  return { executions, hasMore: page?.hasMore ?? false };
}

async function durableExecutionsOf(connection: Connection, name: string, { status, count }: Wanted): Promise<Looked> {
  if (status === 'ABORTED' || status === 'PENDING_REDRIVE') return { executions: [], hasMore: false };
  // A function that was deleted since it was listed has none.
  const listed = await unless(['ResourceNotFoundException'], listDurableExecutions(connection, name, { status, count }));
  const { executions = [], hasMore = false } = listed ?? {};
  const shown = executions.map((execution) => ({
    arn: execution.DurableExecutionArn,
    name: `${name}/${execution.DurableExecutionName}`,
    flow: name,
    status: execution.Status,
    startedMs: execution.StartTimestamp * 1000,
    endedMs: execution.EndTimestamp === undefined ? undefined : execution.EndTimestamp * 1000,
  }));
  return { executions: shown, hasMore };
}

export function newestOf(flows: readonly FlowSummary[], count: number): readonly FlowExecution[] {
  return flows
    .flatMap(({ executions }) => executions ?? [])
    .toSorted((one, other) => other.startedMs - one.startedMs)
    .slice(0, count);
}

export function countsOf(executions: readonly FlowExecution[]): Readonly<Partial<Record<FlowStatus, number>>> {
  const counts: Partial<Record<FlowStatus, number>> = {};
  for (const { status } of executions) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
