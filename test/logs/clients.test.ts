// AWS's own tools against a real gateway, with each version that is installed here; skipped where none is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../support/aws-tools.ts';
import { openLogsService, type LogsService } from '../support/logs-service.ts';
import { ROOT_KEY } from '../support/one-service.ts';

const run = promisify(execFile);

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

describe('AWS CLI', { skip: CLIS.length === 0 ? 'no AWS CLI is installed' : false }, () => {
  for (const { command, version } of CLIS) {
    const aws = async (...words: readonly string[]) =>
      (await run(command, ['--endpoint-url', service.endpoint, 'logs', ...words], { env: environment() })).stdout;

    test(`${version} makes a group, puts events and filters them`, async () => {
      const group = `/cli/${version}`;
      await aws('create-log-group', '--log-group-name', group, '--tags', 'env=test');
      await aws('create-log-stream', '--log-group-name', group, '--log-stream-name', 's');
      const events = [0, 1, 2].map((n) => ({ timestamp: Date.now() + n, message: `${n === 1 ? 'ERROR' : 'fine'} ${n}` }));
      await aws('put-log-events', '--log-group-name', group, '--log-stream-name', 's', '--log-events', JSON.stringify(events));
      await aws('put-retention-policy', '--log-group-name', group, '--retention-in-days', '7');
      const described = JSON.parse(await aws('describe-log-groups', '--log-group-name-prefix', group)) as {
        logGroups: { retentionInDays: number }[];
      };
      assert.equal(described.logGroups[0]?.retentionInDays, 7);
      const filtered = JSON.parse(await aws('filter-log-events', '--log-group-name', group, '--filter-pattern', 'ERROR')) as {
        events: { message: string }[];
      };
      assert.deepEqual(
        filtered.events.map((event) => event.message),
        ['ERROR 1'],
      );
      // The CLI's own paginator, over pages of one event.
      const paged = JSON.parse(await aws('filter-log-events', '--log-group-name', group, '--page-size', '1')) as {
        events: unknown[];
      };
      assert.equal(paged.events.length, 3);
    });

    const tails = Number(/aws-cli\/(\d+)/.exec(version)?.[1]) >= 2;
    test(`${version} tails a group`, { skip: tails ? false : '`logs tail` came with version 2' }, async () => {
      const group = await service.group('s', 't');
      for (const [place, stream] of ['s', 't'].entries())
        await service.put(group, stream, [{ timestamp: Date.now() - 1000 + place, message: `from ${stream}` }]);
      const lines = (await aws('tail', group, '--since', '10m', '--format', 'short')).trim().split('\n');
      assert.deepEqual(
        lines.map((line) => line.replace(/^\S+ /, '')),
        ['from s', 'from t'],
      );
    });
  }
});

const PROGRAM = `
import boto3, json, sys, time
logs = boto3.client('logs', endpoint_url=sys.argv[1])
group = '/boto3/' + boto3.__version__
logs.create_log_group(logGroupName=group)
logs.create_log_stream(logGroupName=group, logStreamName='s')
now = int(time.time() * 1000)
logs.put_log_events(logGroupName=group, logStreamName='s', logEvents=[{'timestamp': now + n, 'message': 'line %d' % n} for n in range(30)])
pages = logs.get_paginator('filter_log_events').paginate(logGroupName=group, PaginationConfig={'PageSize': 7})
found = [event['message'] for page in pages for event in page['events']]
head, token = [], None
while True:
    page = logs.get_log_events(logGroupName=group, logStreamName='s', startFromHead=True, limit=8, **({'nextToken': token} if token else {}))
    head += [event['message'] for event in page['events']]
    if page['nextForwardToken'] == token: break
    token = page['nextForwardToken']
try:
    logs.create_log_group(logGroupName=group)
    error = None
except logs.exceptions.ResourceAlreadyExistsException as e:
    error = e.response['Error']['Message']
streams = [stream['logStreamName'] for page in logs.get_paginator('describe_log_streams').paginate(logGroupName=group) for stream in page['logStreams']]
print(json.dumps({'found': found, 'head': head, 'error': error, 'streams': streams}))
`;

describe('boto3', { skip: PYTHONS.length === 0 ? 'no Python with boto3 is installed' : false }, () => {
  for (const { command, version } of PYTHONS) {
    test(`${version} pages through events and knows the errors`, async () => {
      const { stdout } = await run(command, ['-c', PROGRAM, service.endpoint], { env: environment() });
      const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
      assert.deepEqual(JSON.parse(stdout), {
        found: lines,
        head: lines,
        error: 'The specified log group already exists',
        streams: ['s'],
      });
    });
  }
});
