// Archives and replays. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  PutEventsCommand,
  StartReplayCommand,
  UpdateArchiveCommand,
  type StartReplayCommandInput,
} from '@aws-sdk/client-eventbridge';
import { TimerLane } from '#calendar';
import {
  eventOf,
  openEventBridgeService,
  QUEUE_ARN,
  refusalOf,
  refused,
  type EventBridgeService,
} from '../../support/eventbridge-service.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
});
after(() => service.close());

const arn = (path: string) => `arn:aws:events:us-east-1:000000000000:${path}`;
const DAY_MS = 86_400_000;
let buses = 0;

/** A bus of its own with an archive of the same name and a rule that takes everything. */
async function house(settings: { readonly EventPattern?: string; readonly RetentionDays?: number } = {}) {
  // What tests before have left.
  await service.outbox();
  const name = `bus-${(buses += 1)}`;
  await service.client.send(new CreateEventBusCommand({ Name: name }));
  await service.client.send(new CreateArchiveCommand({ ArchiveName: name, EventSourceArn: arn(`event-bus/${name}`), ...settings }));
  const rule = await service.rule({ pattern: { source: ['shop'] }, bus: name }, [{ Id: 't', Arn: QUEUE_ARN }]);
  return { name, rule };
}

async function put(bus: string, ...numbers: number[]) {
  for (const n of numbers) {
    const Time = new Date(service.clock.now() + n * 1000);
    const entry = { EventBusName: bus, Source: 'shop', DetailType: 'order', Detail: `{"n":${n}}`, Time };
    await service.client.send(new PutEventsCommand({ Entries: [entry] }));
  }
}

const describeArchive = async (ArchiveName: string) => {
  const { $metadata: _, ...archive } = await service.client.send(new DescribeArchiveCommand({ ArchiveName }));
  return archive;
};

function replayOf(name: string, more: Partial<StartReplayCommandInput> = {}): StartReplayCommandInput {
  return {
    ReplayName: `replay-of-${name}`,
    EventSourceArn: arn(`archive/${name}`),
    EventStartTime: new Date(service.clock.now() - DAY_MS),
    EventEndTime: new Date(service.clock.now() + DAY_MS),
    Destination: { Arn: arn(`event-bus/${name}`) },
    ...more,
  };
}

const start = (input: StartReplayCommandInput) => service.client.send(new StartReplayCommand(input));
const describeReplay = (ReplayName: string) => service.client.send(new DescribeReplayCommand({ ReplayName }));

/** Fires what is due, as the running platform does by itself. */
async function fireDue(): Promise<void> {
  const { store, clock, log, buses: room } = service;
  for (const [lane, decide] of [
    ['event-replays', room.replays],
    ['event-archives', room.archives],
  ] as const) {
    for (;;) {
      const claimed = await store.timers.claimDue({ lane, nowMs: clock.now(), leaseMs: 1000, limit: 10 });
      if (claimed.length === 0) break;
      for (const timer of claimed) await store.timers.fire({ ...(await decide.decide(timer)), timer });
    }
  }
  assert.deepEqual(log.named('timer.not-fired'), []);
}

