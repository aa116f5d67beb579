// Records for destinations and dead letters, as Lambda writes them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import type { FunctionName, FunctionVersion, RequestId } from '#kernel';
import { entryOfDelivery } from '#outbox';
import type { EventDestination } from '#registry';
import { SCOPE } from '../../test/support/invocable.ts';
import { eventRecord } from './event-record.ts';
import { EVENT_LANE } from './event.ts';
import { followUpsOf } from './follow-ups.ts';
import type { EndOfEvent } from './follow-ups.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST';
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;

const failed: EndOfEvent = {
  scope: SCOPE,
  name: 'orders' as FunctionName,
  requestId: 'e4b46cbf-b738-4b00-8880-a18cdf61200e' as RequestId,
  functionArn: FUNCTION,
  condition: 'RetriesExhausted',
  invokeCount: 3,
  payload: Buffer.from('{"ORDER_IDS":[ 1e3 ]}'),
  response: {
    executedVersion: '$LATEST' as FunctionVersion,
    functionError: 'Unhandled',
    payload: Buffer.from('{"errorMessage":"Process exited","errorType":"Error"}'),
  },
  settings: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 },
  traceHeader: 'Root=1-a;Lineage=1:a87bd80c:0',
  endedAtMs: Date.UTC(2019, 10, 14, 18, 16, 5, 568),
};
const succeeded: EndOfEvent = {
  ...failed,
  condition: 'Success',
  invokeCount: 1,
  response: { executedVersion: '7' as FunctionVersion, functionError: undefined, payload: Buffer.from('null') },
};

const written = (end: EndOfEvent, bytesMax: number = LIMITS.queueMessageBytes) =>
  JSON.parse(Buffer.from(eventRecord(end, bytesMax)).toString()) as Readonly<Record<string, unknown>>;

test('a record has the members and the order of Lambda’s', () => {
  const text = Buffer.from(eventRecord(failed, LIMITS.queueMessageBytes)).toString();
  assert.equal(
    text,
    '{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"e4b46cbf-b738-4b00-8880-a18cdf61200e",' +
      `"functionArn":"${FUNCTION}","condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"ORDER_IDS":[ 1e3 ]},` +
      '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},' +
      '"responsePayload":{"errorMessage":"Process exited","errorType":"Error"}}',
  );
  assert.deepEqual(written(succeeded)['responseContext'], { statusCode: 200, executedVersion: '7' });
  assert.equal(written(succeeded)['responsePayload'], null);
});

test('a function that had no chance to run left no response, and one that wrote no JSON left a text', () => {
  assert.deepEqual(Object.keys(written({ ...failed, response: undefined })), [
    'version',
    'timestamp',
    'requestContext',
    'requestPayload',
  ]);
  const response = { executedVersion: '1' as FunctionVersion, functionError: undefined, payload: Buffer.from('not "JSON"') };
  assert.equal(written({ ...succeeded, response })['responsePayload'], 'not "JSON"');
});

test('of what is too large, the response goes first, and then both', () => {
  const response = { ...failed.response, payload: Buffer.from(JSON.stringify('r'.repeat(3000))) } as const;
  const large = { ...failed, response, payload: Buffer.from(JSON.stringify('q'.repeat(2000))) } as EndOfEvent;
  const members = (bytesMax: number) => Object.keys(written(large, bytesMax)).filter((name) => name.endsWith('Payload'));
  assert.deepEqual(members(6000), ['requestPayload', 'responsePayload']);
  assert.deepEqual(members(4000), ['requestPayload']);
  assert.deepEqual(members(1000), []);
  assert.ok(eventRecord(large, 4000).byteLength <= 4000);
});

test('nothing follows where nobody asked', () => {
  assert.deepEqual(followUpsOf(failed), []);
  const onFailure = { kind: 'queue', arn: arn('sqs', 'failures') } as const;
  assert.deepEqual(followUpsOf({ ...succeeded, settings: { ...failed.settings, onFailure } }), []);
  const onSuccess = { kind: 'queue', arn: arn('sqs', 'successes') } as const;
  assert.deepEqual(followUpsOf({ ...failed, settings: { ...failed.settings, onSuccess } }), []);
});

