// The rooms that the courier carries to, in its own words.

import type { Buckets } from '#buckets';
import type { Executions } from '#executions';
import { ApiError, derivedUuid } from '#kernel';
import type { Clock, ErrorCode } from '#kernel';
import type { Logs } from '#logs';
import type { MessageAttributes, Sender } from '#outbox';
import { parseQueueArn } from '#queues';
import type { Queues } from '#queues';
import type { Topics } from '#topics';
import { actsWithRole } from './permission.ts';
import type { BucketPort, CourierPorts, LogPort, QueuePort, ServiceMessage, StateMachinePort, TopicPort } from './ports.ts';

export interface CarriedTo extends Pick<CourierPorts, 'buses' | 'http' | 'mail' | 'connections'> {
  readonly clock: Clock;
  readonly registry: CourierPorts['functions'];
  readonly queues: Pick<Queues, 'describe' | 'policyAllows' | 'send' | 'sendSettling'>;
  readonly topics: Pick<Topics, 'describe' | 'policyAllows' | 'publish'>;
  readonly logs: Pick<Logs, 'events' | 'streams'>;
  readonly buckets: Pick<Buckets, 'putObject'>;
  readonly executions: Pick<Executions, 'start' | 'startSync'>;
}

export function courierPorts({ clock, registry, queues, topics, logs, buckets, executions, ...others }: CarriedTo): CourierPorts {
  return {
    ...others,
    functions: registry,
    queues: queuePort(queues),
    topics: topicPort(topics),
    logs: logPort(logs, clock),
    buckets: bucketPort(buckets),
    stateMachines: stateMachinePort(executions),
  };
}

/**
 * A queue or a topic whose owner has set a policy is held to it. AWS asks for one always, and drops what nobody allowed without a word; here the account
 * is the operator's own, and what its own topics, rules and buckets send to a queue that has no policy is what its owner asked for.
 */
function queuePort(queues: CarriedTo['queues']): QueuePort {
  return {
    async send({ scope, arn, sender, body, attributes, groupId, deduplicationId, traceHeader }, claim) {
      const queue = await queues.describe(arn);
      const address = parseQueueArn(arn);
      if (queue === undefined || address === undefined || queue.scope.account !== scope.account)
        throw new ApiError('QueueDoesNotExist', `The queue ${arn} does not exist.`);
      if (queue.resourcePolicy !== undefined && !actsWithRole(sender)) {
        const asker = { kind: 'service', service: sender.service } as const;
        const source = { sourceArn: sender.arn, sourceAccount: scope.account };
        if (!(await queues.policyAllows(arn, { asker, action: 'sqs:SendMessage', ...source })))
          throw notLetIn(arn, sender, 'sqs:SendMessage');
      }
      const message = { body, attributes: orNone(attributes), groupId, deduplicationId, traceHeader };
      if (claim !== undefined) {
        await queues.sendSettling(address, message, sender.service, claim);
        return;
      }
      const [outcome] = await queues.send(address, [message], sender.service);
      if (outcome?.kind === 'refused') throw outcome.error;
    },
  };
}

function topicPort(topics: CarriedTo['topics']): TopicPort {
  return {
    async publish({ scope, id, arn, sender, subject, body, attributes, groupId, deduplicationId, traceHeader }) {
      const topic = await topics.describe(scope, arn);
      if (topic === undefined) throw new ApiError('NotFound', `The topic ${arn} does not exist.`);
      if (topic.hasPolicy && !actsWithRole(sender)) {
        const asker = { kind: 'service', service: sender.service } as const;
        const source = { sourceArn: sender.arn, sourceAccount: scope.account };
        if (!(await topics.policyAllows({ scope, topicArn: arn, action: 'sns:Publish', asker, ...source })))
          throw notLetIn(arn, sender, 'sns:Publish');
      }
      const message = { message: body, subject, attributes: topicAttributes(attributes), groupId, deduplicationId };
      await topics.publish(scope, arn, message, { messageId: derivedUuid(`${id} message`), traceHeader });
    },
  };
}

function logPort(logs: CarriedTo['logs'], clock: Clock): LogPort {
  return {
    async put({ scope, group, stream, message }) {
      const batch = { scope, group, stream, lines: [{ timestampMs: clock.now(), text: message }] };
      try {
        await logs.events.put(batch);
      } catch (error) {
        if (!isCode(error, 'ResourceNotFoundException')) throw error;
        // Of a new day. When it is the group that is missing, this says so.
        await logs.streams.create(scope, group, stream).catch((cause: unknown) => {
          if (!isCode(cause, 'ResourceAlreadyExistsException')) throw cause;
        });
        await logs.events.put(batch);
      }
    },
  };
}

function bucketPort(buckets: CarriedTo['buckets']): BucketPort {
  return {
    async put({ id, scope, bucket, key, contentType, content, sender, traceHeader }) {
      await buckets.putObject({
        scope,
        bucket,
        key,
        content: { body: once(content), bytes: content.byteLength },
        description: { headers: { contentType }, metadata: {}, tags: {} },
        condition: { kind: 'none' },
        actor: { requestId: id, principalId: `AWS:${sender.service}`, sourceAddress: sender.service, traceHeader },
      });
    },
  };
}

/** Whoever starts executions acts with a role: rules must name one, schedules and pipes have theirs. */
function stateMachinePort(executions: CarriedTo['executions']): StateMachinePort {
  return {
    async start({ arn, ...start }) {
      await executions.start({ ...start, stateMachineArn: arn });
    },
    async startSync({ arn, ...start }) {
      const { outcome, name } = await executions.startSync({ ...start, stateMachineArn: arn }, NEVER);
      if (outcome.status === 'SUCCEEDED') return { kind: 'succeeded', output: outcome.output };
      const { status, error, cause } = outcome;
      const details = [error, cause].filter((each) => each !== undefined);
      return { kind: 'failed', why: `The execution ${name} ended as ${[status, ...details].join(': ')}` };
    },
  };
}

/** An express execution ends by itself, after five minutes at the latest. */
const NEVER = new AbortController().signal;

async function* once(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield content;
}

function orNone(attributes: MessageAttributes): MessageAttributes | undefined {
  return Object.keys(attributes).length === 0 ? undefined : attributes;
}

function topicAttributes(attributes: ServiceMessage['attributes']) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [
      name,
      type.startsWith('Binary')
        ? { DataType: type, BinaryValue: Buffer.from(value, 'base64') }
        : { DataType: type, StringValue: value },
    ]),
  );
}

function notLetIn(arn: string, { service, arn: source }: Sender, action: string): ApiError {
  return new ApiError('AccessDenied', `The policy of ${arn} does not let ${service} do ${action} for ${source}.`);
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof ApiError && error.code === code;
}
