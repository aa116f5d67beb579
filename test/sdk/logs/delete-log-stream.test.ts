// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteLogStreamCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, NO_STREAM, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const remove = (logGroupName: string, logStreamName: string) =>
  service.client.send(new DeleteLogStreamCommand({ logGroupName, logStreamName }));

describe('validation', () => {
  test('group and stream must be there', async () => {
    assert.deepEqual(await refusalOf(remove('missing', 's')), NO_GROUP);
    assert.deepEqual(await refusalOf(remove(await service.group(), 's')), NO_STREAM);
  });
});

describe('behaviour', () => {
  test('a deleted stream takes its events along and leaves the others', async () => {
    const logGroupName = await service.group('s', 't');
    for (const stream of ['s', 't']) await service.put(logGroupName, stream, [{ timestamp: Date.now(), message: stream }]);
    await remove(logGroupName, 's');
    const { events = [] } = await service.client.send(new FilterLogEventsCommand({ logGroupName }));
    assert.deepEqual(
      events.map((event) => event.message),
      ['t'],
    );
  });
});
