// The chapters of internet.test.ts, run on the machine of a fake internet (fake-internet-platform.ts) and nowhere else: what a function with the internet
// reaches, what it does not, and that it would, were the packet filter not there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { after, before, describe, it } from 'node:test';

import { processesOf } from './leftovers.ts';
import { GENERIC, invocation, openHouse, valueOf } from './real-house.ts';
import type { House } from './real-house.ts';
import { runFunction, startFunction } from './running.ts';
import type { Running } from './running.ts';

const level = process.env['MAYFLY_FAKE_INTERNET'];
assert(level === 'bwrap' || level === 'oci', 'started by fake-internet-platform.ts');
assert.equal((await lookup('where.example')).address, '93.184.216.34', 'the names of this machine are those of the fake internet');

const isRoot = process.geteuid?.() === 0;
const INTERNET = { ...GENERIC, network: 'internet' } as const;

const PRIVATE = {
  'a private host': '10.9.9.9:80',
  'the resolver of the machine, past its door': '10.9.9.53:80',
  'a metadata service': '169.254.169.254:80',
  'Alibaba’s metadata service': '100.100.100.200:80',
  'Azure’s host agent': '168.63.129.16:80',
  'Oracle’s metadata service': '192.0.0.192:80',
  'a second private range': '172.16.5.5:80',
  'a third private range': '192.168.77.7:80',
  'the benchmarks’ range': '198.18.0.1:80',
  'the machine by its public address': '93.184.217.1:9000',
  'the machine by its private address': '10.77.0.1:9000',
  'a mail server': '93.184.216.34:25',
  'a mail server with encryption': '93.184.216.34:465',
  'a mail server’s submission port': '93.184.216.34:587',
};
/** What slirp4netns itself keeps shut, with a packet filter or without. */
const SHUT_ANYWAY = {
  'the machine’s loopback, by slirp4netns’ name for it': '10.0.2.2:9000',
  'the own loopback': '127.0.0.1:9000',
};

const REACH = `const net = require('net');
  const reach = (place) => new Promise((ok) => { const [host, port] = place.split(':'); const s = net.connect({ host, port }); s.setTimeout(5000, () => { s.destroy(); ok('silence') }); s.on('connect', () => { s.destroy(); ok('open') }); s.on('error', (e) => ok(e.code)) });
  const flood = (count) => new Promise((ok) => { const s = require('dgram').createSocket('udp4'); let sent = 0, refused = 0; for (let i = 0; i < count; i++) s.send('x', 9998, '93.184.216.34', (e) => { if (e) refused++; else sent++; if (sent + refused === count) { s.close(); ok({ sent, refused }) } }) });
  exports.handler = async ({ places, count }) => places === undefined ? flood(count) : Promise.all(places.map(reach));`;

