// Lambda's API of durable executions as far as the CLI calls it. Times are seconds on the wire.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html

import type { Connection } from '../connection.ts';
import type { DurableEvent, DurableStatus } from '../flows/operations.ts';
import { call, callIfExists, jsonOf } from '../http/client.ts';
import { encodeRfc3986 } from '../http/signer.ts';

export interface DurableExecution {
  readonly DurableExecutionArn: string;
  readonly DurableExecutionName: string;
  readonly FunctionArn: string;
  readonly Status: DurableStatus;
  readonly StartTimestamp: number;
  readonly EndTimestamp?: number;
}

export interface DurableExecutionDetails extends DurableExecution {
  readonly InputPayload?: string;
  readonly Result?: string;
  readonly Error?: { readonly ErrorType?: string; readonly ErrorMessage?: string };
}

const BASE = '/2025-12-01';
const pathOf = (arn: string): string => `${BASE}/durable-executions/${encodeRfc3986(arn)}`;

/** The newest first. */
export async function listDurableExecutions(
  connection: Connection,
  functionName: string,
  { status, name, count }: { readonly status?: DurableStatus | undefined; readonly name?: string; readonly count: number },
): Promise<{ readonly executions: readonly DurableExecution[]; readonly hasMore: boolean }> {
  const path = `${BASE}/functions/${encodeRfc3986(functionName)}/durable-executions`;
  const query = { MaxItems: String(count), ReverseOrder: 'true', Statuses: status, DurableExecutionName: name };
  const page = jsonOf(await call(connection, { service: 'lambda', method: 'GET', path, query })) as {
    readonly DurableExecutions?: readonly DurableExecution[];
    readonly NextMarker?: string;
  };
  return { executions: page.DurableExecutions ?? [], hasMore: (page.NextMarker ?? '') !== '' };
}

/** Undefined where there is none. */
export async function getDurableExecution(connection: Connection, arn: string): Promise<DurableExecutionDetails | undefined> {
  const answer = await callIfExists(connection, { service: 'lambda', method: 'GET', path: pathOf(arn) });
  return answer && (jsonOf(answer) as DurableExecutionDetails);
}

/** The whole of it, with what errors say. */
export async function durableHistoryOf(connection: Connection, arn: string): Promise<readonly DurableEvent[]> {
  const events: DurableEvent[] = [];
  let marker: string | undefined;
  do {
    const query = { IncludeExecutionData: 'true', MaxItems: '1000', Marker: marker };
    const answer = await call(connection, { service: 'lambda', method: 'GET', path: `${pathOf(arn)}/history`, query });
    const page = jsonOf(answer) as { readonly Events?: readonly DurableEvent[]; readonly NextMarker?: string };
    events.push(...(page.Events ?? []));
    marker = page.NextMarker === '' ? undefined : page.NextMarker;
  } while (marker !== undefined);
  return events;
}

export async function stopDurableExecution(
  connection: Connection,
  arn: string,
  error: { readonly ErrorType?: string | undefined; readonly ErrorMessage?: string | undefined },
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(error);
  await call(connection, { service: 'lambda', method: 'POST', path: `${pathOf(arn)}/stop`, headers, body });
}
