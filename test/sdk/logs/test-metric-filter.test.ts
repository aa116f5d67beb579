// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('matches carry their number and what the pattern names', async () => {
    const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534';
    const answer = await service.client.send(
      new TestMetricFilterCommand({
        filterPattern: '[ip, identity, user_id, timestamp, request, status_code, size > 1000]',
        logEventMessages: ['short', line],
      }),
    );
    assert.deepEqual(answer.matches, [
      {
        eventNumber: 2,
        eventMessage: line,
        extractedValues: {
          $ip: '127.0.0.1',
          $identity: '-',
          $user_id: 'frank',
          $timestamp: '10/Oct/2000:13:25:15 -0700',
          $request: 'GET /apache_pb.gif HTTP/1.0',
          $status_code: '200',
          $size: '1534',
        },
      },
    ]);
  });
});

describe('validation', () => {
  test('a broken pattern is refused', async () => {
    const refusal = await refusalOf(
      service.client.send(new TestMetricFilterCommand({ filterPattern: '{ $.a', logEventMessages: ['x'] })),
    );
    assert.equal(refusal.name, 'InvalidParameterException');
    assert.match(refusal.message, /^Invalid filter pattern/);
  });
});
