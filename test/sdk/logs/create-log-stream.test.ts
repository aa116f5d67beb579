// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateLogStreamCommand, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const create = (logGroupName: string, logStreamName: string) =>
  service.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));

describe('validation', () => {
  test('the group must be there, and the name be one', async () => {
    assert.deepEqual(await refusalOf(create('missing', 's')), NO_GROUP);
    const group = await service.group();
    for (const name of ['', 'a:b', 'a*b', 'x'.repeat(513)])
      assert.equal((await refusalOf(create(group, name))).name, 'InvalidParameterException');
  });

  test('a stream can be made once', async () => {
    const group = await service.group('s');
    assert.deepEqual(await refusalOf(create(group, 's')), {
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log stream already exists',
      status: 400,
    });
  });
});

describe('behaviour', () => {
  test('names of functions and any script are taken', async () => {
    const group = await service.group();
    const made = ['2026/11/20/[$LATEST]0a1b2c', 'протокол 日本 🙀'];
    for (const name of made) await create(group, name);
    const { logStreams = [] } = await service.client.send(new DescribeLogStreamsCommand({ logGroupName: group }));
    assert.deepEqual(
      logStreams.map((stream) => stream.logStreamName),
      made,
    );
  });
});
