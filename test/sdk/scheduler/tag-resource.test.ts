// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateScheduleGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type Tag,
} from '@aws-sdk/client-scheduler';
import { openSchedulerService, refusalOf, type SchedulerService } from '../../support/scheduler-service.ts';

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const arnOf = (group: string) => `arn:aws:scheduler:us-east-1:000000000000:schedule-group/${group}`;
const tag = (ResourceArn: string, Tags: Tag[]) => service.client.send(new TagResourceCommand({ ResourceArn, Tags }));
const untag = (ResourceArn: string, TagKeys: string[]) => service.client.send(new UntagResourceCommand({ ResourceArn, TagKeys }));
const tagsOf = async (ResourceArn: string) => (await service.client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;

describe('serialisation', () => {
  test('tags that a group was made with, and others over them', async () => {
    await service.client.send(new CreateScheduleGroupCommand({ Name: 'tagged', Tags: [{ Key: 'env', Value: 'test' }] }));
    const arn = arnOf('tagged');
    await tag(arn, [
      { Key: 'env', Value: 'live' },
      { Key: '__proto__', Value: 'a b' },
    ]);
    assert.deepEqual(await tagsOf(arn), [
      { Key: 'env', Value: 'live' },
      { Key: '__proto__', Value: 'a b' },
    ]);
    await untag(arn, ['env', 'never-there']);
    assert.deepEqual(await tagsOf(arn), [{ Key: '__proto__', Value: 'a b' }]);
  });

  test('the default group can be tagged', async () => {
    await tag(arnOf('default'), [{ Key: 'owner', Value: 'me' }]);
    assert.deepEqual(await tagsOf(arnOf('default')), [{ Key: 'owner', Value: 'me' }]);
  });
});

describe('validation', () => {
  test('schedules have no tags, and other accounts no groups', async () => {
    const schedule = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/x';
    assert.equal((await refusalOf(tag(schedule, []))).name, 'ValidationException');
    assert.equal((await refusalOf(tagsOf(arnOf('nowhere')))).name, 'ResourceNotFoundException');
    const foreign = arnOf('default').replace('000000000000', '111111111111');
    assert.equal((await refusalOf(tagsOf(foreign))).name, 'ResourceNotFoundException');
  });

  test('there are at most fifty, and none that begins with aws:', async () => {
    const arn = arnOf(await service.group());
    const many = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    assert.match((await refusalOf(tag(arn, many))).message, /50/);
    assert.match((await refusalOf(tag(arn, [{ Key: 'AWS:x', Value: 'v' }]))).message, /reserved/);
    assert.deepEqual(await tagsOf(arn), []);
  });
});
