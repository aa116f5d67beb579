// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetScheduleCommand, UpdateScheduleCommand, type UpdateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { daily, openSchedulerService, QUEUE_ARN, refusalOf, type SchedulerService } from '../../support/scheduler-service.ts';

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const update = (input: UpdateScheduleCommandInput) => service.client.send(new UpdateScheduleCommand(input));
const get = (Name: string) => service.client.send(new GetScheduleCommand({ Name }));

describe('serialisation', () => {
  test('what is not said again has its default again', async () => {
    const Name = await service.create({ Description: 'old', ScheduleExpressionTimezone: 'Europe/Berlin', State: 'DISABLED' });
    const { ScheduleArn } = await update({ Name, ...daily(), ScheduleExpression: 'rate(2 hours)' });
    const schedule = await get(Name);
    assert.equal(schedule.Arn, ScheduleArn);
    assert.equal(schedule.ScheduleExpression, 'rate(2 hours)');
    assert.equal(schedule.ScheduleExpressionTimezone, 'UTC');
    assert.equal(schedule.State, 'ENABLED');
    assert.equal(schedule.Description, undefined);
    assert.ok(Number(schedule.LastModificationDate) >= Number(schedule.CreationDate));
  });
});

describe('validation', () => {
  test('a schedule or a group that is not there', async () => {
    assert.deepEqual(await refusalOf(update({ Name: 'nobody', ...daily() })), {
      name: 'ResourceNotFoundException',
      message: 'Schedule nobody does not exist.',
      status: 404,
    });
    assert.match((await refusalOf(update({ Name: 'nobody', ...daily(), GroupName: 'nowhere' }))).message, /group nowhere/);
  });

  test('what may not be said of a new schedule may not be said of an old one', async () => {
    const Name = await service.create();
    const refusal = await refusalOf(update({ Name, ...daily(), ScheduleExpression: 'rate(1 fortnight)' }));
    assert.equal(refusal.name, 'ValidationException');
    assert.equal((await get(Name)).ScheduleExpression, daily().ScheduleExpression, 'nothing has changed');
  });

  test('a start date that was said long ago may be said again', async () => {
    const StartDate = new Date(Math.floor(Date.now() / 1000) * 1000 - 240_000);
    const Name = await service.create({ StartDate });
    await update({ Name, ...daily(), StartDate, Description: 'still' });
    const other = new Date(StartDate.getTime() - 3_600_000);
    assert.match((await refusalOf(update({ Name, ...daily(), StartDate: other }))).message, /5 minutes ago/);
  });
});

describe('behaviour', () => {
  test('a new time counts from now on', async () => {
    const Name = await service.create({ State: 'DISABLED', ScheduleExpression: 'rate(1 day)' });
    await update({ Name, ...daily(), ScheduleExpression: 'rate(2 days)' });
    const [entry] = await service.sent();
    assert.deepEqual(entry?.target, { kind: 'queue', arn: QUEUE_ARN });
  });
});
