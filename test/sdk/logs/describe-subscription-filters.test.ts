// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('there are none of either kind, and making one is refused', async () => {
    const logGroupName = await service.group();
    assert.deepEqual((await service.client.send(new DescribeSubscriptionFiltersCommand({ logGroupName }))).subscriptionFilters, []);
    assert.deepEqual((await service.client.send(new DescribeMetricFiltersCommand({ logGroupName }))).metricFilters, []);
    assert.deepEqual((await service.client.send(new DescribeMetricFiltersCommand({}))).metricFilters, []);
    const filter = new PutSubscriptionFilterCommand({
      logGroupName,
      filterName: 'f',
      filterPattern: '',
      destinationArn: 'arn:aws:lambda:us-east-1:0:function:f',
    });
    const refusal = await refusalOf(service.client.send(filter));
    assert.ok(refusal.status !== undefined && refusal.status < 500, 'SDKs try again what is answered with 5xx');
  });
});

describe('validation', () => {
  test('the group must be there', async () => {
    assert.deepEqual(
      await refusalOf(service.client.send(new DescribeSubscriptionFiltersCommand({ logGroupName: 'missing' }))),
      NO_GROUP,
    );
    assert.deepEqual(await refusalOf(service.client.send(new DescribeMetricFiltersCommand({ logGroupName: 'missing' }))), NO_GROUP);
  });
});
