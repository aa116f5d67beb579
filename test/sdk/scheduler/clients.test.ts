// AWS's own tools against a real gateway, with each version that is installed here; skipped where none is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../../support/aws-tools.ts';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openSchedulerService, QUEUE_ARN, ROLE_ARN, type SchedulerService } from '../../support/scheduler-service.ts';

const run = promisify(execFile);

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

const TARGET = JSON.stringify({ Arn: QUEUE_ARN, RoleArn: ROLE_ARN });

describe('AWS CLI', { skip: CLIS.length === 0 ? 'no AWS CLI is installed' : false }, () => {
  for (const { command, version } of CLIS) {
    const aws = async (...words: readonly string[]) =>
      (await run(command, ['--endpoint-url', service.endpoint, 'scheduler', ...words], { env: environment() })).stdout;

    test(`${version} makes a schedule in a group, lists it and deletes both`, async () => {
      const group = `cli-${version.replaceAll(/[^\w.]/g, '-')}`;
      await aws('create-schedule-group', '--name', group, '--tags', 'Key=env,Value=test');
      const create = ['create-schedule', '--name', 'nightly', '--group-name', group, '--schedule-expression', 'cron(0 3 * * ? *)'];
      const window = JSON.stringify({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 });
      await aws(...create, '--flexible-time-window', window, '--target', TARGET, '--start-date', '2030-01-01T00:00:00Z');
      const listed = JSON.parse(await aws('list-schedules', '--group-name', group)) as { Schedules: { Name: string }[] };
      assert.deepEqual(
        listed.Schedules.map(({ Name }) => Name),
        ['nightly'],
      );
      const schedule = JSON.parse(await aws('get-schedule', '--name', 'nightly', '--group-name', group)) as {
        StartDate: string | number;
        FlexibleTimeWindow: object;
      };
      // Version 1 writes seconds, version 2 a date.
      const start = typeof schedule.StartDate === 'number' ? schedule.StartDate * 1000 : Date.parse(schedule.StartDate);
      assert.equal(start, Date.UTC(2030, 0));
      assert.deepEqual(schedule.FlexibleTimeWindow, JSON.parse(window));
      await aws('delete-schedule', '--name', 'nightly', '--group-name', group);
      await aws('delete-schedule-group', '--name', group);
    });
  }
});

const SCRIPT = `
import boto3, datetime, sys
client = boto3.client('scheduler', endpoint_url=sys.argv[1])
target = {'Arn': sys.argv[2], 'RoleArn': sys.argv[3]}
off = {'Mode': 'OFF'}
client.create_schedule(Name='py', ScheduleExpression='rate(5 days)', FlexibleTimeWindow=off, Target=target,
                       StartDate=datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc))
try:
    client.create_schedule(Name='py', ScheduleExpression='rate(5 days)', FlexibleTimeWindow=off, Target=target)
except client.exceptions.ConflictException as error:
    print(error.response['Error']['Message'])
client.update_schedule(Name='py', ScheduleExpression='at(2031-01-01T00:00:00)', FlexibleTimeWindow=off, Target=target)
print(client.get_schedule(Name='py')['ScheduleExpression'])
client.delete_schedule(Name='py')
print([schedule['Name'] for page in client.get_paginator('list_schedules').paginate(NamePrefix='py') for schedule in page['Schedules']])
try:
    client.get_schedule(Name='py')
except client.exceptions.ResourceNotFoundException as error:
    print(error.response['Error']['Message'])
`;

describe('boto3', { skip: PYTHONS.length === 0 ? 'no boto3 is installed' : false }, () => {
  for (const { command, version } of PYTHONS) {
    test(`${version} makes, changes and deletes a schedule, and knows the errors`, async () => {
      const { stdout } = await run(command, ['-c', SCRIPT, service.endpoint, QUEUE_ARN, ROLE_ARN], { env: environment() });
      assert.deepEqual(stdout.trim().split('\n'), [
        'Schedule py already exists.',
        'at(2031-01-01T00:00:00)',
        '[]',
        'Schedule py does not exist.',
      ]);
    });
  }
});
