// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateLogGroupCommand, ListLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
  for (const logGroupName of ['/aws/lambda/one', 'my-discovery', 'zebra'])
    await service.client.send(new CreateLogGroupCommand({ logGroupName }));
});
after(() => service.close());

describe('behaviour', () => {
  test('patterns have carets and alternatives', async () => {
    const names = async (logGroupNamePattern?: string) =>
      (await service.client.send(new ListLogGroupsCommand({ logGroupNamePattern }))).logGroups?.map((group) => group.logGroupName);
    assert.deepEqual(await names('^/aws/lambda|discovery'), ['/aws/lambda/one', 'my-discovery']);
    assert.deepEqual(await names('^discovery'), []);
    assert.deepEqual(await names(), ['/aws/lambda/one', 'my-discovery', 'zebra']);
  });

  test('a group is summed up by name, ARN and class', async () => {
    const { logGroups } = await service.client.send(new ListLogGroupsCommand({ logGroupNamePattern: 'zebra' }));
    assert.deepEqual(logGroups, [
      { logGroupName: 'zebra', logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:zebra', logGroupClass: 'STANDARD' },
    ]);
  });
});

describe('validation', () => {
  test('filters that would find nothing true are refused', async () => {
    const refusal = await refusalOf(service.client.send(new ListLogGroupsCommand({ logGroupTags: [{ key: 'env' }] })));
    assert.equal(refusal.name, 'InvalidParameterException');
    assert.match(refusal.message, /logGroupTags/);
  });
});
