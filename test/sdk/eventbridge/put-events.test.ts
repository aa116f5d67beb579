// PutEvents, and what rules make of events. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DisableRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  UpdateEventBusCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { OutboxEntry } from '#outbox';
import {
  eventOf,
  openEventBridgeService,
  QUEUE_ARN,
  refusalOf,
  refused,
  type EventBridgeService,
} from '../../support/eventbridge-service.ts';
import { SCOPE } from '../../support/logs-house.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
});
after(() => service.close());

const put = async (...Entries: PutEventsRequestEntry[]) => {
  const { $metadata: _, ...answer } = await service.client.send(new PutEventsCommand({ Entries }));
  return answer;
};
let sources = 0;
/** A source of its own for a test, so that the rules of others do not hear it. */
const freshSource = () => `source-${(sources += 1)}`;
const entryOf = (Source: string, more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  Source,
  DetailType: 'order',
  Detail: '{"n":1}',
  ...more,
});

describe('serialisation', () => {
  test('a target receives the event as AWS writes it, and the detail to the letter', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const Detail = ' {"big": 12345678901234567890, "a":1.0 } ';
    const { Entries } = await put(
      entryOf(source, { Detail, Resources: ['arn:x'], Time: new Date('2026-01-02T03:04:05.678Z'), TraceHeader: 'Root=1-5' }),
    );
    const [entry] = await service.outbox();
    assert.equal(
      Buffer.from(entry?.payload ?? []).toString(),
      `{"version":"0","id":"${Entries?.[0]?.EventId}","detail-type":"order","source":"${source}","account":"000000000000","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:x"],"detail":{"big": 12345678901234567890, "a":1.0 }}`,
    );
    assert.equal(entry?.traceHeader, 'Root=1-5');
    assert.deepEqual(entry?.target, { kind: 'queue', arn: QUEUE_ARN });
    assert.equal(entry?.sender.service, 'events.amazonaws.com');
    assert.match(entry?.sender.arn ?? '', /^arn:aws:events:us-east-1:000000000000:rule\/rule-\d+$/);
    assert.deepEqual([entry?.retry.maximumRetries, entry?.retry.maximumAgeSeconds], [185, 86_400]);
  });

  test('an event without a time happened now', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    await put(entryOf(source));
    assert.equal(eventOf((await service.outbox())[0])['time'], '2026-11-21T12:00:00Z');
    await put(entryOf(source, { Time: new Date(Date.UTC(10_000, 0)) }));
    assert.equal(eventOf((await service.outbox())[0])['time'], '+010000-01-01T00:00:00Z');
  });
});

describe('validation', () => {
  test('entries fail one by one, in their order, and the others are accepted', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const { FailedEntryCount, Entries = [] } = await put(
      entryOf(source),
      { DetailType: 'x', Detail: '{}' },
      { Source: 'x', Detail: '{}' },
      { Source: 'x', DetailType: 'x' },
      ...['nonsense', '[1]', '"text"', '{"a":'].map((Detail) => entryOf('x', { Detail })),
      entryOf('aws.s3'),
      entryOf(source),
    );
    assert.equal(FailedEntryCount, 8);
    const required = (name: string) => ({
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    assert.deepEqual(Entries.slice(1, 9), [
      required('Source'),
      required('DetailType'),
      required('Detail'),
      ...Array.from({ length: 4 }, () => malformed),
      { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
    ]);
    const delivered = (await service.outbox()).map((entry) => eventOf(entry)['id']);
    assert.deepEqual(new Set(delivered), new Set([Entries[0]?.EventId, Entries[9]?.EventId]));
  });

  test('a request has its bounds', async () => {
    assert.match(
      (await refusalOf(put(...Array.from({ length: 11 }, () => entryOf('x'))))).message,
      /at 'entries' failed to satisfy constraint/,
    );
    const Detail = JSON.stringify({ text: 'x'.repeat(600_000) });
    assert.deepEqual(
      await refusalOf(put(entryOf('x', { Detail }), entryOf('x', { Detail }))),
      refused('ValidationException', 'Total size of the entries in the request is over the limit.'),
    );
    assert.equal((await put(entryOf('x', { Detail }))).FailedEntryCount, 0);
  });

  test('an entry for a bus of another account fails alone', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const elsewhere = 'arn:aws:events:us-east-1:111111111111:event-bus/theirs';
    const { Entries } = await put(entryOf(source), entryOf(source, { EventBusName: elsewhere }));
    assert.deepEqual(
      Entries?.map(({ ErrorCode }) => ErrorCode),
      [undefined, 'ResourceNotFoundException'],
    );
    assert.equal((await service.outbox()).length, 1);
  });

  test('a detail that nests deeper than a thousand is malformed, whatever its strings hold', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN, InputPath: '$.detail.a' }]);
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    const Details = [nested(1000), nested(1001), nested(20_000), `{"a":"${'[\\"{'.repeat(1001)}"}`];
    const { Entries } = await put(...Details.map((Detail) => entryOf(source, { Detail })));
    assert.deepEqual(
      Entries?.map(({ ErrorCode }) => ErrorCode),
      [undefined, 'MalformedDetail', 'MalformedDetail', undefined],
    );
    assert.equal((await service.outbox()).length, 2);
  });

  test('an event for a bus that there is not is taken and dropped, as AWS does it, and the log says so', async () => {
    assert.equal((await put(entryOf('x', { EventBusName: 'nowhere' }))).FailedEntryCount, 0);
    assert.equal(service.log.named('buses.no-such-bus').length, 1);
  });
});

