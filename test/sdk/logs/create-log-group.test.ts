// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateLogGroupCommand, DescribeLogGroupsCommand, ListTagsLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

type Input = ConstructorParameters<typeof CreateLogGroupCommand>[0];
const create = (input: Input) => service.client.send(new CreateLogGroupCommand(input));

describe('serialisation', () => {
  test('a group with tags and protection is there with them', async () => {
    const logGroupName = '/aws/lambda/Some.Name-with_all#chars';
    await create({ logGroupName, tags: { env: 'testing', 'a b': '' }, deletionProtectionEnabled: true });
    const { logGroups = [] } = await service.client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
    assert.equal(logGroups[0]?.deletionProtectionEnabled, true);
    const { tags } = await service.client.send(new ListTagsLogGroupCommand({ logGroupName }));
    assert.deepEqual(tags, { env: 'testing', 'a b': '' });
  });
});

describe('validation', () => {
  const refused = async (input: Input, message: RegExp) => {
    const refusal = await refusalOf(create(input));
    assert.equal(refusal.name, 'InvalidParameterException');
    assert.equal(refusal.status, 400);
    assert.match(refusal.message, message);
  };

  test('names outside the pattern are refused', async () => {
    await refused(
      { logGroupName: 'a b' },
      /at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    );
    await refused({ logGroupName: 'a:b' }, /logGroupName/);
    await refused({ logGroupName: '' }, /logGroupName/);
    await refused({ logGroupName: 'a'.repeat(513) }, /512/);
    await refused({ logGroupName: 'aws/reserved' }, /reserved for AWS/);
  });

  test('what would have no effect is refused, not ignored', async () => {
    await refused({ logGroupName: 'x', kmsKeyId: 'arn:aws:kms:us-east-1:1:key/2' }, /kmsKeyId/);
    await refused({ logGroupName: 'x', logGroupClass: 'INFREQUENT_ACCESS' }, /logGroupClass/);
  });

  test('tags have their bounds', async () => {
    await refused({ logGroupName: 'x', tags: { 'bad!': 'x' } }, /tags/);
    await refused({ logGroupName: 'x', tags: { 'aws:x': 'x' } }, /reserved/);
    await refused({ logGroupName: 'x', tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) }, /50/);
  });
});

describe('behaviour', () => {
  test('a name can be given once', async () => {
    await create({ logGroupName: 'twice' });
    assert.deepEqual(await refusalOf(create({ logGroupName: 'twice' })), {
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
      status: 400,
    });
  });
});
