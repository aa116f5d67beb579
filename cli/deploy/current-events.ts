// Reads what ties the functions of a folder to queues, topics, buses and schedules, as far as a deployment made it.

import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { getSchedule, listBuses, listRules, listSchedules } from '../aws/events.ts';
import type { PolicyStatement } from '../aws/functions.ts';
import { listMappings, tagsOf } from '../aws/mappings.ts';
import { findQueueUrl, queueAttributes, queueName } from '../aws/queues.ts';
import { listSubscriptions, listTopics, subscriptionAttributes } from '../aws/topics.ts';
import type { Connection } from '../connection.ts';
import { APP_TAG } from './current-state.ts';
import type { CheckedConfig } from './config-schema.ts';
import { isOwnName, linksOf, NO_EVENTS, wishesOf } from './plan-events.ts';
import type { CurrentEvents, FoundLink } from './plan-events.ts';

interface Wish {
  readonly name: string;
  readonly config: CheckedConfig;
}

export interface ReadFunctionPolicy {
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
}

export async function readCurrentEvents(
  connection: Connection,
  wanted: readonly Wish[],
  functions: readonly ReadFunctionPolicy[],
): Promise<CurrentEvents> {
  const links: FoundLink[] = [];
  for (const one of functions) {
    links.push(
      ...(await mappingLinks(connection, one)),
      ...(await topicLinks(connection, one)),
      ...(await ruleLinks(connection, one)),
      ...(await scheduleLinks(connection, one)),
    );
  }
  const wishes = wanted.flatMap(linksOf);
  // A platform is asked for what somebody uses.
  const [topics, buses] = await Promise.all([
    wishes.some(({ kind }) => kind === 'topic') ? listTopics(connection) : [],
    wishes.some(({ kind }) => kind === 'rule') ? listBuses(connection) : [],
  ]);
  const queues = await Promise.all(
    wishesOf(wanted).map(async ({ queue }) => {
      const url = await findQueueUrl(connection, queue);
      return [queue, url === undefined ? undefined : await queueAttributes(connection, url)] as const;
    }),
  );
  return { ...NO_EVENTS, links, queues: new Map(queues), topics: new Set(topics.map(queueName)), buses: new Set(buses) };
}

/** Those that carry a folder's tag: other mappings are somebody else's. */
async function mappingLinks(connection: Connection, { name }: ReadFunctionPolicy): Promise<readonly FoundLink[]> {
  const links: FoundLink[] = [];
  for (const mapping of await listMappings(connection, name)) {
    if (mapping.EventSourceArn?.startsWith('arn:aws:sqs:') !== true) continue;
    const tags = await tagsOf(connection, mapping.EventSourceMappingArn ?? '');
    if (tags[APP_TAG] !== undefined) links.push(mappingLink(name, mapping));
  }
  return links;
}

function mappingLink(name: string, mapping: EventSourceMappingConfiguration): FoundLink {
  return {
    handle: mapping.UUID ?? '',
    link: {
      kind: 'queue',
      function: name,
      queue: queueName(mapping.EventSourceArn ?? ''),
      batchSize: mapping.BatchSize ?? 10,
      windowSeconds: mapping.MaximumBatchingWindowInSeconds ?? 0,
      partialFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
      concurrency: mapping.ScalingConfig?.MaximumConcurrency,
    },
  };
}

/** What a function lets in under one of our statements was tied to it once. */
function sourcesOf({ statements }: ReadFunctionPolicy, prefix: string): readonly string[] {
  return statements.flatMap(({ Sid, Condition }) => {
    const source = Condition?.ArnLike?.['AWS:SourceArn'];
    return Sid.startsWith(prefix) && source !== undefined ? [source] : [];
  });
}

async function topicLinks(connection: Connection, one: ReadFunctionPolicy): Promise<readonly FoundLink[]> {
  const links: FoundLink[] = [];
  for (const topicArn of sourcesOf(one, 'mayfly-sns-')) {
    for (const { arn, protocol, endpoint } of (await listSubscriptions(connection, topicArn)) ?? []) {
      if (protocol !== 'lambda' || endpoint.split(':').at(6) !== one.name) continue;
      const { FilterPolicy = '{}' } = await subscriptionAttributes(connection, arn);
      const filter = JSON.stringify(JSON.parse(FilterPolicy));
      links.push({ handle: arn, link: { kind: 'topic', function: one.name, topic: queueName(topicArn), filter } });
    }
  }
  return links;
}

/** `arn:aws:events:…:rule/name` on the default bus, `…:rule/bus/name` on another. */
const RULE_ARN = /:rule\/(?:(.+)\/)?([^/]+)$/;

async function ruleLinks(connection: Connection, one: ReadFunctionPolicy): Promise<readonly FoundLink[]> {
  const links: FoundLink[] = [];
  for (const ruleArn of sourcesOf(one, 'mayfly-events-')) {
    const [, bus = 'default', name = ''] = RULE_ARN.exec(ruleArn) ?? [];
    if (!isOwnName(name, one.name)) continue;
    for (const rule of (await listRules(connection, bus, name)) ?? []) {
      if (rule.Name !== name) continue;
      const pattern = JSON.stringify(JSON.parse(rule.EventPattern ?? '{}'));
      links.push({ handle: '', link: { kind: 'rule', function: one.name, bus, rule: name, pattern } });
    }
  }
  return links;
}

async function scheduleLinks(connection: Connection, { name }: ReadFunctionPolicy): Promise<readonly FoundLink[]> {
  const links: FoundLink[] = [];
  for (const { Name = '' } of await listSchedules(connection, `mayfly-${name}-`)) {
    const found = isOwnName(Name, name) ? await getSchedule(connection, Name) : undefined;
    if (found === undefined) continue;
    const { ScheduleExpression: expression = '', ScheduleExpressionTimezone: timeZone = 'UTC', Target } = found;
    links.push({
      handle: '',
      link: { kind: 'schedule', function: name, schedule: Name, expression, timeZone, input: Target?.Input },
    });
  }
  return links;
}