test('a queue, a bus and a bucket get the record, each in its own wrapping', () => {
  const targetOf = (kind: 'queue' | 'bus' | 'bucket', destination: string) => {
    const settings = { ...failed.settings, onFailure: { kind, arn: destination } };
    const [delivery, ...rest] = followUpsOf({ ...failed, settings });
    assert.ok(delivery !== undefined && rest.length === 0);
    const entry = entryOfDelivery(delivery);
    assert.deepEqual(JSON.parse(Buffer.from(entry.payload).toString()), written(failed));
    assert.deepEqual([entry.sender, entry.traceHeader], [{ service: 'lambda.amazonaws.com', arn: FUNCTION }, failed.traceHeader]);
    return entry.target;
  };
  assert.deepEqual(targetOf('queue', arn('sqs', 'failures')), { kind: 'queue', arn: arn('sqs', 'failures') });
  const bus = arn('events', 'event-bus/default');
  assert.deepEqual(targetOf('bus', bus), {
    kind: 'bus',
    arn: bus,
    source: 'lambda',
    detailType: 'Lambda Function Invocation Result - Failure',
    resources: [FUNCTION, bus],
    timeMs: failed.endedAtMs,
  });
  const bucket = targetOf('bucket', 'arn:aws:s3:::records');
  assert.equal(bucket.kind, 'bucket');
  assert.match(
    bucket.key,
    /^aws\/lambda\/async\/orders\/2019\/11\/14\/2019-11-14T18\.16\.05-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('each target gets as much as it takes, and a bucket gets it all', () => {
  const response = { ...failed.response, payload: Buffer.from(JSON.stringify('r'.repeat(LIMITS.queueMessageBytes))) };
  const bytesFor = (kind: EventDestination['kind'], destination: string) => {
    const settings = { ...failed.settings, onFailure: { kind, arn: destination } };
    return followUpsOf({ ...failed, settings, response } as EndOfEvent)[0]?.payload.byteLength ?? 0;
  };
  assert.ok(bytesFor('bucket', 'arn:aws:s3:::records') > LIMITS.queueMessageBytes);
  for (const [kind, destination] of [
    ['queue', arn('sqs', 'q')],
    ['topic', arn('sns', 't')],
    ['bus', arn('events', 'event-bus/default')],
    ['function', arn('lambda', 'function:f')],
  ] as const)
    assert.ok(bytesFor(kind, destination) < 1000, kind);
});

test('a function gets the record as an event of its own, in the same chain of requests', () => {
  const next = arn('lambda', 'function:next');
  const settings = { ...failed.settings, onSuccess: { kind: 'function', arn: next } } as const;
  const [delivery] = followUpsOf({ ...succeeded, settings });
  assert.deepEqual([delivery?.lane, delivery?.target], [EVENT_LANE, next]);
  assert.deepEqual(delivery?.attributes, { traceHeader: failed.traceHeader });
  assert.notEqual(delivery?.id, failed.requestId);
  assert.equal(delivery?.id, followUpsOf({ ...succeeded, settings })[0]?.id, 'a repeat is the same event');
});

test('a dead letter is the event as it was, with the reason in its attributes, beside the record', () => {
  const settings = {
    ...failed.settings,
    onFailure: { kind: 'topic', arn: arn('sns', 'failures') },
    deadLetter: { kind: 'queue', arn: arn('sqs', 'dead') },
  } as const;
  const [, letter] = followUpsOf({ ...failed, settings }).map(entryOfDelivery);
  assert.deepEqual(Buffer.from(letter?.payload ?? []).toString(), '{"ORDER_IDS":[ 1e3 ]}');
  assert.deepEqual(letter?.target, {
    kind: 'queue',
    arn: arn('sqs', 'dead'),
    attributes: {
      RequestID: { type: 'String', value: failed.requestId },
      ErrorCode: { type: 'Number', value: '200' },
      ErrorMessage: { type: 'String', value: 'Process exited' },
    },
  });
});

test('an error’s message in a dead letter is cut to a KiB, between characters', () => {
  const message = `${'x'.repeat(LIMITS.deadLetterMessageBytes - 1)}é and more`;
  const response = { ...failed.response, payload: Buffer.from(JSON.stringify({ errorMessage: message })) } as const;
  const settings = { ...failed.settings, deadLetter: { kind: 'queue', arn: arn('sqs', 'dead') } } as const;
  const [letter] = followUpsOf({ ...failed, settings, response } as EndOfEvent).map(entryOfDelivery);
  assert.ok(letter?.target.kind === 'queue');
  assert.equal(letter.target.attributes?.['ErrorMessage']?.value, 'x'.repeat(LIMITS.deadLetterMessageBytes - 1));
});
