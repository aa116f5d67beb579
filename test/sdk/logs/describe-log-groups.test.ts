// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
  for (const logGroupName of ['/aws/lambda/one', '/aws/lambda/two', '/aws/other', 'zebra']) {
    await service.client.send(new CreateLogGroupCommand({ logGroupName }));
  }
});
after(() => service.close());

type Input = NonNullable<ConstructorParameters<typeof DescribeLogGroupsCommand>[0]>;
const describeGroups = (input: Input) => service.client.send(new DescribeLogGroupsCommand(input));

async function names(input: Input): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await describeGroups({ ...input, nextToken });
    found.push(...(page.logGroups ?? []).map((group) => group.logGroupName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

describe('serialisation', () => {
  test('a group is described with its ARNs in both forms', async () => {
    const { logGroups = [] } = await describeGroups({ logGroupNamePrefix: 'zebra' });
    const [group] = logGroups;
    assert.ok(group?.creationTime !== undefined && Math.abs(group.creationTime - Date.now()) < 60_000);
    assert.deepEqual(
      { ...group, creationTime: 0 },
      {
        logGroupName: 'zebra',
        creationTime: 0,
        metricFilterCount: 0,
        arn: 'arn:aws:logs:us-east-1:000000000000:log-group:zebra:*',
        logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:zebra',
        logGroupClass: 'STANDARD',
        storedBytes: 0,
        deletionProtectionEnabled: false,
      },
    );
  });

  test('a search by pattern answers only what AWS answers then', async () => {
    const { logGroups = [] } = await describeGroups({ logGroupNamePattern: 'ebr' });
    assert.deepEqual(Object.keys(logGroups[0] ?? {}).toSorted(), [
      'arn',
      'creationTime',
      'logGroupArn',
      'logGroupClass',
      'logGroupName',
      'metricFilterCount',
    ]);
  });
});

describe('validation', () => {
  test('prefix and pattern exclude each other', async () => {
    assert.deepEqual(await refusalOf(describeGroups({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' })), {
      name: 'InvalidParameterException',
      message: 'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      status: 400,
    });
  });

  test('limits and tokens are checked', async () => {
    assert.match((await refusalOf(describeGroups({ limit: 51 }))).message, /'limit' failed to satisfy constraint/);
    assert.equal((await refusalOf(describeGroups({ nextToken: 'nonsense' }))).message, 'The specified nextToken is invalid.');
  });
});

describe('behaviour', () => {
  test('prefixes and patterns choose groups, in the order of their names', async () => {
    assert.deepEqual(await names({ logGroupNamePrefix: '/aws/lambda/' }), ['/aws/lambda/one', '/aws/lambda/two']);
    assert.deepEqual(await names({ logGroupNamePattern: 'o' }), ['/aws/lambda/one', '/aws/lambda/two', '/aws/other']);
    assert.deepEqual(await names({ logGroupNamePattern: 'O' }), []);
    assert.deepEqual(await names({ logGroupIdentifiers: ['zebra', '/aws/other'] }), ['zebra', '/aws/other']);
  });

  test('pages hold every group once', async () => {
    assert.deepEqual(await names({ limit: 1 }), ['/aws/lambda/one', '/aws/lambda/two', '/aws/other', 'zebra']);
    assert.deepEqual(await names({ limit: 3, logGroupNamePattern: '/' }), ['/aws/lambda/one', '/aws/lambda/two', '/aws/other']);
  });

  test('stored bytes grow with what is put', async () => {
    const logGroupName = await service.group('s');
    await service.put(logGroupName, 's', [{ timestamp: Date.now(), message: 'some text' }]);
    const { logGroups = [] } = await describeGroups({ logGroupNamePrefix: logGroupName });
    assert.ok((logGroups[0]?.storedBytes ?? 0) > 0);
  });
});
