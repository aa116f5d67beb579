// What is particular to the level oci: the contract, the self-test and the network are those of every level, and run on it as well.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { levels } from './support/levels.ts';
import { invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { runFunction, startFunction } from './support/running.ts';

const skip = (await levels()).find(({ level }) => level === 'oci')?.skip ?? true;

describe('a sandbox of crun', { skip }, () => {
  let house: House;
  before(async () => {
    house = await openHouse('oci');
  });
  after(() => house[Symbol.asyncDispose]());

  it('says of itself what it is', () => {
    assert.equal(house.launcher.level, 'oci');
    assert.match(house.launcher.promise, /^oci: functions run in containers of crun.*share the host’s kernel/);
  });

  it('has nobody in its user namespace but the function, and makes no other', async () => {
    const source = `const fs = require('fs'); const { spawnSync } = require('child_process'); const text = (p) => fs.readFileSync(p, 'utf8').trim().split(/\\s+/);
      exports.handler = async () => [text('/proc/self/uid_map'), text('/proc/self/gid_map'), ['-U', '-m', '-n', '-p'].filter((flag) => spawnSync('unshare', [flag, 'true']).status === 0), process.getuid(), process.getgid()]`;
    assert.deepEqual(await runFunction(house, source), [['993', '993', '1'], ['990', '990', '1'], [], 993, 990]);
  });

  it('sees neither crun nor the frame, nor the host’s control groups', async () => {
    const source = `const fs = require('fs'); exports.handler = async () => [fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).map((n) => fs.readFileSync('/proc/' + n + '/comm', 'utf8').trim()), fs.existsSync('/bundle'), fs.existsSync('/run'), fs.existsSync('/sys'), [...new Set(fs.readFileSync('/proc/self/cgroup', 'utf8').trim().split('\\n').map((l) => l.split(':')[2]))]]`;
    assert.deepEqual(await runFunction(house, source), [['sh', 'MainThread'], false, false, false, ['/']]);
  });

  it('still has what functions read of the machine', async () => {
    const source = `const os = require('os'); exports.handler = async () => [os.cpus().length > 0, os.totalmem() > 0, require('fs').readFileSync('/proc/meminfo', 'utf8').includes('MemTotal')]`;
    assert.deepEqual(await runFunction(house, source), [true, true, true]);
  });

  it('writes to none of its devices’ folder, and reads no terminal', async () => {
    const source = `const fs = require('fs'); const tries = (work) => { try { work(); return true } catch { return false } };
      exports.handler = async () => [tries(() => fs.writeFileSync('/dev/x', '')), tries(() => fs.mkdirSync('/dev/shm')), tries(() => fs.writeFileSync('/x', '')), fs.readFileSync('/dev/tty', 'utf8')]`;
    assert.deepEqual(await runFunction(house, source), [false, false, false, '']);
  });

  it('buries the orphans of a function', async () => {
    const source = `const fs = require('fs'); const { execSync } = require('child_process'); const states = () => fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).map((n) => fs.readFileSync('/proc/' + n + '/stat', 'utf8').split(') ')[1][0]);
      exports.handler = async () => { execSync('for i in 1 2 3; do (sleep 0.05 &) ; done'); for (;;) { const now = states(); if (now.length === 2) return now.includes('Z'); await new Promise((r) => setTimeout(r, 10)) } }`;
    assert.equal(await runFunction(house, source), false);
  });

  it('leaves the host’s devices with their owner, and no state of crun’s', async () => {
    const owner = statSync('/dev/null').uid;
    assert.notEqual(owner, house.uidRange.first);
    await using one = await startFunction(house, { 'index.js': 'exports.handler = async () => 1' });
    assert.equal(valueOf(await one.sandbox.invoke(invocation())), 1);
    assert.equal(statSync('/dev/null').uid, owner);
    assert.equal(existsSync('/run/crun/sandbox'), false);
  });
});
