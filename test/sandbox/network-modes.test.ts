// What the network of a function is, mode by mode, as far as it can be seen without one: internet.test.ts has the rest.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { LaunchFailed } from '#sandbox';
import { levels } from './support/levels.ts';
import { GENERIC, openHouse } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { runFunction } from './support/running.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const LOOK = `const net = require('net'); const fs = require('fs'); const reach = (options) => new Promise((ok) => { const s = net.connect(options); s.on('connect', () => ok('open')); s.on('error', (e) => ok(e.code)) });
  exports.handler = async () => ({ port: await reach({ host: '127.0.0.1', port: 4566 }), sockets: fs.readdirSync('/var/run'), devices: Object.keys(require('os').networkInterfaces()) })`;

describe('the network of a function', { skip }, () => {
  let house: House;
  before(async () => {
    house = await openHouse('bwrap');
  });
  after(() => house[Symbol.asyncDispose]());

  it('is its endpoint alone with `platform`', async () => {
    const seen = await runFunction(house, LOOK, {}, { ...GENERIC, network: 'platform' });
    assert.deepEqual(seen, { port: 'open', sockets: ['endpoint.sock'], devices: ['lo'] });
  });

  it('is nothing at all with `none`: neither a port nor the socket behind it', async () => {
    const seen = await runFunction(house, LOOK, {}, { ...GENERIC, network: 'none' });
    assert.deepEqual(seen, { port: 'ECONNREFUSED', sockets: [], devices: ['lo'] });
  });

  it('is none of those that cannot be enforced: a launch is refused in words', async () => {
    await using open = await openHouse('process');
    for (const network of ['platform', 'internet', 'none'] as const)
      assert(!open.launcher.networks.includes(network), 'nothing is enforced there');
    assert.match(open.launcher.networkNotes.join(' '), /network of the platform itself/);
    if (house.launcher.networks.includes('internet')) return assert.deepEqual(house.launcher.networkNotes, []);
    assert.match(house.launcher.networkNotes.join(' '), /^Functions cannot have the internet here\. .{10,}\.$/);
    return assert.rejects(house.launcher.launch({ ...GENERIC, network: 'internet' }), LaunchFailed);
  });
});