describe('behaviour', () => {
  test('rules get what they match, on their own bus, for each of their targets', async () => {
    await service.client.send(new CreateEventBusCommand({ Name: 'own' }));
    const source = freshSource();
    const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
    await service.rule({ pattern: { source: [source], detail: { n: [{ numeric: ['>', 1] }] } } }, [{ Id: 'a', Arn: arn('many') }]);
    await service.rule({ pattern: { source: [source] } }, [
      { Id: 'a', Arn: arn('all') },
      { Id: 'b', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
    ]);
    await service.rule({ pattern: { source: [source] }, bus: 'own' }, [{ Id: 'a', Arn: arn('own') }]);
    await put(
      entryOf(source, { Detail: '{"n":1}' }),
      entryOf(source, { Detail: '{"n":2}' }),
      entryOf(source, { EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/own' }),
    );
    const sent = (await service.outbox()).map((entry) => `${targetOf(entry)} ${JSON.stringify(eventOf(entry)['detail'])}`);
    assert.deepEqual(sent.toSorted(), [
      'arn:aws:lambda:us-east-1:000000000000:function:f {"n":1}',
      'arn:aws:lambda:us-east-1:000000000000:function:f {"n":2}',
      `${arn('all')} {"n":1}`,
      `${arn('all')} {"n":2}`,
      `${arn('many')} {"n":2}`,
      `${arn('own')} {"n":1}`,
    ]);
  });

  test('a rule that is changed, switched off or deleted counts so from its answer on', async () => {
    const source = freshSource();
    const name = await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const reached = async () => {
      await put(entryOf(source));
      return (await service.outbox()).map(targetOf);
    };
    assert.deepEqual(await reached(), [QUEUE_ARN]);
    const other = `${QUEUE_ARN}-2`;
    await service.client.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 't', Arn: other }] }));
    assert.deepEqual(await reached(), [other]);
    await service.client.send(new DisableRuleCommand({ Name: name }));
    assert.deepEqual(await reached(), []);
    await service.client.send(new RemoveTargetsCommand({ Rule: name, Ids: ['t'] }));
    await service.client.send(new DeleteRuleCommand({ Name: name }));
    assert.deepEqual(await reached(), []);
  });

  test('the same event for the same target is under way once, however often it is put', async () => {
    const source = freshSource();
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const origin = { id: 'same', account: '111111111111', region: 'eu-west-1', hops: 1 };
    const entry = { source, detailType: 'order', detail: '{}', origin };
    const sender = { service: 'events.amazonaws.com', arn: 'arn:aws:events:us-east-1:000000000000:rule/a' };
    await service.buses.putEvents(SCOPE, [entry], sender);
    await service.buses.putEvents(SCOPE, [entry], sender);
    const sent = await service.outbox();
    assert.equal(sent.length, 1);
    const { id, account, region } = eventOf(sent[0]);
    assert.deepEqual([id, account, region], ['same', '111111111111', 'eu-west-1']);
  });

  test('an event goes from bus to bus as itself, and a circle of buses ends', async () => {
    await service.client.send(new CreateEventBusCommand({ Name: 'ring' }));
    const source = freshSource();
    await service.rule({ pattern: { source: [source] }, bus: 'ring' }, [
      { Id: 't', Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/ring' },
    ]);
    const { Entries } = await put(entryOf(source, { EventBusName: 'ring' }));
    let rounds = 0;
    for (let [entry] = await service.outbox(); entry !== undefined; [entry] = await service.outbox()) {
      assert.equal(entry.target.kind === 'bus' && entry.target.origin?.id, Entries?.[0]?.EventId);
      const outcome = await service.buses.deliver(entry);
      rounds += 1;
      if (outcome.kind === 'refused') assert.match(outcome.message, /circles/);
    }
    assert.equal(rounds, 17);
  });

  test('a part of the platform may speak for its service, and is told that a bus is missing', async () => {
    const source = 'aws.s3';
    await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const sender = { service: 's3.amazonaws.com', arn: 'arn:aws:s3:::photos' };
    const entry = { source, detailType: 'Object Created', detail: '{}' };
    const [accepted, missing] = await service.buses.putEvents(SCOPE, [entry, { ...entry, bus: 'nowhere' }], sender);
    assert.deepEqual([accepted?.kind, missing?.kind], ['accepted', 'refused']);
    assert.equal((await service.outbox()).length, 1);
  });

  test('a policy that denies is heard, from the answer that it was set on', async () => {
    await service.client.send(new CreateEventBusCommand({ Name: 'guarded' }));
    const source = freshSource();
    await service.rule({ pattern: { source: [source] }, bus: 'guarded' }, [{ Id: 't', Arn: QUEUE_ARN }]);
    await put(entryOf(source, { EventBusName: 'guarded' }));
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'events:PutEvents',
      Condition: { StringEquals: { 'events:detail-type': 'order' } },
    };
    await service.client.send(new PutPermissionCommand({ EventBusName: 'guarded', Policy: JSON.stringify({ Statement: deny }) }));
    const { Entries } = await put(
      entryOf(source, { EventBusName: 'guarded' }),
      entryOf(source, { EventBusName: 'guarded', DetailType: 'refund' }),
    );
    assert.deepEqual(
      Entries?.map(({ ErrorCode }) => ErrorCode),
      ['AccessDeniedException', undefined],
    );
    assert.equal((await service.outbox()).length, 2);
  });

  test('what a template makes too large of an event is a dead letter, and holds up no other target', async () => {
    const dead = 'arn:aws:sqs:us-east-1:000000000000:too-large';
    const source = freshSource();
    const InputTransformer = { InputPathsMap: { all: '$.detail' }, InputTemplate: `"${'<all>'.repeat(1500)}"` };
    await service.rule({ pattern: { source: [source] } }, [
      { Id: 'a', Arn: QUEUE_ARN, InputTransformer, DeadLetterConfig: { Arn: dead } },
      { Id: 'b', Arn: QUEUE_ARN },
    ]);
    const { FailedEntryCount } = await put(entryOf(source, { Detail: JSON.stringify({ text: 'x'.repeat(500_000) }) }));
    assert.equal(FailedEntryCount, 0);
    const [letter, whole] = await service.outbox();
    assert(letter?.target.kind === 'queue');
    assert.equal(letter.target.arn, dead);
    assert.equal(letter.target.attributes?.['ERROR_CODE']?.value, 'INVALID_PARAMETER');
    assert.equal(eventOf(whole)['source'], source);
  });

  test('a target without a dead-letter queue has that of its bus', async () => {
    const [own, buses] = ['own', 'bus'].map((name) => `arn:aws:sqs:us-east-1:000000000000:dead-${name}`);
    await service.client.send(new CreateEventBusCommand({ Name: 'dead', DeadLetterConfig: { Arn: buses } }));
    const source = freshSource();
    await service.rule({ pattern: { source: [source] }, bus: 'dead' }, [
      {
        Id: 'a',
        Arn: QUEUE_ARN,
        DeadLetterConfig: { Arn: own },
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 },
      },
      { Id: 'b', Arn: QUEUE_ARN },
    ]);
    const deadLetters = async () => {
      await put(entryOf(source, { EventBusName: 'dead' }));
      return (await service.outbox()).map(({ deadLetter, retry }) => [
        deadLetter?.arn,
        retry.maximumRetries,
        retry.maximumAgeSeconds,
      ]);
    };
    assert.deepEqual(await deadLetters(), [
      [own, 3, 60],
      [buses, 185, 86_400],
    ]);
    await service.client.send(new UpdateEventBusCommand({ Name: 'dead' }));
    assert.deepEqual(await deadLetters(), [
      [own, 3, 60],
      [undefined, 185, 86_400],
    ]);
  });
});

function targetOf({ target }: OutboxEntry): string {
  return 'arn' in target ? target.arn : target.kind;
}
