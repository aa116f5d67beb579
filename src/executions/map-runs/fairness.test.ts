// Large map runs beside one another and beside ordinary executions: who waits behind how many, counted in tasks that begin, not in time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { chain, ExecutionsHouse, task } from '../../../test/support/executions-house.ts';
import type { MapRunPort } from './map-port.ts';
import { createMapRuns } from './map-runs.ts';
import type { MapRuns } from './map-runs.ts';

const ITEMS = 1500;
/** Together more than may have something under way at once, so that there is a line to stand in. */
const OPEN = LIMITS.executionErrandsAtOnce / 2 + 10;
const noBucket = (): Promise<never> => Promise.reject(new Error('this test has no buckets'));

test('an ordinary execution, and another map run, wait behind the children that are open, and not behind all items', async (context) => {
  const house = new ExecutionsHouse(context, {
    mapRuns: { begin: (request: Parameters<MapRunPort['begin']>[0]) => mapRuns.begin(request) },
  });
  const { clock, log, random } = house;
  const mapRuns: MapRuns = createMapRuns({
    clock,
    log,
    random,
    journals: house.store.journals,
    buckets: { putObject: noBucket, getBucket: noBucket, readObject: noBucket, listObjects: noBucket },
    children: house.executions.children,
    deliver: (...of) => house.executions.deliver(...of),
    machines: { revision: () => Promise.reject(new Error('nothing is taken up here')) },
  });
  context.after(() => mapRuns.close());
  await house.executions.open();
  const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...chain({ Inner: task() }) };
  const map = { Type: 'Map', ItemProcessor: processor, MaxConcurrency: OPEN, ResultPath: null };
  const large = ['first', 'second'].map((name) => house.machine(name, chain({ Each: { ...map, Label: name } })));
  const small = house.machine('small', chain({ Work: task() }));
  const items = Array.from({ length: ITEMS }, (_, index) => index);
  const begunOf = (name: string): number => house.started.filter(({ facts }) => facts.machineName.startsWith(name)).length;
  const [first, second] = large.map((arn) => house.start(arn, items));
  await Promise.all([first, second]);
  await house.clock.advance(0);
  const before = begunOf('first') + begunOf('second');
  assert(before >= LIMITS.executionErrandsAtOnce && before < ITEMS, `${before} have begun: there is no room, and many are left`);
  const ordinary = await house.start(small);
  const ended = await house.end(ordinary);
  assert.equal(ended.status, 'SUCCEEDED');
  const place = house.started.findIndex(({ facts }) => facts.arn === ordinary);
  assert(place - before <= 2 * OPEN, `${place - before} tasks of children began before its own`);
  for (const begun of [first, second]) await house.end((await begun) ?? '');
  assert.deepEqual([begunOf('first'), begunOf('second')], [ITEMS, ITEMS]);
  /** By how many others' tasks were ahead of a run's own when a third of its own had begun. */
  const lead = (name: string): number => {
    const own = house.started.flatMap(({ facts }, at) => (facts.machineName.startsWith(name) ? [at] : []));
    const third = own[ITEMS / 3] ?? Number.POSITIVE_INFINITY;
    return third - 2 * (ITEMS / 3);
  };
  for (const name of ['first', 'second']) assert(lead(name) <= OPEN, `others were ahead of ${name} by ${lead(name)}`);
});
