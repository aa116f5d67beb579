// What dead letters say, in the words of each service.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetter, OutboxEntry } from '#outbox';
import { entry, FUNCTION_ARN, QUEUE_ARN } from '../../../test/support/courier-house.ts';
import { deadLetterOf } from './dead-letter.ts';

const DEAD = `${QUEUE_ARN}-dead`;
const END = {
  failure: { code: 'NO_RESOURCE', message: 'Function not found', apiCode: 'ResourceNotFoundException' },
  retries: 0,
  nowMs: Date.UTC(2026, 10, 20, 13),
} as const;

/** Later than what the schedule said by what its flexible window drew. */
const SCHEDULED_MS = Date.UTC(2026, 10, 20, 11, 45, 30, 250);

function letter(style: DeadLetter['style'], more: Partial<OutboxEntry> = {}, end: Parameters<typeof deadLetterOf>[1] = END) {
  const deadLetter: DeadLetter = style === 'scheduler' ? { arn: DEAD, style, scheduledMs: SCHEDULED_MS } : { arn: DEAD, style };
  const target = { kind: 'function', arn: FUNCTION_ARN } as const;
  const found = deadLetterOf(entry({ target, deadLetter, ...more }), end);
  assert(found !== undefined && 'attributes' in found.target);
  const attributes = Object.entries(found.target.attributes ?? {}).map(([name, { value }]) => [name, value]);
  return { ...found, attributes: Object.fromEntries(attributes) as Readonly<Record<string, string>> };
}

test('nobody who asked for none gets one', () => {
  assert.equal(deadLetterOf(entry(), END), undefined);
});

test('EventBridge names the rule, the target and the error, and how often it tried only where that was the reason', () => {
  const rule = { service: 'events.amazonaws.com', arn: 'arn:aws:events:us-east-1:000000000000:rule/nightly' };
  const refused = letter('eventbridge', { sender: rule });
  const named = { RULE_ARN: rule.arn, TARGET_ARN: FUNCTION_ARN, ERROR_CODE: 'NO_RESOURCE', ERROR_MESSAGE: 'Function not found' };
  assert.deepEqual(refused.attributes, named);
  const exhausted = letter('eventbridge', { sender: rule }, { ...END, exhausted: 'MaximumEventAgeInSeconds', retries: 7 });
  assert.deepEqual(exhausted.attributes, {
    ...named,
    EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
    RETRY_ATTEMPTS: '7',
  });
});

test("Scheduler names the schedule, the time that it said, and the error in the words of the target's API", () => {
  const schedule = { service: 'scheduler.amazonaws.com', arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly' };
  assert.deepEqual(letter('scheduler', { sender: schedule }).attributes, {
    SCHEDULE_ARN: schedule.arn,
    TARGET_ARN: FUNCTION_ARN,
    EXECUTION_ID: 'entry',
    SCHEDULED_TIME: '2026-11-20T11:45:30Z',
    ERROR_CODE: 'ResourceNotFoundException',
    ERROR_MESSAGE: 'Function not found',
    RETRY_ATTEMPTS: '0',
    IS_PAYLOAD_TRUNCATED: 'false',
  });
  assert.equal(letter('scheduler', { id: 'entry/1' }).attributes['EXECUTION_ID'], 'entry', 'the second event of one call');
});

const LAMBDA_EVENT = Buffer.from(
  JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        Sns: {
          Type: 'Notification',
          MessageId: 'm',
          TopicArn: 't',
          Subject: null,
          Message: 'hello',
          Timestamp: 'now',
          SignatureVersion: '1',
          Signature: 's',
          SigningCertUrl: 'c',
          UnsubscribeUrl: 'u',
          MessageAttributes: { colour: { Type: 'String', Value: 'red' } },
        },
      },
    ],
  }),
);

test('SNS adds nothing to what the endpoint would have got; of a function it is the message in its event', () => {
  const message = letter('sns', { payload: LAMBDA_EVENT });
  assert.deepEqual(message.attributes, {});
  assert.deepEqual(JSON.parse(Buffer.from(message.payload).toString()), {
    Type: 'Notification',
    MessageId: 'm',
    TopicArn: 't',
    Message: 'hello',
    Timestamp: 'now',
    SignatureVersion: '1',
    Signature: 's',
    SigningCertURL: 'c',
    UnsubscribeURL: 'u',
    MessageAttributes: { colour: { Type: 'String', Value: 'red' } },
  });
  const attributes = { colour: { type: 'String', value: 'red' } };
  assert.deepEqual(letter('sns', { target: { kind: 'queue', arn: QUEUE_ARN, attributes, groupId: 'a' } }).attributes, {
    colour: 'red',
  });
});

test('a letter to a topic is published, and one from an ordered target keeps its group', () => {
  const topic = letter('sns', {
    payload: LAMBDA_EVENT,
    deadLetter: { arn: 'arn:aws:sns:us-east-1:000000000000:dead', style: 'sns' },
  });
  assert.equal(topic.target.kind, 'topic');
  const ordered = letter('sns', { target: { kind: 'queue', arn: `${QUEUE_ARN}.fifo`, groupId: 'a', deduplicationId: 'd' } });
  assert.deepEqual('groupId' in ordered.target && [ordered.target.groupId, ordered.target.deduplicationId], ['a', 'd']);
});

test('the payload is as it was, attributes are never empty or long, and the id is always the same', () => {
  const long = letter('lambda', {}, { ...END, failure: { code: 'TIMEOUT', message: 'x'.repeat(5000) } });
  assert.equal(long.attributes['ErrorMessage']?.length, 1000);
  const silent = letter('eventbridge', {}, { ...END, failure: { code: 'TIMEOUT', message: '' } });
  assert.equal('ERROR_MESSAGE' in silent.attributes, false);
  assert.deepEqual(silent.payload, entry().payload);
  assert.equal(silent.id, long.id);
});

test('a URL is named without what may be secret in it', () => {
  const request = { method: 'POST', url: 'https://me:secret@hooks.example/a?key=secret', headers: {}, timeoutMs: 1 };
  assert.equal(letter('eventbridge', { target: { kind: 'http', request } }).attributes['TARGET_ARN'], 'https://hooks.example/a');
});
