// Notification configurations: which are valid together, and which one an event is told by.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, constantFrom, property, record, string } from 'fast-check';
import { ApiError } from '#kernel';
import { checkNotifications, readNotifications, rulesFor, type BucketNotification } from './notifications.ts';

const notification = (changes: Partial<BucketNotification> = {}): BucketNotification => ({
  id: 'one',
  kind: 'function',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  events: ['s3:ObjectCreated:*'],
  prefix: '',
  suffix: '',
  ...changes,
});

function refusal(...rules: readonly BucketNotification[]): ApiError | undefined {
  try {
    checkNotifications({ rules, tellsEventBridge: false }, 'us-east-1');
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

test('one function for a family of events, another for the rest', () => {
  assert.equal(
    refusal(notification(), notification({ id: 'two', events: ['s3:ObjectRemoved:*', 's3:ObjectTagging:Put'] })),
    undefined,
  );
});

test('two configurations may not tell of the same event', () => {
  const overlapping = refusal(notification(), notification({ id: 'two', events: ['s3:ObjectCreated:Put'] }));
  assert.match(overlapping?.message ?? '', /^Configurations overlap\./);
});

test('overlapping prefixes need suffixes that cannot both fit', () => {
  const jpg = notification({ prefix: 'a/', suffix: '.jpg' });
  assert.match(refusal(jpg, notification({ id: 'two', prefix: 'a/b/', suffix: '.jpg' }))?.message ?? '', /ambiguously defined/);
  assert.match(refusal(jpg, notification({ id: 'two', suffix: 'g' }))?.message ?? '', /ambiguously defined/);
  assert.equal(refusal(jpg, notification({ id: 'two', prefix: 'a/', suffix: '.png' })), undefined);
  assert.equal(refusal(jpg, notification({ id: 'two', prefix: 'b/', suffix: '.jpg' })), undefined);
});

test('what is accepted never tells of one event twice', () => {
  const generated = record({
    id: string({ minLength: 1, maxLength: 8 }),
    kind: constantFrom('function' as const),
    arn: constantFrom(notification().arn),
    events: array(constantFrom('s3:ObjectCreated:*', 's3:ObjectCreated:Put', 's3:ObjectCreated:Copy', 's3:ObjectRemoved:*'), {
      minLength: 1,
      maxLength: 2,
    }),
    prefix: constantFrom('', 'a', 'ab', 'b'),
    suffix: constantFrom('', 'a', 'ba', 'b'),
  });
  check(
    property(array(generated, { maxLength: 4 }), constantFrom('ab', 'aba', 'b', 'abba'), (rules, key) => {
      if (refusal(...rules) !== undefined) return;
      for (const event of ['s3:ObjectCreated:Put', 's3:ObjectCreated:Copy', 's3:ObjectRemoved:Delete'])
        assert.ok(rulesFor({ rules, tellsEventBridge: true }, event, key).length <= 1, event);
    }),
  );
});

test('what cannot be meant is refused', () => {
  const refused = [
    notification({ arn: 'arn:aws:sqs:us-east-1:000000000000:q' }),
    notification({ kind: 'queue' }),
    notification({ kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' }),
    notification({ kind: 'topic', arn: 'arn:aws:sns:us-east-1:000000000000:t.fifo' }),
    notification({ kind: 'topic', arn: 'arn:aws:sns:eu-west-1:000000000000:t' }),
    notification({ events: ['s3:ObjectCreated'] }),
    notification({ events: ['s3:ObjectCreated:Put', 's3:ObjectCreated:Put'] }),
    notification({ id: 'i'.repeat(256) }),
    notification({ prefix: 'p'.repeat(1025) }),
  ];
  for (const one of refused) assert.equal(refusal(one)?.code, 'InvalidArgument', JSON.stringify(one).slice(0, 200));
  assert.match(refusal(notification(), notification({ events: ['s3:ObjectRemoved:*'] }))?.message ?? '', /IDs must be unique/);
});

test('a queue and a function may not be told of the same event either', () => {
  const queue = notification({ id: 'two', kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:q' });
  assert.match(refusal(notification(), queue)?.message ?? '', /^Configurations overlap\./);
  assert.equal(refusal(notification(), { ...queue, events: ['s3:ObjectRemoved:*'] }), undefined);
});

test('what was stored when buckets told functions alone is read as it was meant', () => {
  const { kind: _kind, arn, ...rest } = notification();
  assert.deepEqual(readNotifications([{ ...rest, functionArn: arn }]), { rules: [notification()], tellsEventBridge: false });
});
