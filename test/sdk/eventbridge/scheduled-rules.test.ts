// Rules with a schedule. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DisableRuleCommand, EnableRuleCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { createBuses } from '#buses';
import { realRandom } from '../../../src/main/ambient.ts';
import { eventOf, openEventBridgeService, QUEUE_ARN, type EventBridgeService } from '../../support/eventbridge-service.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
  service.buses.start();
});
after(() => service.close());

/** Turns the clock, and waits for what that causes: the lane has set the next time of every timer that was due. */
async function sentAfter(ms: number): Promise<readonly Record<string, unknown>[]> {
  await service.clock.advance(ms);
  for (;;) {
    const dueAtMs = await service.store.timers.nextDueAtMs('event-rules');
    if (dueAtMs === undefined || dueAtMs > service.clock.now()) break;
    await new Promise<void>((resolve) => {
      const stop = service.store.changed('deliveries', () => {
        stop();
        resolve();
      });
    });
  }
  return (await service.outbox()).map(eventOf);
}

const MINUTE_MS = 60_000;
const timesOf = (events: readonly Record<string, unknown>[]) => events.map(({ time }) => time);

test('a rate fires from when it was put, and what it sends is AWS’s scheduled event', async () => {
  const name = await service.rule({ schedule: 'rate(5 minutes)' }, [{ Id: 't', Arn: QUEUE_ARN }]);
  assert.deepEqual(await sentAfter(4 * MINUTE_MS), []);
  const [event] = await sentAfter(MINUTE_MS);
  assert.deepEqual(
    { ...event, id: undefined },
    {
      version: '0',
      id: undefined,
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-21T12:05:00Z',
      region: 'us-east-1',
      resources: [`arn:aws:events:us-east-1:000000000000:rule/${name}`],
      detail: {},
    },
  );
  await service.client.send(new DisableRuleCommand({ Name: name }));
  assert.deepEqual(await sentAfter(10 * MINUTE_MS), []);
  await service.client.send(new EnableRuleCommand({ Name: name }));
  assert.deepEqual(timesOf(await sentAfter(5 * MINUTE_MS)), ['2026-11-21T12:20:00Z']);
  await service.client.send(new PutRuleCommand({ Name: name, ScheduleExpression: 'cron(30 12 * * ? *)' }));
  assert.deepEqual(timesOf(await sentAfter(10 * MINUTE_MS)), ['2026-11-21T12:30:00Z']);
  await service.client.send(new PutRuleCommand({ Name: name, EventPattern: '{"source":["x"]}' }));
  assert.deepEqual(await sentAfter(24 * 60 * MINUTE_MS), []);
});

test('a rule that is put again as it was keeps its next time', async () => {
  const name = await service.rule({ schedule: 'rate(10 minutes)' }, [{ Id: 't', Arn: QUEUE_ARN }]);
  await sentAfter(6 * MINUTE_MS);
  await service.client.send(new PutRuleCommand({ Name: name, ScheduleExpression: 'rate(10 minutes)', Description: 'new' }));
  await service.client.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'u', Arn: QUEUE_ARN, Input: '{"mine":1}' }] }));
  const events = await sentAfter(4 * MINUTE_MS);
  assert.deepEqual(
    events.map(({ mine }) => mine),
    [undefined, 1],
  );
  await service.client.send(new DisableRuleCommand({ Name: name }));
});

test('what was due while nobody fired is due once, for the last of its times', async () => {
  await service.rule({ schedule: 'rate(1 minute)' }, [{ Id: 't', Arn: QUEUE_ARN }]);
  const startMs = service.clock.now();
  // The platform is down: its lanes are those of another process.
  await service.buses.close();
  await service.clock.advance(61.5 * MINUTE_MS);
  const { log, store } = service;
  const room = openSecond();
  const accepted = new Promise<void>((resolve) => void store.changed('deliveries', resolve));
  room.start();
  await accepted;
  const events = (await service.outbox()).map(eventOf);
  assert.deepEqual(timesOf(events), [`${new Date(startMs + 61 * MINUTE_MS).toISOString().slice(0, 19)}Z`]);
  assert.deepEqual(log.named('timer.not-fired'), []);
  await room.close();
});

function openSecond() {
  return createBuses({
    store: service.store,
    secretKeys: { secretKey: new Uint8Array(32) },
    sendTokenRequest: () => Promise.resolve({ kind: 'unreachable', reason: 'There is none.' }),
    clock: service.clock,
    random: realRandom,
    log: service.log,
  });
}
