// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeLogGroupsCommand, FilterLogEventsCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const DAY_MS = 24 * 3_600_000;

describe('validation', () => {
  test('only the day counts of AWS are taken, and the group must be there', async () => {
    const logGroupName = await service.group();
    for (const retentionInDays of [0, 2, 4, 1000]) {
      const refusal = await refusalOf(service.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays })));
      assert.equal(refusal.name, 'InvalidParameterException');
      assert.match(refusal.message, /1, 3, 5, 7, 14/);
    }
    assert.deepEqual(
      await refusalOf(service.client.send(new PutRetentionPolicyCommand({ logGroupName: 'missing', retentionInDays: 7 }))),
      NO_GROUP,
    );
  });
});

describe('behaviour', () => {
  test('the setting is shown, and events past it are rejected and hidden', async () => {
    const logGroupName = await service.group('s');
    const now = Date.now();
    await service.put(logGroupName, 's', [{ timestamp: now - 2 * DAY_MS, message: 'old' }]);
    await service.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    const { logGroups = [] } = await service.client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
    assert.equal(logGroups[0]?.retentionInDays, 1);
    const answer = await service.put(logGroupName, 's', [
      { timestamp: now - 2 * DAY_MS, message: 'older' },
      { timestamp: now, message: 'new' },
    ]);
    assert.deepEqual(answer.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
    const { events = [] } = await service.client.send(new FilterLogEventsCommand({ logGroupName }));
    assert.deepEqual(
      events.map((event) => event.message),
      ['new'],
    );
  });
});
