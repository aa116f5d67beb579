// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteLogGroupCommand, PutLogGroupDeletionProtectionCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('protection is set and taken away again, by name or by ARN', async () => {
    const logGroupName = await service.group();
    const logGroupIdentifier = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    await service.client.send(new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier, deletionProtectionEnabled: true }));
    assert.equal((await refusalOf(service.client.send(new DeleteLogGroupCommand({ logGroupName })))).name, 'ValidationException');
    await service.client.send(
      new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: logGroupName, deletionProtectionEnabled: false }),
    );
    await service.client.send(new DeleteLogGroupCommand({ logGroupName }));
  });
});

describe('validation', () => {
  test('the group must be there', async () => {
    const command = new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: 'missing', deletionProtectionEnabled: true });
    assert.deepEqual(await refusalOf(service.client.send(command)), NO_GROUP);
  });
});
