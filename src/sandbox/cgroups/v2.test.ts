// Version 2 groups by what is written to and read from their files, in a folder that only looks like one: the machine of the test may have version 1.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { FakeClock } from '../../../test/support/fake-clock.ts';
import { CgroupTreeV2 } from './v2.ts';

const FILES = {
  'cgroup.events': 'populated 0\nfrozen 1\n',
  'cgroup.freeze': '0',
  'cgroup.kill': '',
  'cgroup.procs': '',
  'cpu.max': 'max 100000',
  'cpu.stat': 'usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n',
  'cpu.weight': '100',
  'memory.current': '20971520\n',
  'memory.events': 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\noom_group_kill 1\n',
  'memory.max': 'max',
  'memory.oom.group': '0',
  'memory.peak': '52428800\n',
  'memory.stat': 'anon 10485760\nfile 1048576\nshmem 4096\n',
  'memory.swap.max': '9',
  'pids.max': 'max',
};

describe('a version 2 group', () => {
  let tree: string;
  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'mayfly-v2-'));
    mkdirSync(join(tree, 'one'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(tree, 'one', name), text);
  });
  afterEach(() => rmSync(tree, { recursive: true }));

  const read = (name: string): string => readFileSync(join(tree, 'one', name), 'utf8');
  const create = (): ReturnType<CgroupTreeV2['create']> => new CgroupTreeV2(tree, new FakeClock()).create('one');

  it('is bounded in processes and swap, and dies as a whole for want of memory', async () => {
    await create();
    assert.deepEqual([read('pids.max'), read('memory.swap.max'), read('memory.oom.group')], ['1024', '0', '1']);
  });

  it('has its memory limit, its weight and its quota', async () => {
    const group = await create();
    group.limit({ memoryBytes: 1_000_000_000, cpuShare: 0.5, cpuMax: 2 });
    assert.deepEqual([read('memory.max'), read('cpu.weight'), read('cpu.max')], ['1000000000', '50', '200000 100000']);
  });

  it('keeps its weight within what the kernel takes', async () => {
    const group = await create();
    group.limit({ memoryBytes: 1, cpuShare: 0.0001, cpuMax: 1 });
    assert.equal(read('cpu.weight'), '1');
    group.limit({ memoryBytes: 1, cpuShare: 1000, cpuMax: 1 });
    assert.equal(read('cpu.weight'), '10000');
  });

  it('is metered', async () => {
    const group = await create();
    assert.equal(group.cpuNanos(), 1_234_567_000n);
    assert.deepEqual(
      [group.memoryBytes(), group.anonymousBytes(), group.peakBytes(), group.oomKills()],
      [20_971_520, 10_485_760, 52_428_800, 1],
    );
  });

  it('is joined, frozen and killed by its core files', async () => {
    const group = await create();
    await group.join(4711);
    assert.equal(read('cgroup.procs'), '4711');
    await group.freeze();
    assert.equal(read('cgroup.freeze'), '1');
    await group.thaw();
    assert.equal(read('cgroup.freeze'), '0');
    writeFileSync(join(tree, 'one', 'cgroup.procs'), '');
    await group.kill();
    assert.equal(read('cgroup.kill'), '1');
  });
});
