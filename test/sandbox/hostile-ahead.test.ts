// Functions that meddle with the events behind their own: they read them off the channel before the runtime does, and answer in its name.
// They can only hurt themselves, and what had not begun runs elsewhere.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Outcome } from '#sandbox';
import { levels } from './support/levels.ts';
import { invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';

/**
 * `steal()` takes the next events off the channel and gives their nonces; `send(kind, nonce)` speaks as the runtime: kind 67 is `returned`, 71
 * `recalled`. The first event is the runtime's own to read: the others are sent when its function runs.
 */
const THIEF = `const fs = require('fs');
const frame = (kind, head, payload) => { const h = Buffer.from(JSON.stringify(head)); const p = Buffer.from(payload); const b = Buffer.alloc(9); b.writeUInt32LE(5 + h.length + p.length, 0); b[4] = kind; b.writeUInt32LE(h.length, 5); return Buffer.concat([b, h, p]) };
const send = (kind, nonce, payload = '') => fs.writeSync(3, frame(kind, { nonce }, payload));
const steal = (count) => { let bytes = Buffer.alloc(0); const nonces = []; const end = Date.now() + 5000;
  while (nonces.length < count && Date.now() < end) { const chunk = Buffer.alloc(65536); try { bytes = Buffer.concat([bytes, chunk.subarray(0, fs.readSync(3, chunk))]) } catch (error) { if (error.code !== 'EAGAIN') throw error; continue }
    while (bytes.length >= 9 && bytes.length >= 4 + bytes.readUInt32LE(0)) { nonces.push(JSON.parse(bytes.subarray(9, 9 + bytes.readUInt32LE(5))).nonce); bytes = bytes.subarray(4 + bytes.readUInt32LE(0)) } }
  return nonces };
const forever = () => new Promise((r) => setTimeout(r, 60000));`;

for (const { level, skip } of await levels()) {
  describe(`functions that meddle with the events behind them at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    /** Sends one event, and two behind it as soon as its function says that it runs. None of these sandboxes survives. */
    async function meddle(body: string): Promise<readonly Outcome[]> {
      const source = `${THIEF} exports.handler = async (e) => { console.log('running'); ${body} }`;
      await using running = await startFunction(house, { 'index.js': source });
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      running.sandbox.onOutput(() => resolve());
      const first = running.sandbox.invoke(invocation({ n: 0 }, { timeoutMs: 5000 }));
      await begun;
      const behind = [1, 2].map(async (n) => running.sandbox.invoke(invocation({ n }, { timeoutMs: 5000 })));
      const outcomes = await Promise.all([first, ...behind]);
      await running.sandbox.gone;
      return outcomes;
    }
    const kindsOf = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind);
    const detailOf = (outcome: Outcome | undefined) => (outcome?.kind === 'crashed' ? outcome.detail : outcome?.kind);

    it('cannot answer an event whose turn has not come', async () => {
      const outcomes = await meddle(`const [second] = steal(1); send(67, second, '"forged"'); await forever()`);
      assert.deepEqual(kindsOf(outcomes), ['crashed', 'recalled', 'recalled']);
      assert.match(detailOf(outcomes[0]) ?? '', /nonce/);
    });

    it('cannot give back an event that nobody wants back', async () => {
      const outcomes = await meddle(`const [second] = steal(1); send(71, second); await forever()`);
      assert.deepEqual(kindsOf(outcomes), ['crashed', 'recalled', 'recalled']);
      assert.match(detailOf(outcomes[0]) ?? '', /recall that nobody asked for/);
    });

    it('cannot give back what they have begun, nor what there is not', async () => {
      const outcomes = await meddle(`steal(2); send(71, '0'.repeat(32)); await forever()`);
      assert.match(detailOf(outcomes[0]) ?? '', /recall that nobody asked for/);
    });

    it('cannot answer an event twice', async () => {
      // Its turn has come when the first has been answered; a function that answers it itself is believed, once.
      const outcomes = await meddle(
        `const [second] = steal(2); setTimeout(() => { send(67, second, '"mine"'); send(67, second, '"again"') }, 20); return 'first'`,
      );
      assert.deepEqual(kindsOf(outcomes).slice(0, 1), ['returned']);
      assert.equal(outcomes[1]?.kind === 'returned' ? valueOf(outcomes[1]) : 'mine', 'mine');
      assert.match(detailOf(outcomes[2]) ?? '', /nonce/, 'the third had begun when the lie was told');
    });

    it('cannot keep events by not reading them: those are taken elsewhere when its time is over', async () => {
      const outcomes = await meddle(`steal(2); await forever()`);
      assert.deepEqual(kindsOf(outcomes), ['timedOut', 'recalled', 'recalled']);
    });
  });
}
