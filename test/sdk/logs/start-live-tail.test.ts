// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('serialisation', () => {
  test('a session begins with what was asked for and goes on with events', async () => {
    const group = await service.group('s', 't');
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;
    const stop = new AbortController();
    const { responseStream } = await service.client.send(
      new StartLiveTailCommand({ logGroupIdentifiers: [arn], logStreamNames: ['s'], logEventFilterPattern: 'ERROR' }),
      { abortSignal: stop.signal },
    );
    assert.ok(responseStream);
    const found: unknown[] = [];
    for await (const { sessionStart, sessionUpdate } of responseStream) {
      if (sessionStart !== undefined) {
        assert.deepEqual(sessionStart.logGroupIdentifiers, [arn]);
        assert.deepEqual(sessionStart.logStreamNames, ['s']);
        assert.equal(sessionStart.logEventFilterPattern, 'ERROR');
        assert.match(sessionStart.sessionId ?? '', /^[0-9a-f-]{36}$/);
        continue;
      }
      assert.ok(sessionUpdate);
      found.push(...(sessionUpdate.sessionResults ?? []));
      if (found.length > 0) break;
      // The first update says that the session has begun: what is put now belongs to it.
      await service.put(group, 't', [{ timestamp: Date.now(), message: 'ERROR elsewhere' }]);
      await service.put(group, 's', [
        { timestamp: Date.now(), message: 'fine' },
        { timestamp: Date.now(), message: 'ERROR here' },
      ]);
    }
    stop.abort();
    assert.equal(found.length, 1);
    const [event] = found as [Record<string, unknown>];
    assert.equal(event['message'], 'ERROR here');
    assert.equal(event['logStreamName'], 's');
    assert.equal(event['logGroupIdentifier'], arn);
  });
});

describe('validation', () => {
  test('groups must be there, and streams be chosen in one way for one group', async () => {
    const [one, two] = [await service.group('s'), await service.group('s')];
    const start = (input: ConstructorParameters<typeof StartLiveTailCommand>[0]) =>
      refusalOf(service.client.send(new StartLiveTailCommand(input)));
    assert.deepEqual(await start({ logGroupIdentifiers: ['missing'] }), NO_GROUP);
    const both = await start({ logGroupIdentifiers: [one], logStreamNames: ['s'], logStreamNamePrefixes: ['s'] });
    assert.equal(both.name, 'InvalidParameterException');
    assert.equal((await start({ logGroupIdentifiers: [one, two], logStreamNames: ['s'] })).name, 'InvalidParameterException');
    assert.equal((await start({ logGroupIdentifiers: [one], logEventFilterPattern: '[' })).name, 'InvalidParameterException');
  });
});
