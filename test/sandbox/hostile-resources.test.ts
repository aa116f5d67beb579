// Functions that take what they can: memory by every allocator, processes, CPU, disk, log lines. Only they die; a neighbour answers throughout, and nothing
// of them is left.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';

import { detectIsolation } from '#sandbox';
import { groupsOf, processesOf, slotsOf } from './support/leftovers.ts';
import { levels } from './support/levels.ts';
import { describeOutcome, GENERIC, invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';
import type { Running } from './support/running.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const { limits, rootless } = await detectIsolation();
const hasCgroups = limits !== 'rlimits and a watchdog';

describe('a function that takes what it can', { skip }, () => {
  let house: House;
  let neighbour: Running;

  before(async () => {
    house = await openHouse('bwrap');
  });
  after(() => house[Symbol.asyncDispose]());
  beforeEach(async () => {
    neighbour = await startFunction(house, { 'index.js': 'let n = 0; exports.handler = async () => ++n' });
  });
  afterEach(async () => {
    assert.equal((await neighbour.sandbox.invoke(invocation())).kind, 'returned', 'the neighbour answers');
    await neighbour.sandbox.destroy();
    if (!rootless) assert.deepEqual(processesOf(house), []);
    assert.deepEqual(slotsOf(house), []);
    assert.deepEqual(groupsOf(house), []);
  });

  /** While `hostile` runs, the neighbour is asked again and again. */
  async function besideNeighbour<Result>(hostile: Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const asking = (async () => {
      while (!ended.signal.aborted) assert.equal((await neighbour.sandbox.invoke(invocation())).kind, 'returned');
    })();
    try {
      return await hostile;
    } finally {
      ended.abort();
      await asking;
    }
  }

  const ALLOCATORS = {
    Buffers: `const kept = []; const take = (mib) => kept.push(Buffer.alloc(mib * 1048576, 1))`,
    'the JS heap': `const kept = []; const take = (mib) => { for (let i = 0; i < mib * 1024; i++) kept.push(Array.from({ length: 100 }, (_, n) => n + Math.random())) }`,
    WebAssembly: `const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 }); const take = (mib) => { const at = memory.buffer.byteLength; memory.grow(mib * 16); new Uint8Array(memory.buffer, at).fill(1) }`,
    SharedArrayBuffers: `const kept = []; const take = (mib) => { const b = new SharedArrayBuffer(mib * 1048576); new Uint8Array(b).fill(1); kept.push(b) }`,
    'a worker thread': `const { Worker } = require('worker_threads'); const take = (mib) => new Worker('const k = []; for (let i = 0; i < ' + mib + '; i++) k.push(Buffer.alloc(1048576, 1)); setInterval(() => k, 1000)', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 4096 } })`,
    'a child process': `const { spawn } = require('child_process'); const take = (mib) => spawn(process.execPath, ['-e', 'const k = []; for (let i = 0; i < ' + mib + '; i++) k.push(Buffer.alloc(1048576, 1)); setInterval(() => k, 1000)'])`,
  };

  for (const [name, source] of Object.entries(ALLOCATORS)) {
    it(`is out of memory by ${name} when it takes more than it has`, async () => {
      const handler = `${source}; exports.handler = async ({ mib }) => { for (let i = 0; i < mib; i += 8) { take(8); await new Promise((r) => setTimeout(r, 1)) } await new Promise((r) => setTimeout(r, 300)); return 'fits' }`;
      {
        await using modest = await startFunction(house, { 'index.js': handler }, { memoryMiB: 256 });
        assert.equal(
          valueOf(await modest.sandbox.invoke(invocation({ mib: 16 }))),
          'fits',
          'the control: what it has, it may take',
        );
      }
      await using greedy = await startFunction(house, { 'index.js': handler }, { memoryMiB: 256 });
      const outcome = await besideNeighbour(greedy.sandbox.invoke(invocation({ mib: 2048 }, { timeoutMs: 60_000 })));
      assert.deepEqual(outcome, { kind: 'outOfMemory' }, describeOutcome(outcome));
      await greedy.sandbox.gone;
    });
  }

  const GARBAGE = {
    objects: `for (let i = 0; i < 200; i++) { const all = []; for (let k = 0; k < 20000; k++) all.push({ k, t: 'k' + k }) }`,
    JSON: `const text = JSON.stringify(Array.from({ length: 50000 }, (_, id) => ({ id, name: 'name' + id }))); for (let i = 0; i < 30; i++) JSON.parse(text)`,
    strings: `for (let i = 0; i < 100; i++) { let s = ''; for (let k = 0; k < 100000; k++) s += 'abc' + k }`,
    'large buffers': `for (let i = 0; i < 1000; i++) Buffer.alloc(4 * 1048576, 1)`,
    'small buffers': `for (let i = 0; i < 30000; i++) Buffer.alloc(65536, 1)`,
  };

  it('is not out of memory for garbage that it drops: 128 MiB are enough for all of it', async () => {
    for (const [name, body] of Object.entries(GARBAGE)) {
      await using running = await startFunction(
        house,
        { 'index.js': `exports.handler = async () => { ${body} }` },
        { memoryMiB: 128 },
      );
      const outcome = await running.sandbox.invoke(invocation({}, { timeoutMs: 60_000 }));
      assert.equal(outcome.kind, 'returned', `${name}: ${describeOutcome(outcome)}`);
    }
  });

  it('is out of memory also while it loads', async () => {
    await using greedy = await startFunction(
      house,
      { 'index.js': `const k = []; for (;;) k.push(Buffer.alloc(1048576, 1))` },
      { memoryMiB: 128 },
    );
    assert.deepEqual(greedy.ready, { kind: 'outOfMemory' });
  });

  it('may fill /tmp beyond its memory, and no further than /tmp is large', async () => {
    const source = `const fs = require('fs'); exports.handler = async ({ mib }) => { const fd = fs.openSync('/tmp/f', 'w'); const b = Buffer.alloc(1048576, 1); try { for (let i = 0; i < mib; i++) fs.writeSync(fd, b); return 'fits' } catch (e) { return e.code } finally { fs.closeSync(fd) } }`;
    await using running = await startFunction(house, { 'index.js': source }, { memoryMiB: 128 });
    assert.equal(valueOf(await running.sandbox.invoke(invocation({ mib: 300 }))), 'fits');
    assert.equal(valueOf(await running.sandbox.invoke(invocation({ mib: 600 }))), 'ENOSPC');
    await using large = await startFunction(house, { 'index.js': source }, { memoryMiB: 128 }, { ...GENERIC, ephemeralMiB: 700 });
    assert.equal(valueOf(await large.sandbox.invoke(invocation({ mib: 600 }))), 'fits', 'the control: a larger /tmp');
  });

  it('cannot multiply without end, and all its processes die with it', async () => {
    const source = `const { spawn } = require('child_process'); exports.handler = async () => { const bomb = spawn('/bin/sh', ['-c', 'b() { b | b & b; }; b'], { stdio: 'ignore' }); await new Promise((r) => setTimeout(r, 60000)) }`;
    await using bomb = await startFunction(house, { 'index.js': source }, { memoryMiB: 256 });
    const outcome = await besideNeighbour(bomb.sandbox.invoke(invocation({}, { timeoutMs: 1500 })));
    assert(outcome.kind === 'timedOut' || outcome.kind === 'outOfMemory' || outcome.kind === 'crashed', describeOutcome(outcome));
    await bomb.sandbox.destroy();
  });

  it('has at most 1,024 open files', async () => {
    const source = `const fs = require('fs'); exports.handler = async () => { const fds = []; try { for (;;) fds.push(fs.openSync('/dev/null')) } catch (e) { return [e.code, fds.length > 900, fds.length < 1024] } finally { fds.forEach((fd) => fs.closeSync(fd)) } }`;
    await using running = await startFunction(house, { 'index.js': source });
    assert.deepEqual(valueOf(await running.sandbox.invoke(invocation())), ['EMFILE', true, true]);
  });

  it('that leaves processes behind has them frozen with it and killed with it', async () => {
    const source = `const { spawn } = require('child_process'); const fs = require('fs');
      const count = () => Number((fs.existsSync('/tmp/n') ? fs.readFileSync('/tmp/n', 'utf8') : '').trim());
      exports.handler = async ({ after }) => {
        if (after === undefined) spawn('/bin/sh', ['-c', 'trap "" TERM HUP; i=0; while :; do i=$((i+1)); echo $i > /tmp/n; done'], { detached: true, stdio: 'ignore' }).unref();
        while (count() <= (after ?? 0)) await new Promise((r) => setTimeout(r, 2));
        return count();
      }`;
    await using running = await startFunction(house, { 'index.js': source });
    const { sandbox } = running;
    const counted = valueOf(await sandbox.invoke(invocation({})));
    await sandbox.freeze();
    const cpuBefore = sandbox.usage().cpuNanos;
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (hasCgroups) assert.equal(sandbox.usage().cpuNanos, cpuBefore, 'frozen, nothing computes');
    await sandbox.thaw();
    assert.equal((await sandbox.invoke(invocation({ after: counted }))).kind, 'returned', 'the control: thawed, it goes on');
    await sandbox.freeze();
    await sandbox.destroy();
  });

  it('that prints without end is slowed down and cut, and the platform keeps no more than its share', async () => {
    const source = `const line = 'x'.repeat(1000); exports.handler = async () => { for (let i = 0; i < 30000; i++) console.log(line) }`;
    await using running = await startFunction(house, { 'index.js': source });
    const outcome = await besideNeighbour(running.sandbox.invoke(invocation({}, { timeoutMs: 60_000 })));
    assert.equal(outcome.kind, 'returned');
    const bytes = running.lines.reduce((sum, { text }) => sum + text.length, 0);
    assert(bytes > 15 * 1048576 && bytes < 18 * 1048576, `${bytes}`);
    assert.match(running.lines.at(-1)?.text ?? '', /^\[Mayfly: this invocation printed more than 16 MiB/);
    running.lines.length = 0;
    await using quiet = await startFunction(house, { 'index.js': `exports.handler = async () => console.log('fine')` });
    await quiet.sandbox.invoke(invocation());
    assert.equal(quiet.lines.length, 1, 'the control: what fits is kept whole');
  });

  it('that prints one endless line gets it cut with a marker', async () => {
    const source = `exports.handler = async () => { for (let i = 0; i < 20; i++) process.stdout.write('y'.repeat(100000)); process.stdout.write('\\nnext\\n') }`;
    await using running = await startFunction(house, { 'index.js': source });
    await running.sandbox.invoke(invocation());
    assert.equal(running.lines.length, 2);
    assert.match(running.lines[0]?.text ?? '', /^y{262144}… \[line cut by Mayfly\]$/);
    assert.equal(running.lines[1]?.text, 'next');
  });

  it('gets at most one CPU below 1,769 MB', { skip: hasCgroups ? false : 'needs control groups' }, async () => {
    const source = `const { Worker } = require('worker_threads'); exports.handler = async () => { for (let i = 0; i < 4; i++) new Worker('for (;;);', { eval: true }); await new Promise((r) => setTimeout(r, 1000)); return 1 }`;
    await using running = await startFunction(house, { 'index.js': source }, { memoryMiB: 512 });
    const before = running.sandbox.usage().cpuNanos ?? 0n;
    const startedAt = performance.now();
    await running.sandbox.invoke(invocation());
    const cpus = Number((running.sandbox.usage().cpuNanos ?? 0n) - before) / 1e6 / (performance.now() - startedAt);
    assert(cpus < 1.2, `${cpus} CPUs`);
  });
});
