// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ListSchedulesCommand, paginateListSchedules, type ListSchedulesCommandInput } from '@aws-sdk/client-scheduler';
import { openSchedulerService, QUEUE_ARN, refusalOf, type SchedulerService } from '../../support/scheduler-service.ts';

let service: SchedulerService;
let work: string;
before(async () => {
  service = await openSchedulerService();
  work = await service.group();
  for (const Name of ['a-1', 'a-2', 'b-1']) {
    await service.create({ Name });
    await service.create({ Name, GroupName: work, State: 'DISABLED' });
  }
});
after(() => service.close());

const list = (input: ListSchedulesCommandInput) => service.client.send(new ListSchedulesCommand(input));
const names = async (input: ListSchedulesCommandInput) =>
  (await list(input)).Schedules?.map(({ GroupName, Name }) => `${GroupName}/${Name}`);

describe('serialisation', () => {
  test('a summary says what and whether, not when', async () => {
    const [first] = (await list({ NamePrefix: 'b', GroupName: 'default' })).Schedules ?? [];
    const { CreationDate, LastModificationDate, ...summary } = first ?? {};
    assert.ok(CreationDate instanceof Date && LastModificationDate instanceof Date);
    assert.deepEqual(summary, {
      Arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/b-1',
      GroupName: 'default',
      Name: 'b-1',
      State: 'ENABLED',
      Target: { Arn: QUEUE_ARN },
    });
  });
});

describe('validation', () => {
  test('page sizes, tokens and groups', async () => {
    assert.match((await refusalOf(list({ MaxResults: 101 }))).message, /100/);
    assert.match((await refusalOf(list({ MaxResults: 0 }))).message, /1/);
    assert.equal((await refusalOf(list({ NextToken: 'made-up' }))).name, 'ValidationException');
    assert.equal((await refusalOf(list({ GroupName: 'nowhere' }))).name, 'ResourceNotFoundException');
  });
});

describe('behaviour', () => {
  test('by group, by prefix, by state', async () => {
    assert.deepEqual(await names({}), ['default/a-1', 'default/a-2', 'default/b-1', `${work}/a-1`, `${work}/a-2`, `${work}/b-1`]);
    assert.deepEqual(await names({ GroupName: work }), [`${work}/a-1`, `${work}/a-2`, `${work}/b-1`]);
    assert.deepEqual(await names({ NamePrefix: 'a' }), ['default/a-1', 'default/a-2', `${work}/a-1`, `${work}/a-2`]);
    assert.deepEqual(await names({ State: 'ENABLED', NamePrefix: 'b' }), ['default/b-1']);
    assert.deepEqual(await names({ State: 'DISABLED', GroupName: 'default' }), []);
  });

  test('pages put together are the whole list', async () => {
    for (const input of [{}, { NamePrefix: 'a' }, { State: 'DISABLED' as const }, { GroupName: work }]) {
      const pages: (string | undefined)[] = [];
      // The paginator writes its tokens into the input.
      for await (const page of paginateListSchedules({ client: service.client, pageSize: 1 }, { ...input })) {
        assert.ok((page.Schedules ?? []).length <= 1);
        pages.push(...(page.Schedules ?? []).map(({ GroupName, Name }) => `${GroupName}/${Name}`));
      }
      assert.deepEqual(pages, await names(input));
    }
  });
});
