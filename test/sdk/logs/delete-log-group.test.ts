// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateLogGroupCommand, DeleteLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('validation', () => {
  test('a group that is not there cannot be deleted', async () => {
    assert.deepEqual(await refusalOf(service.client.send(new DeleteLogGroupCommand({ logGroupName: 'missing' }))), NO_GROUP);
  });

  test('a protected group cannot be deleted', async () => {
    await service.client.send(new CreateLogGroupCommand({ logGroupName: 'protected', deletionProtectionEnabled: true }));
    const refusal = await refusalOf(service.client.send(new DeleteLogGroupCommand({ logGroupName: 'protected' })));
    assert.equal(refusal.name, 'ValidationException');
    assert.match(refusal.message, /deletion protection/);
  });
});

describe('behaviour', () => {
  test('a deleted group takes its streams and events along', async () => {
    const logGroupName = await service.group('s');
    await service.put(logGroupName, 's', [{ timestamp: Date.now(), message: 'gone' }]);
    await service.client.send(new DeleteLogGroupCommand({ logGroupName }));
    assert.deepEqual(await refusalOf(service.client.send(new FilterLogEventsCommand({ logGroupName }))), NO_GROUP);
    await service.client.send(new CreateLogGroupCommand({ logGroupName }));
    assert.deepEqual((await service.client.send(new FilterLogEventsCommand({ logGroupName }))).events, []);
  });
});
