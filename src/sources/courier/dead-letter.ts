// An entry that cannot be handed on, as it goes to its dead-letter queue: the payload as it was, and beside it what each service says of the
// reason. Pure. The letter is itself an entry of the outbox, accepted in the step that settles the one it replaces, so that there is no moment
// at which it is in two places or in none.

import { createHash } from 'node:crypto';
import type { DeadLetter, MessageAttributes, OutboxEntry, RetryPolicy, Target } from '#outbox';
import { envelopeOfLambdaEvent } from '#topics';
import type { Failure } from './outcome.ts';
import type { Exhausted } from './retry-schedule.ts';

export interface End {
  readonly failure: Failure;
  readonly exhausted?: Exhausted;
  /** Attempts after the first. */
  readonly retries: number;
  readonly nowMs: number;
}

/** A queue is near: what keeps a letter from it for a fortnight, the longest that a queue would keep it, is not going to end. */
const RETRY: RetryPolicy = {
  maximumRetries: 1_000_000,
  maximumAgeSeconds: 14 * 86_400,
  backOff: { kind: 'exponential', leastMs: 1000, mostMs: 60_000 },
};

/** Undefined where nobody asked for one. Its id is drawn from the entry's, so that a repeat changes nothing. */
export function deadLetterOf(entry: OutboxEntry, end: End): OutboxEntry | undefined {
  const { deadLetter, scope, sender, traceHeader } = entry;
  if (deadLetter === undefined) return undefined;
  return {
    id: createHash('sha256').update(`${entry.id} dead letter`).digest('hex').slice(0, 32),
    scope,
    target: targetOf(entry, deadLetter.arn, attributesOf(entry, deadLetter, end)),
    payload: payloadOf(entry, deadLetter),
    sender,
    retry: RETRY,
    traceHeader,
    acceptedAtMs: end.nowMs,
  };
}

/** What a function would have got of a topic is an event around the message; its dead letter is the message. */
function payloadOf({ target, payload }: OutboxEntry, { style }: DeadLetter): Uint8Array {
  return style === 'sns' && target.kind === 'function' ? Buffer.from(envelopeOfLambdaEvent(payload)) : payload;
}

function targetOf({ target }: OutboxEntry, arn: string, attributes: MessageAttributes): Target {
  const order = {
    ...('groupId' in target && target.groupId !== undefined ? { groupId: target.groupId } : {}),
    ...('deduplicationId' in target && target.deduplicationId !== undefined ? { deduplicationId: target.deduplicationId } : {}),
  };
  return { kind: arn.split(':')[2] === 'sns' ? 'topic' : 'queue', arn, attributes, ...order };
}

function attributesOf(entry: OutboxEntry, letter: DeadLetter, end: End): MessageAttributes {
  const { failure, exhausted, retries } = end;
  switch (letter.style) {
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html#eb-rule-dlq
    case 'eventbridge':
      return texts({
        RULE_ARN: entry.sender.arn,
        TARGET_ARN: nameOf(entry.target),
        ERROR_CODE: failure.code,
        ERROR_MESSAGE: failure.message,
        EXHAUSTED_RETRY_CONDITION: exhausted,
        RETRY_ATTEMPTS: exhausted === undefined ? undefined : String(retries),
      });
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    case 'scheduler':
      return texts({
        SCHEDULE_ARN: entry.sender.arn,
        TARGET_ARN: nameOf(entry.target),
        // The events of one call are entries of their own: `<execution>/1`.
        EXECUTION_ID: entry.id.replace(/\/\d+$/, ''),
        SCHEDULED_TIME: `${new Date(letter.scheduledMs).toISOString().slice(0, 19)}Z`,
        ERROR_CODE: failure.apiCode ?? failure.code,
        ERROR_MESSAGE: failure.message,
        EXHAUSTED_RETRY_CONDITION: exhausted,
        RETRY_ATTEMPTS: String(retries),
        IS_PAYLOAD_TRUNCATED: 'false',
      });
    // The message as the endpoint would have got it, with the publisher's attributes where the subscription is for raw messages.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    case 'sns':
      return 'attributes' in entry.target ? (entry.target.attributes ?? {}) : {};
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    case 'lambda':
      return {
        RequestID: { type: 'String', value: entry.id },
        ErrorCode: { type: 'Number', value: '200' },
        ...texts({ ErrorMessage: failure.message }),
      };
    default:
      return letter satisfies never;
  }
}

/** Of the EventBridge family: what the target is called there. */
function nameOf(target: Target): string {
  if ('arn' in target) return target.arn;
  if (target.kind === 'email') return target.address;
  // A password or a key may stand in the rest.
  const { origin, pathname } = new URL(target.request.url);
  return origin + pathname;
}

/** Attributes cannot be empty, and these are read by people. */
const MESSAGE_CHARACTERS = 1000;

function texts(values: Readonly<Record<string, string | undefined>>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, { type: 'String', value: value.slice(0, MESSAGE_CHARACTERS) }]],
    ),
  );
}
