// What is accepted through the courier: carried at once where there is room, and left to whoever claims it where there is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { deliveryOfEntry } from '#outbox';
import type { NewDelivery } from '#store';
import { courierHouse, entry, QUEUE_ARN } from '../../../test/support/courier-house.ts';
import { settled } from '../../../test/support/fake-clock.ts';

test('what is accepted while there is room is handed on in the same turn, without a claim', async () => {
  const house = courierHouse();
  const verbs: string[] = [];
  await house.clock.advance(0);
  house.deliveries.fault = (verb) => void verbs.push(verb);
  const acceptedAtMs = house.clock.now();
  await house.courier.accept([deliveryOfEntry(entry({ acceptedAtMs }))]);
  await settled();
  assert.deepEqual(
    verbs.filter((verb) => verb !== 'claimDue' && verb !== 'nextDueAtMs'),
    ['acceptClaimed', 'settle'],
  );
  assert.equal(house.sent.length, 1);
  assert.equal(house.deliveries.rows.size, 0);
  // The same once more changes nothing where it is there, and is not run twice.
  house.hold = () => new Promise(() => undefined);
  const again = deliveryOfEntry(entry({ id: 'again', acceptedAtMs }));
  await Promise.all([house.courier.accept([again]), house.courier.accept([again])]);
  await settled();
  assert.equal(house.attempts.length, 2);
});

test('what keeps an order, is due later, or belongs to somebody else is accepted for whoever claims it', async () => {
  const house = courierHouse();
  const verbs: string[] = [];
  house.deliveries.fault = (verb) => void verbs.push(verb);
  const acceptedAtMs = house.clock.now();
  const ordered = entry({ id: 'ordered', acceptedAtMs, target: { kind: 'queue', arn: `${QUEUE_ARN}.fifo`, groupId: 'a' } });
  await house.courier.accept([deliveryOfEntry(ordered)]);
  await house.courier.accept([deliveryOfEntry(entry({ id: 'later', acceptedAtMs, dueAtMs: acceptedAtMs + 1000 }))]);
  await house.courier.accept([{ ...deliveryOfEntry(entry({ id: 'other', acceptedAtMs })), lane: 'topic' }]);
  assert.equal(verbs.includes('acceptClaimed'), false);
  assert.equal(verbs.filter((verb) => verb === 'accept').length, 3);
  await house.clock.advance(1000);
  assert.deepEqual(house.attempts, [`${QUEUE_ARN}.fifo`, QUEUE_ARN]);
});

test('a flood that comes takes half of the places, and what waits gets the others', async () => {
  const house = courierHouse();
  house.hold = () => new Promise(() => undefined);
  const acceptedAtMs = house.clock.now();
  const to = (queue: number, index: number): NewDelivery =>
    deliveryOfEntry(entry({ id: `${queue}-${index}`, acceptedAtMs, target: { kind: 'queue', arn: `${QUEUE_ARN}-${queue}` } }));
  let claimed = 0;
  house.deliveries.fault = (verb) => void (claimed += verb === 'acceptClaimed' ? 1 : 0);
  for (let index = 0; index < LIMITS.outboxInFlight; index += 1) await house.courier.accept([to(index, 0)]);
  assert(claimed <= LIMITS.outboxInFlight / 2 && claimed > 10, `${claimed} were run at once`);
  await settled();
  assert.equal(house.attempts.length, LIMITS.outboxInFlight);
});

test('an entry that was accepted and cannot be run, since the platform goes down, is left to the next', async () => {
  const house = courierHouse();
  const acceptedAtMs = house.clock.now();
  const accepting = house.courier.accept([deliveryOfEntry(entry({ acceptedAtMs }))]);
  await house.clock.until(Promise.all([house.courier.close(0), accepting]));
  assert.equal(house.sent.length + house.deliveries.rows.size, 1);
});
