// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetLogEventsCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, NO_STREAM, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const HOUR_MS = 3_600_000;

async function read(logGroupName: string): Promise<readonly (string | undefined)[]> {
  const page = await service.client.send(new GetLogEventsCommand({ logGroupName, logStreamName: 's', startFromHead: true }));
  return (page.events ?? []).map((event) => event.message);
}

describe('serialisation', () => {
  test('messages come back as they were, of any script and with control characters', async () => {
    const group = await service.group('s');
    const messages = ['🙀 - 参よ - 日本語', 'tab\tnull\u0000escape\u001b[0m', 'x'.repeat(300_000), '{"json": true}\n'];
    const answer = await service.put(
      group,
      's',
      messages.map((message) => ({ timestamp: Date.now(), message })),
    );
    assert.equal(answer.nextSequenceToken?.length, 56);
    assert.equal(answer.rejectedLogEventsInfo, undefined);
    assert.deepEqual(await read(group), messages);
  });

  test('half a surrogate pair becomes U+FFFD', async () => {
    const group = await service.group('s');
    await service.put(group, 's', [{ timestamp: Date.now(), message: 'half \ud83d' }]);
    assert.deepEqual(await read(group), ['half \ufffd']);
  });
});

describe('validation', () => {
  test('group and stream must be there', async () => {
    const events = [{ timestamp: Date.now(), message: 'x' }];
    assert.deepEqual(await refusalOf(service.put('missing', 's', events)), NO_GROUP);
    assert.deepEqual(await refusalOf(service.put(await service.group(), 's', events)), NO_STREAM);
  });

  test('a batch that breaks a rule is refused whole', async () => {
    const group = await service.group('s');
    const now = Date.now();
    const refused = async (events: readonly { timestamp: number; message: string }[], message: RegExp | string) => {
      const refusal = await refusalOf(service.put(group, 's', events));
      assert.equal(refusal.name, 'InvalidParameterException');
      if (typeof message === 'string') assert.equal(refusal.message, message);
      else assert.match(refusal.message, message);
    };
    const at = (timestamp: number, message = 'x') => ({ timestamp, message });
    await refused([], /logEvents/);
    await refused([at(now, '')], /message/);
    await refused([at(now), at(now - 1)], 'Log events in a single PutLogEvents request must be in chronological order.');
    await refused(
      [at(now - 25 * HOUR_MS), at(now)],
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
    await refused([at(now, 'x'.repeat(1_048_576))], 'Log event too large: 1048602 bytes exceeds limit of 1048576');
    await refused(
      Array.from({ length: 3 }, () => at(now, 'x'.repeat(400_000))),
      'Upload too large: 1200078 bytes exceeds limit of 1048576',
    );
    await refused(
      Array.from({ length: 10_001 }, () => at(now)),
      /10000/,
    );
    assert.deepEqual(await read(group), []);
  });
});

describe('behaviour', () => {
  test('what is too old or too new is rejected, and the rest is kept', async () => {
    const group = await service.group('s');
    const now = Date.now();
    const times = [now - 15 * 24 * HOUR_MS, now - HOUR_MS, now, now + 3 * HOUR_MS];
    const answer = await service.put(
      group,
      's',
      times.map((timestamp, place) => ({ timestamp, message: String(place) })),
    );
    assert.deepEqual(answer.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 });
    assert.deepEqual(await read(group), ['1', '2']);
  });

  test('the largest batch is kept whole', async () => {
    const group = await service.group('s');
    const now = Date.now();
    const events = Array.from({ length: 10_000 }, (_, n) => ({ timestamp: now, message: String(n).padStart(78, '.') }));
    await service.put(group, 's', events);
    const { events: found = [] } = await service.client.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName: 's', startFromHead: true }),
    );
    assert.deepEqual(
      found.map((event) => event.message),
      events.map((event) => event.message),
    );
  });

  test('sequence tokens are ignored, and an entity is told to be', async () => {
    const group = await service.group('s');
    const answer = await service.client.send(
      new PutLogEventsCommand({
        logGroupName: group,
        logStreamName: 's',
        sequenceToken: 'never given',
        logEvents: [{ timestamp: Date.now(), message: 'x' }],
        entity: { keyAttributes: { Type: 'Service', Name: 'shop' } },
      }),
    );
    assert.equal(answer.rejectedEntityInfo?.errorType, 'UnsupportedLogGroupType');
    assert.deepEqual(await read(group), ['x']);
  });

  test('parallel batches on one stream all arrive', async () => {
    const group = await service.group('s');
    const now = Date.now();
    await Promise.all(Array.from({ length: 20 }, (_, n) => service.put(group, 's', [{ timestamp: now + n, message: String(n) }])));
    assert.deepEqual(
      await read(group),
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
  });
});
