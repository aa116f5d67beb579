// Pages of schedules: what a filter passes over does not hold up the store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Region, Scope } from '#kernel';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { inlineStore } from '../../test/support/inline-store.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { createSchedules, type ScheduleSettings } from './index.ts';

const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };

test('a page looks at a thousand schedules at most, and says where the next one begins', async (t) => {
  const store = inlineStore(t);
  const { book } = createSchedules({
    store,
    clock: new FakeClock(),
    random: seededRandom(1),
    log: new QuietLog(),
    scopes: [SCOPE],
  });
  const create = (index: number, isEnabled: boolean) =>
    book.create({ scope: SCOPE, group: 'default', name: `s-${String(index).padStart(4, '0')}` }, { ...SETTINGS, isEnabled });
  for (let index = 0; index < 1050; index += 1) await create(index, false);
  await create(1050, true);
  const query = { scope: SCOPE, isEnabled: true, limit: 10 };
  const first = await book.list(query);
  assert.deepEqual(first, { schedules: [], next: 'default/s-0999' });
  const second = await book.list({ ...query, after: first.next });
  assert.deepEqual(
    second.schedules.map(({ name }) => name),
    ['s-1050'],
  );
  assert.equal(second.next, undefined);
});

test('a name that is a prefix of another is not mistaken for its group', async (t) => {
  const store = inlineStore(t);
  const { book, groups } = createSchedules({
    store,
    clock: new FakeClock(),
    random: seededRandom(1),
    log: new QuietLog(),
    scopes: [SCOPE],
  });
  for (const group of ['a', 'a-b', 'a.b']) {
    await groups.create(SCOPE, group, { tags: {} });
    for (const name of ['x', 'x-y']) await book.create({ scope: SCOPE, group, name }, SETTINGS);
  }
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await book.list({ scope: SCOPE, namePrefix: 'x', after, limit: 2 });
    found.push(...page.schedules.map(({ group, name }) => `${group}/${name}`));
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(found.toSorted(), ['a-b/x', 'a-b/x-y', 'a.b/x', 'a.b/x-y', 'a/x', 'a/x-y']);
  const { schedules } = await book.list({ scope: SCOPE, group: 'a', limit: 10 });
  assert.equal(schedules.length, 2);
});

const SETTINGS: ScheduleSettings = {
  expression: 'rate(1 day)',
  zone: 'UTC',
  isEnabled: true,
  isDeletedAfterCompletion: false,
  target: {
    arn: 'arn:aws:sqs:us-east-1:000000000000:ticks',
    roleArn: 'arn:aws:iam::000000000000:role/scheduler',
    retry: { maximumRetries: 0, maximumAgeSeconds: 60 },
  },
};