describe('archives', () => {
  test('an archive counts what its pattern takes', async () => {
    const pattern = '{"detail":{"n":[{"numeric":["<",3]}]}}';
    const { name } = await house({ EventPattern: pattern, RetentionDays: 7 });
    await put(name, 1, 2, 3);
    const archive = await describeArchive(name);
    assert.deepEqual(
      { ...archive, SizeBytes: undefined },
      {
        ArchiveArn: arn(`archive/${name}`),
        ArchiveName: name,
        EventSourceArn: arn(`event-bus/${name}`),
        EventPattern: pattern,
        State: 'ENABLED',
        RetentionDays: 7,
        EventCount: 2,
        SizeBytes: undefined,
        CreationTime: new Date(service.clock.now()),
      },
    );
    assert.ok((archive.SizeBytes ?? 0) > 200);
    const { Archives } = await service.client.send(new ListArchivesCommand({ EventSourceArn: arn(`event-bus/${name}`) }));
    assert.deepEqual(
      Archives?.map(({ ArchiveName, EventCount }) => [ArchiveName, EventCount]),
      [[name, 2]],
    );
  });

  test('what AWS refuses', async () => {
    const { name } = await house();
    const create = (ArchiveName: string, bus: string, EventPattern?: string) =>
      service.client.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: arn(`event-bus/${bus}`), EventPattern }));
    assert.deepEqual(
      await refusalOf(create(name, name)),
      refused('ResourceAlreadyExistsException', `Archive ${name} already exists.`),
    );
    assert.deepEqual(
      await refusalOf(create('x', 'nowhere')),
      refused('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    );
    assert.equal((await refusalOf(create('x', name, '{}'))).name, 'InvalidEventPatternException');
    assert.deepEqual(
      await refusalOf(describeArchive('none')),
      refused('ResourceNotFoundException', 'Archive none does not exist.'),
    );
    assert.deepEqual(
      await refusalOf(service.client.send(new DeleteArchiveCommand({ ArchiveName: 'none' }))),
      refused('ResourceNotFoundException', 'Archive none does not exist.'),
    );
    assert.deepEqual(
      await refusalOf(service.client.send(new UpdateArchiveCommand({ ArchiveName: 'none' }))),
      refused('ValidationException', 'At least one of EventPattern, RetentionDays or Description must be provided.'),
    );
    assert.match(
      (await refusalOf(service.client.send(new ListArchivesCommand({ NamePrefix: 'a', State: 'ENABLED' })))).message,
      /At most one filter/,
    );
  });

  test('events go when they are too old, and all of them with their archive', async () => {
    const { name } = await house({ RetentionDays: 3 });
    await put(name, -2 * 86_400, 0);
    await service.client.send(new UpdateArchiveCommand({ ArchiveName: name, RetentionDays: 1 }));
    await service.clock.advance(2 * 3_600_000);
    await fireDue();
    assert.equal((await describeArchive(name)).EventCount, 1);
    await service.client.send(new DeleteArchiveCommand({ ArchiveName: name }));
    await service.client.send(new CreateArchiveCommand({ ArchiveName: name, EventSourceArn: arn(`event-bus/${name}`) }));
    await put(name, 5);
    await fireDue();
    assert.equal((await describeArchive(name)).EventCount, 1);
  });
});

