// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, NO_STREAM, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
let group: string;
const now = Date.now();
before(async () => {
  service = await openLogsService();
  group = await service.group('web-1', 'web-2', 'worker');
  await service.put(group, 'web-1', [
    { timestamp: now, message: '127.0.0.1 - frank [20/Nov/2026:13:25:15 +0000] "GET /index.html HTTP/1.0" 404 1534' },
    { timestamp: now + 2, message: '{"level":"ERROR","n":5,"user":{"id":1}}' },
  ]);
  await service.put(group, 'web-2', [{ timestamp: now + 1, message: '[ERROR 500] INTERNAL SERVER ERROR' }]);
  await service.put(group, 'worker', [{ timestamp: now + 3, message: '[WARN] slow' }]);
});
after(() => service.close());

type Input = Omit<NonNullable<ConstructorParameters<typeof FilterLogEventsCommand>[0]>, 'logGroupName'>;
const filter = (input: Input) => service.client.send(new FilterLogEventsCommand({ ...input, logGroupName: group }));

async function times(input: Input): Promise<readonly number[]> {
  const found: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await filter({ ...input, nextToken });
    found.push(...(page.events ?? []).map((event) => (event.timestamp ?? 0) - now));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

describe('serialisation', () => {
  test('an event names its stream and has an id', async () => {
    const { events = [], searchedLogStreams, nextToken } = await filter({ logStreamNames: ['worker'] });
    const [event] = events;
    assert.equal(event?.logStreamName, 'worker');
    assert.equal(event.message, '[WARN] slow');
    assert.equal(event.timestamp, now + 3);
    assert.match(event.eventId ?? '', /^\d{56}$/);
    assert.deepEqual(searchedLogStreams, []);
    assert.equal(nextToken, undefined);
  });
});

describe('validation', () => {
  test('streams must be there and be chosen in one way', async () => {
    assert.deepEqual(await refusalOf(filter({ logStreamNames: ['missing'] })), NO_STREAM);
    assert.equal(
      (await refusalOf(filter({ logStreamNames: ['worker'], logStreamNamePrefix: 'w' }))).name,
      'InvalidParameterException',
    );
    assert.deepEqual(await refusalOf(service.client.send(new FilterLogEventsCommand({ logGroupName: 'missing' }))), NO_GROUP);
  });

  test('limits, tokens, patterns and directions are checked', async () => {
    assert.match((await refusalOf(filter({ limit: 10_001 }))).message, /less than or equal to 10000/);
    assert.equal((await refusalOf(filter({ nextToken: 'unknown' }))).message, 'The specified nextToken is invalid.');
    for (const filterPattern of ['{ $.a = ', '[a', '%(a)%', 'a:b', 'x'.repeat(1025)]) {
      assert.equal((await refusalOf(filter({ filterPattern }))).name, 'InvalidParameterException', filterPattern);
    }
    assert.equal((await refusalOf(filter({ startFromHead: false }))).name, 'InvalidParameterException');
  });
});

describe('behaviour', () => {
  test('every kind of pattern chooses events', async () => {
    const cases: readonly (readonly [string, readonly number[]])[] = [
      ['', [0, 1, 2, 3]],
      ['ERROR', [1, 2]],
      ['"INTERNAL SERVER ERROR"', [1]],
      ['ERROR -level', [1]],
      ['?WARN ?GET', [0, 3]],
      ['{ $.level = "ERROR" && $.n > 3 }', [2]],
      ['{ $.user.id = 2 }', []],
      ['[ip, ..., status = 4*, bytes > 1000]', [0]],
    ];
    for (const [filterPattern, offsets] of cases) {
      assert.deepEqual(await times({ filterPattern }), offsets, filterPattern);
    }
  });

  test('streams are interleaved, chosen by name or by prefix', async () => {
    assert.deepEqual(await times({ logStreamNamePrefix: 'web-' }), [0, 1, 2]);
    assert.deepEqual(await times({ logStreamNames: ['web-2', 'worker'] }), [1, 3]);
  });

  test('both ends of the range belong to it', async () => {
    assert.deepEqual(await times({ startTime: now + 1, endTime: now + 2 }), [1, 2]);
  });

  test('tokens lead through everything, oldest or newest first', async () => {
    assert.deepEqual(await times({ limit: 1 }), [0, 1, 2, 3]);
    assert.deepEqual(await times({ limit: 3, startFromHead: false, startTime: now - 1000 }), [3, 2, 1, 0]);
  });
});