describe(`a function with the internet at level ${level}`, () => {
  let house: House;
  let controlPlane: Server;
  let running: Running;

  before(async () => {
    controlPlane = createServer((socket) => socket.end('the control plane'));
    await new Promise<void>((resolve) => controlPlane.listen(9000, '0.0.0.0', resolve));
    house = await openHouse(level);
    running = await startFunction(house, { 'index.js': REACH }, {}, INTERNET);
  });
  after(async () => {
    await running[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
    controlPlane.close();
  });

  const reach = async (...places: readonly string[]): Promise<readonly unknown[]> =>
    Object(valueOf(await running.sandbox.invoke(invocation({ places }))));
  /** Datagrams that nobody answers: each is a new connection to the filter. */
  const flood = async (): Promise<{ readonly sent: number; readonly refused: number }> =>
    Object(valueOf(await running.sandbox.invoke(invocation({ count: 5000 }))));

  it('reaches a public host', async () => {
    assert.deepEqual(await reach('93.184.216.34:80', '93.184.216.34:8080'), ['open', 'open']);
  });

  it('asks for names, over UDP and by the C library', async () => {
    const source = `const dns = require('dns').promises; const { execFileSync } = require('child_process');
      exports.handler = async () => [(await dns.lookup('shop.example')).address, await dns.resolve4('shop.example'), execFileSync('getent', ['ahostsv4', 'shop.example']).toString().includes('93.184.216.34')]`;
    assert.deepEqual(await runFunction(house, source, {}, INTERNET), ['93.184.216.34', ['93.184.216.34'], true]);
  });

  it('speaks HTTP with what it found by name', async () => {
    const source = `const net = require('net'); exports.handler = () => new Promise((ok, no) => { let t = ''; net.connect(80, 'shop.example').on('data', (d) => t += d).on('end', () => ok(t)).on('error', no) })`;
    assert.equal(await runFunction(house, source, {}, INTERNET), 'this is 93.184.216.34');
  });

  for (const [what, place] of Object.entries({ ...PRIVATE, ...SHUT_ANYWAY })) {
    it(`does not reach ${what}, and is told at once`, async () => {
      const [answer] = await reach(place);
      assert.match(String(answer), /^(?:EHOSTUNREACH|ECONNREFUSED|ENETUNREACH)$/);
    });
  }

  it('has no IPv6 but its own loopback’s', async () => {
    const source = `const net = require('net'); const reach = (host) => new Promise((ok) => { const s = net.connect({ host, port: 80 }); s.on('connect', () => ok('open')); s.on('error', (e) => ok(e.code)) });
      exports.handler = async () => { const own = net.createServer(); await new Promise((r) => own.listen(80, '::1', r)).catch(() => {}); return [await reach('2606:2800:220:1:248:1893:25c8:1946'), await reach('fd00:ec2::254')] }`;
    assert.deepEqual(await runFunction(house, source.replace('own.listen(80', 'own.listen(0'), {}, INTERNET), [
      'ENETUNREACH',
      'ENETUNREACH',
    ]);
  });

  it('reaches no other sandbox', async () => {
    const listener = `const net = require('net'); net.createServer((s) => s.end('neighbour')).listen(7777, '0.0.0.0'); exports.handler = async () => 'here'`;
    await using neighbour = await startFunction(house, { 'index.js': listener }, {}, INTERNET);
    assert.equal(valueOf(await neighbour.sandbox.invoke(invocation())), 'here');
    for (const answer of await reach('10.0.2.100:7777', '10.0.2.101:7777', '127.0.0.1:7777')) assert.notEqual(answer, 'open');
  });

  it('begins a bounded number of connections a second', async () => {
    const { refused, sent } = await flood();
    assert(refused > 0 && sent > 0, `${sent} sent, ${refused} refused`);
  });

  it('cannot touch its packet filter, and sees no knob that it could write', async () => {
    const source = `const { spawnSync } = require('child_process'); const fs = require('fs'); const net = '/proc/sys/net/ipv4/';
      exports.handler = async () => [spawnSync('nft', ['flush', 'ruleset']).status === 0, spawnSync('ip', ['link', 'set', 'tap0', 'down']).status === 0, fs.readdirSync(net).filter((n) => { try { fs.closeSync(fs.openSync(net + n, 'r+')); return true } catch { return false } }), fs.readdirSync('/proc/sys/net/ipv4').length > 10, fs.statSync('/proc/sys/net/ipv4/ip_forward').uid]`;
    assert.deepEqual(await runFunction(house, source, {}, INTERNET), [false, false, [], true, 65_534]);
  });

  it('still has its endpoint', async () => {
    const source = `const net = require('net'); exports.handler = () => new Promise((ok, no) => { let t = ''; net.connect(4566, '127.0.0.1').on('data', (d) => t += d).on('end', () => ok(t)).on('error', no) })`;
    await using one = await startFunction(house, { 'index.js': source }, {}, INTERNET);
    one.sandbox.onConnection((connection) => connection.end('the endpoint'));
    assert.equal(valueOf(await one.sandbox.invoke(invocation())), 'the endpoint');
  });

  it(
    'ends when its network does, rather than fail for it',
    { skip: isRoot ? false : 'the keeper’s uid is that of the test' },
    async () => {
      await using one = await startFunction(house, { 'index.js': REACH }, {}, INTERNET);
      const mine = pidsOf(house, 'slirp4netns').at(-1);
      assert(mine !== undefined);
      process.kill(mine, 'SIGKILL');
      await Promise.race([one.sandbox.gone, running.sandbox.gone.then(() => assert.fail('the wrong one'))]);
    },
  );

  it('leaves nothing of its network when it ends, frozen or not', { skip: isRoot ? false : 'the uid is shared' }, async () => {
    await using other = await openHouse(level);
    for (const freezes of [false, true]) {
      const one = await startFunction(other, { 'index.js': REACH }, {}, INTERNET);
      assert.equal(processesOf(other).filter((name) => name === 'slirp4netns').length, 1);
      if (freezes) await one.sandbox.freeze();
      await one.sandbox.destroy();
      assert.deepEqual(processesOf(other), []);
    }
  });

  // Last: it takes the filter away.
  it(
    'reaches all of it without the packet filter: the eye works',
    { skip: isRoot ? false : 'needs root to take the filter away' },
    async () => {
      for (const pid of pidsOf(house, 'MainThread')) flushFilter(pid);
      const places = Object.values(PRIVATE);
      assert.deepEqual(
        await reach(...places),
        places.map(() => 'open'),
      );
      assert.equal((await flood()).refused, 0);
      for (const answer of await reach(...Object.values(SHUT_ANYWAY))) assert.notEqual(answer, 'open');
    },
  );
});

/** By age. */
function pidsOf(house: House, name: string): readonly number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/comm`).trim() === name)
    .filter((pid) => {
      const uid = Number(/^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]);
      return uid >= house.uidRange.first && uid < house.uidRange.first + house.uidRange.count;
    })
    .map(Number)
    .sort((one, other) => one - other);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
}

/** Only ever in a sandbox of the fake machine, whose namespace is not the test's. */
function flushFilter(pid: number): void {
  assert.notEqual(readlinkSync(`/proc/${pid}/ns/net`), readlinkSync('/proc/self/ns/net'));
  const { status, stderr } = spawnSync('nsenter', ['--net', '--target', String(pid), '--', 'nft', 'flush', 'ruleset'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}