describe('replays', () => {
  test('events come again in the order of their times, as the events that they were, with the name of the replay', async () => {
    const { name } = await house();
    await put(name, 3, 1, 2);
    const first = (await service.outbox()).map(eventOf);
    const started = await start(replayOf(name, { Description: 'again' }));
    assert.deepEqual([started.State, started.ReplayArn], ['STARTING', arn(`replay/replay-of-${name}`)]);
    await fireDue();
    const again = (await service.outbox()).map(eventOf);
    const expected = first
      .toSorted((one, other) => (String(one['time']) < String(other['time']) ? -1 : 1))
      .map((event) => ({ ...event, 'replay-name': `replay-of-${name}` }));
    assert.deepEqual(again, expected);
    const replay = await describeReplay(`replay-of-${name}`);
    assert.deepEqual(
      [replay.State, replay.Description, replay.EventLastReplayedTime],
      ['COMPLETED', 'again', new Date(service.clock.now() + 3000)],
    );
    assert.equal((await describeArchive(name)).EventCount, 3);
  });

  test('a span, and some of the rules, can be chosen', async () => {
    const { name, rule } = await house();
    const other = await service.rule({ pattern: { source: ['shop'] }, bus: name }, [{ Id: 't', Arn: `${QUEUE_ARN}-other` }]);
    await put(name, 1, 2, 3);
    await service.outbox();
    const now = service.clock.now();
    await start(
      replayOf(name, {
        EventStartTime: new Date(now + 2000),
        EventEndTime: new Date(now + 3000),
        Destination: { Arn: arn(`event-bus/${name}`), FilterArns: [arn(`rule/${name}/${rule}`)] },
      }),
    );
    await fireDue();
    assert.deepEqual(
      (await service.outbox()).map((entry) => [eventOf(entry)['detail'], 'arn' in entry.target && entry.target.arn]),
      [[{ n: 2 }, QUEUE_ARN]],
    );
    assert.notEqual(rule, other);
  });

  test('a replay goes on where it was, page by page, and stops when it is cancelled', async () => {
    const { name } = await house();
    const entries = (from: number) =>
      Array.from({ length: 10 }, (_, n) => ({
        EventBusName: name,
        Source: 'shop',
        DetailType: 'order',
        Detail: `{"n":${from + n}}`,
      }));
    for (let from = 0; from < 250; from += 10) await service.client.send(new PutEventsCommand({ Entries: entries(from) }));
    await service.outbox();
    await start(replayOf(name));
    const step = async () => {
      const [timer] = await service.store.timers.claimDue({
        lane: 'event-replays',
        nowMs: service.clock.now(),
        leaseMs: 1000,
        limit: 1,
      });
      assert.ok(timer);
      const firing = await service.buses.replays.decide(timer);
      return { fire: () => service.store.timers.fire({ ...firing, timer }) };
    };
    assert.equal(await (await step()).fire(), true);
    assert.equal((await service.outbox()).length, 100);
    assert.equal((await describeReplay(`replay-of-${name}`)).State, 'RUNNING');
    const late = await step();
    const cancelled = await service.client.send(new CancelReplayCommand({ ReplayName: `replay-of-${name}` }));
    assert.equal(cancelled.State, 'CANCELLING');
    assert.equal(await late.fire(), false);
    assert.deepEqual(await service.outbox(), []);
    assert.equal((await describeReplay(`replay-of-${name}`)).State, 'CANCELLED');
    assert.equal(
      (await refusalOf(service.client.send(new CancelReplayCommand({ ReplayName: `replay-of-${name}` })))).name,
      'IllegalStatusException',
    );
  });

  test('a running lane does all that by itself', async () => {
    const { name } = await house();
    await put(name, 1);
    await service.outbox();
    const { clock, log, store } = service;
    const lane = new TimerLane({
      clock,
      log,
      timers: store.timers,
      onChanged: (listener) => store.changed('timers', listener),
      lane: 'event-replays',
      decide: (timer) => service.buses.replays.decide(timer),
    });
    const accepted = new Promise<void>((resolve) => void store.changed('deliveries', resolve));
    lane.start();
    await start(replayOf(name));
    await accepted;
    await lane.close();
    assert.equal((await service.outbox()).length, 1);
  });

  test('what AWS refuses', async () => {
    const { name } = await house();
    const { name: elsewhere } = await house();
    const now = service.clock.now();
    const refuses = async (more: Partial<StartReplayCommandInput>, expected: ReturnType<typeof refused>) =>
      assert.deepEqual(await refusalOf(start(replayOf(name, more))), expected);
    await refuses(
      { EventSourceArn: arn('archive/none') },
      refused('ValidationException', 'Parameter EventSourceArn is not valid. Reason: Archive none does not exist.'),
    );
    await refuses(
      { Destination: { Arn: arn('event-bus/nowhere') } },
      refused('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    );
    await refuses(
      { Destination: { Arn: arn(`event-bus/${elsewhere}`) } },
      refused('ValidationException', 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.'),
    );
    await refuses(
      { EventStartTime: new Date(now), EventEndTime: new Date(now) },
      refused('ValidationException', 'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.'),
    );
    await start(replayOf(name));
    await refuses({}, refused('ResourceAlreadyExistsException', `Replay replay-of-${name} already exists.`));
    assert.deepEqual(await refusalOf(describeReplay('none')), refused('ResourceNotFoundException', 'Replay none does not exist.'));
    const { Replays } = await service.client.send(new ListReplaysCommand({ EventSourceArn: arn(`archive/${name}`) }));
    assert.deepEqual(
      Replays?.map(({ ReplayName, State }) => [ReplayName, State]),
      [[`replay-of-${name}`, 'STARTING']],
    );
  });

  test('ten run at once', async () => {
    const { name } = await house();
    await fireDue();
    for (let n = 0; n < 10; n += 1) await start(replayOf(name, { ReplayName: `many-${n}` }));
    assert.equal((await refusalOf(start(replayOf(name, { ReplayName: 'many-10' })))).name, 'LimitExceededException');
    await service.client.send(new DeleteArchiveCommand({ ArchiveName: name }));
    await fireDue();
    const { State, StateReason } = await describeReplay('many-0');
    assert.deepEqual([State, StateReason], ['FAILED', 'The archive or its event bus was deleted.']);
  });
});
