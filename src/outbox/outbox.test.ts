// Entries of the outbox go through the store and come back as they were.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#store';
import { SCOPE } from '../../test/support/invocable.ts';
import { deliveryOfEntry, entryOfDelivery, OUTBOX_LANE, REMOTE_OUTBOX_LANE, type OutboxEntry } from './outbox.ts';

const entry: OutboxEntry = {
  id: 'one',
  scope: SCOPE,
  target: { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:orders', groupId: 'a' },
  payload: Buffer.from('{"order":1}'),
  sender: { service: 'sns.amazonaws.com', arn: 'arn:aws:sns:us-east-1:000000000000:orders' },
  retry: { maximumRetries: 3, maximumAgeSeconds: 60, backOff: { kind: 'exponential', leastMs: 1000, mostMs: 20_000 } },
  deadLetter: { arn: 'arn:aws:sqs:us-east-1:000000000000:dead', style: 'sns' },
  traceHeader: undefined,
  acceptedAtMs: 1000,
  dueAtMs: 2000,
};

/** Attributes are JSON in the store. */
function stored(of: OutboxEntry) {
  const delivery = deliveryOfEntry(of);
  return { ...delivery, attributes: JSON.parse(JSON.stringify(delivery.attributes)) as Json };
}

test('an entry comes back as it was written', () => {
  const { traceHeader: _absent, ...rest } = entry;
  assert.deepEqual(entryOfDelivery(stored(entry)), rest);
});

test('what goes to one server is held back together, whatever its path', () => {
  const request = { method: 'POST', url: 'https://hooks.example:8443/orders?id=1', headers: {}, timeoutMs: 1000 };
  assert.equal(deliveryOfEntry({ ...entry, target: { kind: 'http', request } }).target, 'https://hooks.example:8443');
});

test('what leaves the platform has a lane of its own', () => {
  assert.equal(deliveryOfEntry(entry).lane, OUTBOX_LANE);
  const mail = { kind: 'email', address: 'a@example.com', subject: 'orders' } as const;
  assert.equal(deliveryOfEntry({ ...entry, target: mail }).lane, REMOTE_OUTBOX_LANE);
});
