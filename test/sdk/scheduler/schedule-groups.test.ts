// Groups: made, described, listed and deleted.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateScheduleGroupCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  paginateListScheduleGroups,
} from '@aws-sdk/client-scheduler';
import { openSchedulerService, refusalOf, type SchedulerService } from '../../support/scheduler-service.ts';

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const create = (Name: string, ClientToken?: string) => service.client.send(new CreateScheduleGroupCommand({ Name, ClientToken }));
const remove = (Name: string) => service.client.send(new DeleteScheduleGroupCommand({ Name }));
const get = (Name: string) => service.client.send(new GetScheduleGroupCommand({ Name }));

describe('serialisation', () => {
  test('a group comes back as it was made', async () => {
    const { ScheduleGroupArn } = await create('reports.2026_x');
    assert.equal(ScheduleGroupArn, 'arn:aws:scheduler:us-east-1:000000000000:schedule-group/reports.2026_x');
    const { $metadata: _metadata, CreationDate, LastModificationDate, ...group } = await get('reports.2026_x');
    assert.ok(CreationDate instanceof Date && LastModificationDate instanceof Date);
    assert.deepEqual(group, { Arn: ScheduleGroupArn, Name: 'reports.2026_x', State: 'ACTIVE' });
  });
});

describe('validation', () => {
  test('names', async () => {
    for (const name of ['a b', 'a:b', 'x'.repeat(65)]) assert.equal((await refusalOf(create(name))).name, 'ValidationException');
  });

  test('a group that is there, one that is not, and the default one', async () => {
    await create('twice');
    const twice = { name: 'ConflictException', message: 'Schedule group twice already exists.', status: 409 };
    assert.deepEqual(await refusalOf(create('twice')), twice);
    assert.equal((await refusalOf(create('default'))).name, 'ConflictException');
    const nowhere = { name: 'ResourceNotFoundException', message: 'Schedule group nowhere does not exist.', status: 404 };
    assert.deepEqual(await refusalOf(get('nowhere')), nowhere);
    assert.deepEqual(await refusalOf(remove('nowhere')), nowhere);
    assert.equal((await refusalOf(remove('default'))).name, 'ValidationException');
  });
});

describe('behaviour', () => {
  test('the same request with the same token makes one group', async () => {
    assert.equal((await create('tokened', 't')).ScheduleGroupArn, (await create('tokened', 't')).ScheduleGroupArn);
  });

  test('the default group is always there', async () => {
    assert.equal((await get('default')).State, 'ACTIVE');
    const { ScheduleGroups } = await service.client.send(new ListScheduleGroupsCommand({ NamePrefix: 'def' }));
    assert.deepEqual(
      ScheduleGroups?.map(({ Name }) => Name),
      ['default'],
    );
  });

  test('groups are listed by name, by prefix, in pages', async () => {
    for (const name of ['p-3', 'p-1', 'p-2']) await create(name);
    const found: (string | undefined)[] = [];
    for await (const page of paginateListScheduleGroups({ client: service.client, pageSize: 2 }, { NamePrefix: 'p-' }))
      found.push(...(page.ScheduleGroups ?? []).map(({ Name }) => Name));
    assert.deepEqual(found, ['p-1', 'p-2', 'p-3']);
  });

  test('a group that is deleted takes its schedules with it', async () => {
    const GroupName = await service.group();
    const Name = await service.create({ GroupName });
    await remove(GroupName);
    // It is being deleted until its schedules are gone: closing the groups waits for that.
    await service.schedules.groups.close();
    assert.equal((await refusalOf(get(GroupName))).name, 'ResourceNotFoundException');
    const lost = service.client.send(new GetScheduleCommand({ Name, GroupName }));
    assert.equal((await refusalOf(lost)).message, `Schedule group ${GroupName} does not exist.`);
  });
});
