// CloudWatch Logs as far as the CLI reads it. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/

import type { DescribeLogGroupsResponse, FilterLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs';
import type { Connection } from '../connection.ts';
import { call, jsonOf } from '../http/client.ts';

export const GROUP_PREFIX = '/aws/lambda/';

export interface LogEvent {
  readonly id: string;
  readonly function: string;
  readonly stream: string;
  readonly timestampMs: number;
  readonly message: string;
}

async function logsCall(connection: Connection, operation: string, input: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${operation}` };
  return jsonOf(await call(connection, { service: 'logs', method: 'POST', path: '/', headers, body: JSON.stringify(input) }));
}

/** Names of the functions that have logs. */
export async function functionsWithLogs(connection: Connection): Promise<readonly string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await logsCall(connection, 'DescribeLogGroups', {
      logGroupNamePrefix: GROUP_PREFIX,
      nextToken,
    })) as DescribeLogGroupsResponse;
    names.push(...(page.logGroups ?? []).map((group) => (group.logGroupName ?? '').slice(GROUP_PREFIX.length)));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

export interface LogQuery {
  readonly function: string;
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** CloudWatch's filter pattern. */
  readonly filter?: string;
}

/** Events in order of time, page by page. */
export async function* logEvents(connection: Connection, query: LogQuery): AsyncGenerator<LogEvent> {
  let nextToken: string | undefined;
  do {
    const input = { logGroupName: GROUP_PREFIX + query.function, startTime: query.from, filterPattern: query.filter, nextToken };
    const page = (await logsCall(connection, 'FilterLogEvents', input)) as FilterLogEventsResponse;
    for (const event of page.events ?? []) {
      yield {
        id: event.eventId ?? '',
        function: query.function,
        stream: event.logStreamName ?? '',
        timestampMs: event.timestamp ?? 0,
        message: (event.message ?? '').trimEnd(),
      };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
