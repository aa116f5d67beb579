// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteRetentionPolicyCommand, DescribeLogGroupsCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('a group without a policy shows none', async () => {
    const logGroupName = await service.group();
    await service.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3653 }));
    await service.client.send(new DeleteRetentionPolicyCommand({ logGroupName }));
    const { logGroups = [] } = await service.client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
    assert.equal('retentionInDays' in (logGroups[0] ?? {}), false);
  });
});

describe('validation', () => {
  test('the group must be there', async () => {
    assert.deepEqual(await refusalOf(service.client.send(new DeleteRetentionPolicyCommand({ logGroupName: 'missing' }))), NO_GROUP);
  });
});
