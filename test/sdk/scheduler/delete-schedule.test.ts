// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteScheduleCommand, GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { openSchedulerService, refusalOf, type SchedulerService } from '../../support/scheduler-service.ts';

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const remove = (Name: string, GroupName?: string) => service.client.send(new DeleteScheduleCommand({ Name, GroupName }));

describe('validation', () => {
  test('a schedule that is not there, or in another group', async () => {
    const GroupName = await service.group();
    const Name = await service.create({ GroupName });
    const refusal = { name: 'ResourceNotFoundException', message: `Schedule ${Name} does not exist.`, status: 404 };
    assert.deepEqual(await refusalOf(remove(Name)), refusal);
    await remove(Name, GroupName);
    assert.deepEqual(await refusalOf(remove(Name, GroupName)), refusal);
    assert.match((await refusalOf(remove(Name, 'nowhere'))).message, /group nowhere/);
  });
});

describe('behaviour', () => {
  test('it is gone, with its timer, and its name is free', async () => {
    const Name = await service.create({ ScheduleExpression: 'at(2199-01-01T00:00:00)' });
    assert.ok(await service.store.timers.nextDueAtMs('schedules'));
    await remove(Name);
    const gone = service.client.send(new GetScheduleCommand({ Name }));
    assert.equal((await refusalOf(gone)).name, 'ResourceNotFoundException');
    assert.equal(await service.store.timers.nextDueAtMs('schedules'), undefined);
    await service.create({ Name });
  });
});
