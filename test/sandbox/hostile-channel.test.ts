// Functions that turn on the runtime inside their own process: the channel, the globals, the agent. They can only hurt themselves, and are always heard of.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { LaunchRequest, Specialisation } from '#sandbox';
import { levels } from './support/levels.ts';
import { describeOutcome, errorOf, GENERIC, invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';
import type { Files, Running } from './support/running.ts';

/** Builds frames as an agent would: kind 67 is `returned`, 68 `threw`, 65 `initialised`. */
const FORGE = `const fs = require('fs'); const frame = (kind, head, payload = '') => { const h = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head)); const p = Buffer.from(payload); const b = Buffer.alloc(9); b.writeUInt32LE(5 + h.length + p.length, 0); b[4] = kind; b.writeUInt32LE(h.length, 5); return Buffer.concat([b, h, p]) }; const send = (...buffers) => fs.writeSync(3, Buffer.concat(buffers)); const forever = () => new Promise((r) => setTimeout(r, 60000));`;

for (const { level, skip } of await levels()) {
  describe(`the channel at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    const start = (files: Files, changes: Partial<Specialisation> = {}, request: LaunchRequest = GENERIC): Promise<Running> =>
      startFunction(house, files, changes, request);

    const ATTACKS: Record<string, [string, RegExp]> = {
      garbage: [`send(Buffer.from('garbage garbage garbage'))`, /nobody waits for/],
      'a frame of unknown kind': [`send(frame(200, {}))`, /kind 200 that nobody waits for/],
      'a frame of another moment': [`send(frame(65, {}))`, /kind 65 that nobody waits for/],
      'a length of two gigabytes': [
        `const b = frame(67, {}); b.writeUInt32LE(0x7fffffff, 0); send(b)`,
        /a payload of \d+ bytes where/,
      ],
      'a head longer than its frame': [`const b = frame(67, {}); b.writeUInt32LE(0xffff, 5); send(b)`, /a head of 65535 bytes/],
      'a length below zero': [`const b = frame(67, {}); b.writeUInt32LE(0, 0); send(b)`, /a head of 2 bytes/],
      'a head that is no JSON': [`send(frame(67, 'not json'))`, /no JSON object/],
      'a head that is a list': [`send(frame(67, '[]'))`, /no JSON object/],
      'a head of deep nesting': [`send(frame(67, '['.repeat(4000)))`, /no JSON object/],
      'an answer without a nonce': [`send(frame(67, {}, '"forged"'))`, /nonce/],
      'an answer with a guessed nonce': [`send(frame(67, { nonce: '0'.repeat(32) }, '"forged"'))`, /nonce/],
      'an answer with a nonce of another type': [`send(frame(67, { nonce: ['0'] }, '"forged"'))`, /nonce/],
      'an answer larger than allowed': [
        `send(frame(67, { nonce: '0'.repeat(32) }, Buffer.alloc(6 * 1048576 + 101)).subarray(0, 100))`,
        /a payload of 6291557 bytes/,
      ],
    };

    for (const [name, [attack, detail]] of Object.entries(ATTACKS)) {
      it(`ends a sandbox that sends ${name}`, async () => {
        await using running = await start({ 'index.js': `${FORGE} exports.handler = async () => { ${attack}; await forever() }` });
        const outcome = await running.sandbox.invoke(invocation());
        assert(outcome.kind === 'crashed', describeOutcome(outcome));
        assert.match(outcome.detail, detail);
        await running.sandbox.gone;
      });
    }

    it('does not take a second answer, and tells the first', async () => {
      await using running = await start({
        'index.js': `${FORGE} exports.handler = async () => { setImmediate(() => send(frame(67, { nonce: '1' }, '"second"'))); return 'first' }`,
      });
      const outcome = await running.sandbox.invoke(invocation());
      assert(outcome.kind === 'crashed' || valueOf(outcome) === 'first', describeOutcome(outcome));
      await running.sandbox.gone;
    });

    it('does not take an answer that comes before the question', async () => {
      await using running = await start({
        'index.js': `${FORGE} exports.handler = async () => { setTimeout(() => send(frame(67, { nonce: '1' }, '"early"')), 20); return 'mine' }`,
      });
      assert.equal(valueOf(await running.sandbox.invoke(invocation())), 'mine');
      await running.sandbox.gone;
      assert.equal((await running.sandbox.invoke(invocation())).kind, 'recalled');
    });

    it('waits no longer than the timeout for half a frame', async () => {
      await using running = await start({
        'index.js': `${FORGE} exports.handler = async () => { send(frame(67, {}, 'x'.repeat(100)).subarray(0, 20)); await forever() }`,
      });
      assert.equal((await running.sandbox.invoke(invocation({}, { timeoutMs: 200 }))).kind, 'timedOut');
    });

    it('ends a sandbox whose function closes the channel', async () => {
      await using running = await start({
        'index.js': `const fs = require('fs'); exports.handler = async () => { fs.closeSync(3); await new Promise((r) => setTimeout(r, 60000)) }`,
      });
      const outcome = await running.sandbox.invoke(invocation({}, { timeoutMs: 2000 }));
      assert(outcome.kind === 'crashed' || outcome.kind === 'timedOut', describeOutcome(outcome));
    });

    it('carries answers of functions that have poisoned every global', async () => {
      const poison = `
        const boom = () => { throw new Error('poisoned') };
        const targets = [];
        for (const proto of [Array.prototype, String.prototype, Promise.prototype, Function.prototype, Buffer.prototype, Uint8Array.prototype, Map.prototype, Set.prototype, Date.prototype, RegExp.prototype])
          for (const name of Object.getOwnPropertyNames(proto)) if (name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(proto, name).value === 'function') targets.push([proto, name]);
        for (let i = 0; i < targets.length; i++) targets[i][0][targets[i][1]] = boom;
        Array.prototype[Symbol.iterator] = boom; String.prototype[Symbol.iterator] = boom;
        Object.prototype.toJSON = () => 'poisoned'; Array.prototype.toJSON = () => 'poisoned';
        Object.prototype.nonce = 'poisoned'; Object.prototype.kind = 'poisoned'; Object.prototype.get = undefined;
        JSON.parse = boom; JSON.stringify = boom; Date.now = boom; Buffer.from = boom; Buffer.allocUnsafe = boom; Reflect.apply = boom; Object.assign = boom; globalThis.setImmediate = boom; process.nextTick = boom;`;
      await using running = await start({
        'index.js': `exports.handler = async (e) => { if (e.poison) { ${poison} } return e.n }`,
      });
      assert.equal(valueOf(await running.sandbox.invoke(invocation({ n: 1 }))), 1, 'the control');
      const poisoned = await running.sandbox.invoke(invocation({ n: 2, poison: true }));
      assert.equal(valueOf(poisoned), 2);
      assert.equal(valueOf(await running.sandbox.invoke(invocation({ n: 3 }))), 3);
    });

    it('tells errors of functions whose errors are poisoned', async () => {
      const source = `Object.prototype.toJSON = () => 'poisoned'; exports.handler = async () => { throw Object.assign(new Error('real'), { toString() { throw 1 } }) }`;
      await using running = await start({ 'index.js': source });
      assert.equal(errorOf(await running.sandbox.invoke(invocation())).errorMessage, 'real');
    });

    it('is not handed to child processes', async () => {
      const source = `const { spawnSync } = require('child_process'); exports.handler = async () => spawnSync('/bin/sh', ['-c', 'echo garbage >&3'], { stdio: ['ignore', 'ignore', 'ignore'] }).status !== 0`;
      await using running = await start({ 'index.js': source });
      assert.equal(valueOf(await running.sandbox.invoke(invocation())), true);
      assert.equal(valueOf(await running.sandbox.invoke(invocation())), true, 'nothing came through');
    });

    it('outlives a function that removes the agent’s listeners', async () => {
      const source = `exports.handler = async (e) => { if (e.first) { process.removeAllListeners(); for (const s of ['SIGTERM', 'SIGINT']) process.on(s, () => {}) } return e.n }`;
      await using running = await start({ 'index.js': source });
      assert.equal(valueOf(await running.sandbox.invoke(invocation({ n: 1, first: true }))), 1);
      assert.equal(valueOf(await running.sandbox.invoke(invocation({ n: 2 }))), 2);
    });
  });
}
