// Carries out what plan-events.ts decided. Permissions come before what needs them and go after it; each change can be repeated.

import { createBus, deleteSchedule, putRule, putSchedule, putTargets, removeRule } from '../aws/events.ts';
import { addPermission, removePermission } from '../aws/functions.ts';
import { createMapping, deleteMapping, updateMapping } from '../aws/mappings.ts';
import { createQueue, queueUrl, setQueueAttributes } from '../aws/queues.ts';
import { createTopic, setFilterPolicy, subscribe, unsubscribe } from '../aws/topics.ts';
import { ServiceFailure } from '../http/client.ts';
import type { Target } from './apply.ts';
import { APP_TAG } from './current-state.ts';
import type { EventChange, FoundLink, Link, QueueWish } from './plan-events.ts';

export async function applyEventChange(target: Target, change: EventChange): Promise<void> {
  const { connection } = target;
  switch (change.kind) {
    case 'createQueue': {
      const fifo: Readonly<Record<string, string>> = change.wish.queue.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      await createQueue(connection, change.wish.queue, { ...fifo, ...attributesOf(target, change.wish) });
      return;
    }
    case 'updateQueue':
      return setQueueAttributes(connection, await queueUrl(connection, change.wish.queue), attributesOf(target, change.wish));
    case 'createTopic':
      await createTopic(connection, change.topic);
      return;
    case 'createBus':
      return createBus(connection, change.bus);
    case 'putLink':
      return putLink(target, change.link, change.found);
    case 'removeLink':
      return removeLink(target, change.found);
    default:
      return change satisfies never;
  }
}

function arnOf({ connection, account }: Target, service: string, resource: string): string {
  return `arn:aws:${service}:${connection.region}:${account}:${resource}`;
}

const functionArn = (target: Target, name: string): string => arnOf(target, 'lambda', `function:${name}`);

function attributesOf(target: Target, { visibility, deadLetter }: QueueWish): Readonly<Record<string, string>> {
  return {
    ...(visibility > 0 && { VisibilityTimeout: String(visibility) }),
    ...(deadLetter && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arnOf(target, 'sqs', deadLetter.queue),
        maxReceiveCount: deadLetter.receives,
      }),
    }),
  };
}

async function putLink(target: Target, link: Link, found: FoundLink | undefined): Promise<void> {
  switch (link.kind) {
    case 'queue':
      return putMapping(target, link, found?.handle);
    case 'topic':
      return putSubscription(target, link, found?.handle);
    case 'rule':
      return putFunctionRule(target, link);
    case 'schedule':
      return putFunctionSchedule(target, link, found === undefined);
    default:
      return link satisfies never;
  }
}

async function putMapping(target: Target, link: Extract<Link, { kind: 'queue' }>, uuid: string | undefined): Promise<void> {
  const settings = {
    FunctionName: link.function,
    BatchSize: link.batchSize,
    MaximumBatchingWindowInSeconds: link.windowSeconds,
    FunctionResponseTypes: link.partialFailures ? ['ReportBatchItemFailures' as const] : [],
    // An empty object takes the limit away.
    ScalingConfig: link.concurrency === undefined ? {} : { MaximumConcurrency: link.concurrency },
  };
  if (uuid !== undefined) return updateMapping(target.connection, uuid, settings);
  const EventSourceArn = arnOf(target, 'sqs', link.queue);
  return createMapping(target.connection, { ...settings, EventSourceArn, Tags: { [APP_TAG]: target.app } });
}

async function putSubscription(
  target: Target,
  link: Extract<Link, { kind: 'topic' }>,
  subscriptionArn: string | undefined,
): Promise<void> {
  const { connection } = target;
  if (subscriptionArn !== undefined) return setFilterPolicy(connection, subscriptionArn, link.filter);
  const topicArn = arnOf(target, 'sns', link.topic);
  await allow(target, link.function, statementId(link), 'sns.amazonaws.com', topicArn);
  const filterPolicy = link.filter === '{}' ? undefined : link.filter;
  return subscribe(connection, { topicArn, protocol: 'lambda', endpoint: functionArn(target, link.function), filterPolicy });
}

async function putFunctionRule(target: Target, link: Extract<Link, { kind: 'rule' }>): Promise<void> {
  const { connection } = target;
  const Description = `Wakes the function ${link.function}.`;
  const ruleArn = await putRule(connection, { Name: link.rule, EventBusName: link.bus, EventPattern: link.pattern, Description });
  await allow(target, link.function, statementId(link), 'events.amazonaws.com', ruleArn);
  const Targets = [{ Id: 'function', Arn: functionArn(target, link.function) }];
  await putTargets(connection, { Rule: link.rule, EventBusName: link.bus, Targets });
}

function putFunctionSchedule(target: Target, link: Extract<Link, { kind: 'schedule' }>, isNew: boolean): Promise<void> {
  const { schedule: name, expression, timeZone, input } = link;
  const wish = {
    name,
    description: `Wakes the function ${link.function}.`,
    expression,
    timeZone,
    targetArn: functionArn(target, link.function),
    // Roles decide nothing here, but the API asks for one.
    roleArn: `arn:aws:iam::${target.account}:role/mayfly`,
    input,
  };
  return putSchedule(target.connection, wish, isNew);
}

async function removeLink({ connection }: Target, { link, handle }: FoundLink): Promise<void> {
  switch (link.kind) {
    case 'queue':
      return deleteMapping(connection, handle);
    case 'topic':
      await unsubscribe(connection, handle);
      return removePermission(connection, link.function, statementId(link));
    case 'rule':
      await removeRule(connection, link.bus, link.rule);
      return removePermission(connection, link.function, statementId(link));
    case 'schedule':
      return deleteSchedule(connection, link.schedule);
    default:
      return link satisfies never;
  }
}

/** Statement ids take letters, digits, hyphens and underscores. */
function statementId(link: Extract<Link, { kind: 'topic' | 'rule' }>): string {
  const source = link.kind === 'topic' ? `sns-${link.topic}` : `events-${link.bus}-${link.rule}`;
  return `mayfly-${source.replaceAll(/[^\w-]/g, '_')}`.slice(0, 100);
}

async function allow(
  { connection, account }: Target,
  name: string,
  StatementId: string,
  Principal: string,
  SourceArn: string,
): Promise<void> {
  try {
    const permission = { StatementId, Action: 'lambda:InvokeFunction', Principal, SourceArn, SourceAccount: account };
    await addPermission(connection, name, permission);
  } catch (error) {
    // The statement stands already, from an earlier attempt.
    if (!(error instanceof ServiceFailure && error.code === 'ResourceConflictException')) throw error;
  }
}
