// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

type Input = NonNullable<ConstructorParameters<typeof DescribeLogStreamsCommand>[0]>;
const describeStreams = (input: Input) => service.client.send(new DescribeLogStreamsCommand(input));

async function names(input: Input): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await describeStreams({ ...input, nextToken });
    found.push(...(page.logStreams ?? []).map((stream) => stream.logStreamName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

describe('serialisation', () => {
  test('a stream without events has no times but that of its making', async () => {
    const group = await service.group('s');
    const { logStreams = [] } = await describeStreams({ logGroupName: group });
    assert.deepEqual(
      { ...logStreams[0], creationTime: 0 },
      {
        logStreamName: 's',
        creationTime: 0,
        storedBytes: 0,
        arn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:log-stream:s`,
      },
    );
  });

  test('times of events are told once there are some', async () => {
    const group = await service.group('s');
    const now = Date.now();
    await service.put(group, 's', [
      { timestamp: now - 5000, message: 'a' },
      { timestamp: now, message: 'b' },
    ]);
    const { logStreams = [] } = await describeStreams({
      logGroupIdentifier: `arn:aws:logs:us-east-1:000000000000:log-group:${group}`,
    });
    const [stream] = logStreams;
    assert.equal(stream?.firstEventTimestamp, now - 5000);
    assert.equal(stream.lastEventTimestamp, now);
    assert.ok((stream.lastIngestionTime ?? 0) >= now);
    assert.equal(stream.uploadSequenceToken?.length, 56);
  });
});

describe('validation', () => {
  test('one way to name the group, and one order', async () => {
    assert.deepEqual(await refusalOf(describeStreams({ logGroupName: 'a', logGroupIdentifier: 'a' })), {
      name: 'ValidationException',
      message: 'LogGroup name and LogGroup ARN are mutually exclusive parameters.',
      status: 400,
    });
    assert.deepEqual(await refusalOf(describeStreams({ logGroupName: 'missing' })), NO_GROUP);
    assert.equal((await refusalOf(describeStreams({}))).name, 'InvalidParameterException');
    const refusal = await refusalOf(describeStreams({ logGroupName: 'a', orderBy: 'LastEventTime', logStreamNamePrefix: 'x' }));
    assert.match(refusal.message, /LastEventTime/);
  });
});

describe('behaviour', () => {
  test('streams are ordered by name or by their last event, either way round, over pages', async () => {
    const group = await service.group('a1', 'a2', 'b1', 'b2');
    const now = Date.now();
    for (const [place, stream] of ['b1', 'a2', 'b2', 'a1'].entries())
      await service.put(group, stream, [{ timestamp: now + place, message: 'x' }]);
    assert.deepEqual(await names({ logGroupName: group, limit: 3 }), ['a1', 'a2', 'b1', 'b2']);
    assert.deepEqual(await names({ logGroupName: group, descending: true, limit: 1 }), ['b2', 'b1', 'a2', 'a1']);
    assert.deepEqual(await names({ logGroupName: group, logStreamNamePrefix: 'b' }), ['b1', 'b2']);
    assert.deepEqual(await names({ logGroupName: group, orderBy: 'LastEventTime', descending: true, limit: 2 }), [
      'a1',
      'b2',
      'a2',
      'b1',
    ]);
  });
});
