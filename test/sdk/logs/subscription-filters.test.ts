// PutSubscriptionFilter, DescribeSubscriptionFilters and DeleteSubscriptionFilter, and DescribeMetricFilters, of which there are none.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DeleteLogGroupCommand,
  DeleteSubscriptionFilterCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  PutSubscriptionFilterCommand,
  type PutSubscriptionFilterCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const destinationArn = 'arn:aws:lambda:us-east-1:000000000000:function:watcher';
const put = (logGroupName: string, more: Partial<PutSubscriptionFilterCommandInput> = {}) =>
  service.client.send(
    new PutSubscriptionFilterCommand({ logGroupName, filterName: 'errors', filterPattern: 'ERROR', destinationArn, ...more }),
  );
const list = (logGroupName: string, more = {}) =>
  service.client.send(new DescribeSubscriptionFiltersCommand({ logGroupName, ...more }));
const remove = (logGroupName: string, filterName: string) =>
  service.client.send(new DeleteSubscriptionFilterCommand({ logGroupName, filterName }));

describe('serialisation', () => {
  test('what was put is described, and put again it is another with the old time', async () => {
    const logGroupName = await service.group();
    assert.deepEqual((await list(logGroupName)).subscriptionFilters, []);
    await put(logGroupName);
    const [filter, ...rest] = (await list(logGroupName)).subscriptionFilters ?? [];
    assert.deepEqual(rest, []);
    assert.ok(filter?.creationTime !== undefined);
    const { creationTime } = filter;
    assert.deepEqual(filter, {
      filterName: 'errors',
      logGroupName,
      filterPattern: 'ERROR',
      destinationArn,
      distribution: 'ByLogStream',
      applyOnTransformedLogs: false,
      creationTime,
    });
    await put(logGroupName, { filterPattern: '{ $.level = "error" }', distribution: 'ByLogStream' });
    assert.deepEqual((await list(logGroupName)).subscriptionFilters, [{ ...filter, filterPattern: '{ $.level = "error" }' }]);
  });

  test('they come by name, by prefix and in pages', async () => {
    const logGroupName = await service.group();
    for (const filterName of ['b', 'a']) await put(logGroupName, { filterName });
    const names = async (more = {}) =>
      ((await list(logGroupName, more)).subscriptionFilters ?? []).map(({ filterName }) => filterName);
    assert.deepEqual(await names(), ['a', 'b']);
    assert.deepEqual(await names({ filterNamePrefix: 'b' }), ['b']);
    const { nextToken } = await list(logGroupName, { limit: 1 });
    assert.deepEqual(await names({ limit: 1, nextToken }), ['b']);
    assert.equal((await list(logGroupName, { limit: 2 })).nextToken, undefined);
  });
});

describe('validation', () => {
  test('names, patterns, destinations', async () => {
    const logGroupName = await service.group();
    const refused: readonly (readonly [Partial<PutSubscriptionFilterCommandInput>, RegExp])[] = [
      [{ filterName: 'a:b' }, /'filterName'/],
      [{ filterPattern: '{ $.level =' }, /pattern/i],
      [{ destinationArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }, /^Subscriptions to kinesis are not served/],
      [{ destinationArn: 'arn:aws:lambda:us-east-1:000000000000:layer:l' }, /ARN of a Lambda function/],
      [{ destinationArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' }, /not in this region/],
      [{ roleArn: 'arn:aws:iam::000000000000:role/r' }, /^destinationArn for vendor lambda cannot be used with roleArn$/],
      [{ distribution: 'Random' }, /^distribution: .* Leave the parameter out\.$/],
      [{ applyOnTransformedLogs: true }, /^applyOnTransformedLogs: /],
      [{ emitSystemFields: ['@aws.account'] }, /^emitSystemFields: /],
    ];
    for (const [more, message] of refused) {
      const refusal = await refusalOf(put(logGroupName, more));
      assert.deepEqual([refusal.name, refusal.status], ['InvalidParameterException', 400], JSON.stringify(more));
      assert.match(refusal.message, message);
    }
    assert.deepEqual((await list(logGroupName)).subscriptionFilters, []);
  });

  test('a function that does not let CloudWatch Logs in, and one that would be told of itself', async (t) => {
    const logGroupName = await service.group();
    t.after(() => service.verdicts.clear());
    service.verdicts.set(destinationArn, 'refused');
    assert.deepEqual(await refusalOf(put(logGroupName)), {
      name: 'InvalidParameterException',
      message:
        'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      status: 400,
    });
    service.verdicts.set(destinationArn, 'ownLog');
    assert.match((await refusalOf(put(logGroupName))).message, /each of its runs would cause the next/);
  });

  test('a group has two at most', async () => {
    const logGroupName = await service.group();
    await put(logGroupName, { filterName: 'one' });
    await put(logGroupName, { filterName: 'two' });
    await put(logGroupName, { filterName: 'two', filterPattern: '' });
    assert.deepEqual(await refusalOf(put(logGroupName, { filterName: 'three' })), {
      name: 'LimitExceededException',
      message: 'Resource limit exceeded.',
      status: 400,
    });
  });

  test('the group must be there, and the filter', async () => {
    assert.deepEqual(await refusalOf(put('missing')), NO_GROUP);
    assert.deepEqual(await refusalOf(list('missing')), NO_GROUP);
    assert.deepEqual(await refusalOf(remove('missing', 'errors')), NO_GROUP);
    assert.deepEqual(await refusalOf(remove(await service.group(), 'errors')), {
      name: 'ResourceNotFoundException',
      message: 'The specified subscription filter does not exist.',
      status: 400,
    });
    assert.deepEqual(await refusalOf(service.client.send(new DescribeMetricFiltersCommand({ logGroupName: 'missing' }))), NO_GROUP);
  });
});

describe('behaviour', () => {
  test('a removed filter is gone, and a group takes its filters with it', async () => {
    const logGroupName = await service.group();
    await put(logGroupName, { filterName: 'one' });
    await put(logGroupName, { filterName: 'two' });
    await remove(logGroupName, 'one');
    assert.deepEqual(
      (await list(logGroupName)).subscriptionFilters?.map(({ filterName }) => filterName),
      ['two'],
    );
    await service.client.send(new DeleteLogGroupCommand({ logGroupName }));
    await service.logs.groups.create({ account: '000000000000', region: 'us-east-1' } as never, logGroupName, {});
    assert.deepEqual((await list(logGroupName)).subscriptionFilters, []);
  });

  test('of metric filters there are none', async () => {
    const logGroupName = await service.group();
    assert.deepEqual((await service.client.send(new DescribeMetricFiltersCommand({ logGroupName }))).metricFilters, []);
    assert.deepEqual((await service.client.send(new DescribeMetricFiltersCommand({}))).metricFilters, []);
  });
});
