// EventBridge's API and its Scheduler's as far as the CLI calls them. https://docs.aws.amazon.com/eventbridge/latest/APIReference/

import type {
  ListRulesResponse,
  ListTargetsByRuleResponse,
  PutRuleRequest,
  PutTargetsRequest,
  PutTargetsResponse,
  Rule,
  Target,
} from '@aws-sdk/client-eventbridge';
import type { GetScheduleOutput, ListSchedulesOutput, ScheduleSummary } from '@aws-sdk/client-scheduler';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { call, callIfExists, jsonOf } from '../http/client.ts';
import { encodeRfc3986 } from '../http/signer.ts';
import { EVENTS, jsonOperation, unless } from './protocols.ts';

/** Undefined where there is no such bus. */
export async function listRules(connection: Connection, bus: string, prefix?: string): Promise<readonly Rule[] | undefined> {
  const rules: Rule[] = [];
  let token: string | undefined;
  do {
    const input = { EventBusName: bus, NamePrefix: prefix, NextToken: token };
    const page = (await unless(['ResourceNotFoundException'], jsonOperation(connection, EVENTS, 'ListRules', input))) as
      | ListRulesResponse
      | undefined;
    if (page === undefined) return undefined;
    rules.push(...(page.Rules ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return rules;
}

export async function listBuses(connection: Connection): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = (await jsonOperation(connection, EVENTS, 'ListEventBuses', { NextToken: token })) as {
      readonly EventBuses?: readonly { readonly Name?: string }[];
      readonly NextToken?: string;
    };
    names.push(...(page.EventBuses ?? []).map(({ Name = '' }) => Name));
    token = page.NextToken;
  } while (token !== undefined);
  return names;
}

export async function createBus(connection: Connection, name: string): Promise<void> {
  await jsonOperation(connection, EVENTS, 'CreateEventBus', { Name: name });
}

export async function putRule(connection: Connection, rule: PutRuleRequest): Promise<string> {
  return ((await jsonOperation(connection, EVENTS, 'PutRule', rule)) as { readonly RuleArn: string }).RuleArn;
}

export async function putTargets(connection: Connection, request: PutTargetsRequest): Promise<void> {
  const answer = (await jsonOperation(connection, EVENTS, 'PutTargets', request)) as PutTargetsResponse;
  const [failed] = answer.FailedEntries ?? [];
  if (failed !== undefined) throw new Failure(`${failed.ErrorCode}: ${failed.ErrorMessage}`, { code: failed.ErrorCode });
}

export async function listTargets(connection: Connection, bus: string, rule: string): Promise<readonly Target[]> {
  const input = { EventBusName: bus, Rule: rule };
  const page = await unless(['ResourceNotFoundException'], jsonOperation(connection, EVENTS, 'ListTargetsByRule', input));
  return (page as ListTargetsByRuleResponse | undefined)?.Targets ?? [];
}

/** With its targets. Nothing where it is gone already. */
export async function removeRule(connection: Connection, bus: string, rule: string): Promise<void> {
  const targets = await listTargets(connection, bus, rule);
  const Ids = targets.map(({ Id = '' }) => Id);
  if (Ids.length > 0) await jsonOperation(connection, EVENTS, 'RemoveTargets', { EventBusName: bus, Rule: rule, Ids });
  await unless(['ResourceNotFoundException'], jsonOperation(connection, EVENTS, 'DeleteRule', { EventBusName: bus, Name: rule }));
}

const GROUP = 'default';
const schedulePath = (name: string): string => `/schedules/${encodeRfc3986(name)}`;

export async function listSchedules(connection: Connection, prefix?: string): Promise<readonly ScheduleSummary[]> {
  const schedules: ScheduleSummary[] = [];
  let token: string | undefined;
  do {
    const query = { NamePrefix: prefix, NextToken: token };
    const page = jsonOf(
      await call(connection, { service: 'scheduler', method: 'GET', path: '/schedules', query }),
    ) as ListSchedulesOutput;
    schedules.push(...(page.Schedules ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return schedules;
}

export async function getSchedule(connection: Connection, name: string, group = GROUP): Promise<GetScheduleOutput | undefined> {
  const query = { groupName: group };
  const answer = await callIfExists(connection, { service: 'scheduler', method: 'GET', path: schedulePath(name), query });
  return answer && (jsonOf(answer) as GetScheduleOutput);
}

export interface ScheduleWish {
  readonly name: string;
  readonly description: string;
  /** `cron(…)`, `rate(…)` or `at(…)`. */
  readonly expression: string;
  readonly timeZone: string;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly input: string | undefined;
}

export async function putSchedule(connection: Connection, wish: ScheduleWish, isNew: boolean): Promise<void> {
  const body = JSON.stringify({
    GroupName: GROUP,
    Description: wish.description,
    ScheduleExpression: wish.expression,
    ScheduleExpressionTimezone: wish.timeZone,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: wish.targetArn, RoleArn: wish.roleArn, Input: wish.input },
  });
  const headers = { 'content-type': 'application/json' };
  await call(connection, { service: 'scheduler', method: isNew ? 'POST' : 'PUT', path: schedulePath(wish.name), headers, body });
}

export async function deleteSchedule(connection: Connection, name: string): Promise<void> {
  const query = { groupName: GROUP };
  await callIfExists(connection, { service: 'scheduler', method: 'DELETE', path: schedulePath(name), query });
}
