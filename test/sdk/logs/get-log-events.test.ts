// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, NO_STREAM, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

type Input = ConstructorParameters<typeof GetLogEventsCommand>[0];
const get = (input: Input) => service.client.send(new GetLogEventsCommand(input));

describe('serialisation', () => {
  test('an event has its time, its text and when it came', async () => {
    const group = await service.group('s');
    const now = Date.now();
    await service.put(group, 's', [{ timestamp: now - 1000, message: 'hello' }]);
    const page = await get({ logGroupName: group, logStreamName: 's' });
    const [event] = page.events ?? [];
    assert.deepEqual({ ...event, ingestionTime: 0 }, { timestamp: now - 1000, message: 'hello', ingestionTime: 0 });
    assert.ok((event?.ingestionTime ?? 0) >= now);
    assert.match(page.nextForwardToken ?? '', /^f\/\d{56}\/s$/);
    assert.match(page.nextBackwardToken ?? '', /^b\/\d{56}\/s$/);
  });

  test('the group can be named by its ARN', async () => {
    const group = await service.group('s');
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;
    for (const logGroupIdentifier of [group, arn])
      assert.deepEqual((await get({ logGroupIdentifier, logStreamName: 's' })).events, []);
    assert.deepEqual(
      await refusalOf(get({ logGroupIdentifier: arn.replace('000000000000', '111111111111'), logStreamName: 's' })),
      NO_GROUP,
    );
  });
});

describe('validation', () => {
  test('group and stream must be there, tokens and limits be ours', async () => {
    assert.deepEqual(await refusalOf(get({ logGroupName: 'missing', logStreamName: 's' })), NO_GROUP);
    const group = await service.group('s');
    assert.deepEqual(await refusalOf(get({ logGroupName: group, logStreamName: 't' })), NO_STREAM);
    for (const nextToken of [
      'invalid-token',
      'n/00000000000000000000000000000000000000000000000000000000/s',
      `f/${'9'.repeat(56)}/s`,
    ]) {
      assert.deepEqual(await refusalOf(get({ logGroupName: group, logStreamName: 's', nextToken })), {
        name: 'InvalidParameterException',
        message: 'The specified nextToken is invalid.',
        status: 400,
      });
    }
    assert.deepEqual(await refusalOf(get({ logGroupName: group, logStreamName: 's', limit: 10_001 })), {
      name: 'InvalidParameterException',
      message:
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
      status: 400,
    });
  });
});

describe('behaviour', () => {
  test('tokens lead through everything in both directions, and repeat at the end', async () => {
    const group = await service.group('s');
    const now = Date.now();
    const messages = Array.from({ length: 25 }, (_, n) => String(n));
    await service.put(
      group,
      's',
      messages.map((message, place) => ({ timestamp: now + Math.floor(place / 3), message })),
    );
    const place = { logGroupName: group, logStreamName: 's', limit: 10 };
    const forward: (string | undefined)[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await get({ ...place, startFromHead: true, nextToken: token });
      forward.push(...(page.events ?? []).map((event) => event.message));
      if (page.nextForwardToken === token) break;
      token = page.nextForwardToken;
    }
    assert.deepEqual(forward, messages);
    const backward: (string | undefined)[][] = [];
    token = undefined;
    for (;;) {
      const page = await get({ ...place, nextToken: token });
      backward.unshift((page.events ?? []).map((event) => event.message));
      if (page.nextBackwardToken === token) break;
      token = page.nextBackwardToken;
    }
    assert.deepEqual(backward.flat(), messages);
    assert.deepEqual(backward.at(-1), messages.slice(-10), 'without startFromHead the newest come first');
  });

  test('the start of the range belongs to it, its end does not', async () => {
    const group = await service.group('s');
    const now = Date.now();
    await service.put(
      group,
      's',
      [0, 1, 2].map((n) => ({ timestamp: now + n, message: String(n) })),
    );
    const page = await get({ logGroupName: group, logStreamName: 's', startTime: now + 1, endTime: now + 2 });
    assert.deepEqual(
      page.events?.map((event) => event.message),
      ['1'],
    );
  });
});
