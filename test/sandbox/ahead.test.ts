// Several invocations on one sandbox: sent ahead and run one at a time, taken back before they begin, or run at once where the function was set up so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Outcome, Sandbox } from '#sandbox';
import { levels } from './support/levels.ts';
import { describeOutcome, invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';

const SLEEP = `const sleep = (ms) => new Promise((r) => setTimeout(r, ms));`;
/** Keeps the event loop to itself. */
const SPIN = `const spin = (ms) => { for (const end = Date.now() + ms; Date.now() < end; ); };`;

for (const { level, skip } of await levels()) {
  describe(`invocations that share a sandbox at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    const send = (sandbox: Sandbox, requestId: string, event: unknown = {}, timeoutMs = 10_000): Promise<Outcome> =>
      sandbox.invoke(invocation(event, { requestId, timeoutMs }));
    const kinds = async (outcomes: readonly Promise<Outcome>[]): Promise<readonly string[]> =>
      (await Promise.all(outcomes)).map(({ kind }) => kind);

    describe('sent ahead', () => {
      it('run strictly one at a time, in the order in which they were sent', async () => {
        const source = `${SLEEP} let running = 0; const order = []; exports.handler = async (e) => { running += 1; order.push(e.n); const most = running; await sleep(2); running -= 1; return { most, order } }`;
        await using running = await startFunction(house, { 'index.js': source });
        assert.equal(running.sandbox.ahead, 31);
        const sent = Array.from({ length: 9 }, async (_, n) => send(running.sandbox, `r${n}`, { n }));
        const values = (await Promise.all(sent)).map(valueOf);
        for (const [n, value] of values.entries())
          assert.deepEqual(value, { most: 1, order: Array.from({ length: n + 1 }, (_, index) => index) });
      });

      it('begin only when the function that has just called back has come to its end', async () => {
        const source = `const log = []; exports.handler = (e, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; log.push('in'); callback(null, log.join(' ')); log.push('out') }`;
        await using running = await startFunction(house, { 'index.js': source });
        const sent = ['a', 'b', 'c'].map(async (id) => send(running.sandbox, id));
        assert.deepEqual((await Promise.all(sent)).map(valueOf), ['in', 'in out in', 'in out in out in']);
      });

      it('have their own time, counted from when they begin', async () => {
        const source = `${SLEEP} exports.handler = async (e, context) => { const left = context.getRemainingTimeInMillis(); await sleep(e.ms); return left }`;
        await using running = await startFunction(house, { 'index.js': source });
        const first = send(running.sandbox, 'first', { ms: 400 });
        const second = send(running.sandbox, 'second', { ms: 0 }, 300);
        assert.equal((await first).kind, 'returned');
        const left = valueOf(await second);
        assert(typeof left === 'number' && left > 200 && left <= 300, `${String(left)} ms were left`);
      });

      it('print under their own request ids', async () => {
        const source = `${SLEEP} exports.handler = async () => { console.log('begin'); await sleep(1); console.log('end') }`;
        await using running = await startFunction(house, { 'index.js': source });
        await Promise.all(['a', 'b', 'c'].map((id) => send(running.sandbox, id)));
        assert.deepEqual(
          running.lines.map(({ text }) =>
            text
              .split('\t')
              .filter((_, index) => index === 1 || index === 3)
              .join(' '),
          ),
          ['a begin', 'a end', 'b begin', 'b end', 'c begin', 'c end'],
        );
      });

      it('can be taken back while they wait, and those behind them run', async () => {
        const source = `${SLEEP} const ran = []; exports.handler = async (e) => { ran.push(e.n); await sleep(e.ms ?? 0); return ran }`;
        await using running = await startFunction(house, { 'index.js': source });
        const sent = [{ n: 0, ms: 100 }, { n: 1 }, { n: 2 }].map(async (event) => send(running.sandbox, `r${event.n}`, event));
        running.sandbox.recall('r1');
        assert.deepEqual(await kinds(sent), ['returned', 'recalled', 'returned']);
        const last = await sent[2];
        assert.deepEqual(last === undefined ? undefined : valueOf(last), [0, 2]);
      });

      it('can be taken back from behind a function that keeps the event loop to itself', async () => {
        const source = `${SPIN} const ran = []; exports.handler = async (e) => { ran.push(e.n); spin(e.ms ?? 0); return ran }`;
        await using running = await startFunction(house, { 'index.js': source });
        const sent = [{ n: 0, ms: 300 }, { n: 1 }, { n: 2 }].map(async (event) => send(running.sandbox, `r${event.n}`, event));
        running.sandbox.recall('r1');
        running.sandbox.recall('r2');
        assert.deepEqual(await kinds(sent), ['returned', 'recalled', 'recalled']);
        assert.deepEqual(valueOf(await send(running.sandbox, 'r3', { n: 3 })), [0, 3], 'and it goes on');
      });

      it('are not taken back once they have begun', async () => {
        const source = `${SLEEP} exports.handler = async () => { await sleep(50); return 'done' }`;
        await using running = await startFunction(house, { 'index.js': source });
        const outcome = send(running.sandbox, 'mine');
        running.sandbox.recall('mine');
        running.sandbox.recall('nobody’s');
        assert.equal(valueOf(await outcome), 'done');
      });

      const ENDS: Record<string, [string, string]> = {
        exits: [`process.exit(3)`, 'crashed'],
        'throws where nobody catches': [`setTimeout(() => { throw new Error('late') }, 0); await sleep(5000)`, 'threw'],
        'takes too long': [`await sleep(5000)`, 'timedOut'],
        'answers with too much': [`return 'x'.repeat(7 * 1048576)`, 'tooLarge'],
      };
      for (const [name, [body, kind]] of Object.entries(ENDS)) {
        it(`have not run when the one before them ${name}, and can run elsewhere`, async () => {
          const source = `${SLEEP} exports.handler = async (e) => { if (e.n > 0) { console.log('ran'); return } ${body} }`;
          await using running = await startFunction(house, { 'index.js': source });
          const sent = [0, 1, 2].map(async (n) => send(running.sandbox, `r${n}`, { n }, 300));
          assert.deepEqual(await kinds(sent), [kind, 'recalled', 'recalled']);
          await running.sandbox.gone;
          assert.ok(!running.lines.some(({ text }) => text.endsWith('ran')), 'none of them has run');
        });
      }

      it('are recalled when the sandbox is destroyed; the one that runs has crashed', async () => {
        const source = `${SLEEP} exports.handler = () => sleep(5000)`;
        await using running = await startFunction(house, { 'index.js': source });
        const sent = [0, 1].map(async (n) => send(running.sandbox, `r${n}`));
        await running.sandbox.destroy();
        assert.deepEqual(await kinds(sent), ['crashed', 'recalled']);
      });
    });

    describe('at once', () => {
      it('run side by side, each with its own request id on its lines', async () => {
        const source = `${SLEEP} let running = 0; let most = 0; exports.handler = async (e, c) => { running += 1; most = Math.max(most, running); await sleep(20); console.log('in ' + c.awsRequestId); running -= 1; return most }`;
        await using running = await startFunction(house, { 'index.js': source }, { concurrency: 3 });
        assert.equal(running.sandbox.ahead, 2);
        const ids = ['a', 'b', 'c'];
        const outcomes = await Promise.all(ids.map((id) => send(running.sandbox, id)));
        for (const outcome of outcomes) assert.equal(valueOf(outcome), 3);
        const printed = running.lines.map(({ text }) => text.split('\t')).map(([, id, , text]) => `${id}: ${text}`);
        assert.deepEqual(new Set(printed), new Set(ids.map((id) => `${id}: in ${id}`)));
        assert.equal(printed.length, 3);
      });

      it('answer as they end, not as they came', async () => {
        const source = `${SLEEP} exports.handler = async (e) => { await sleep(e.ms); return e.ms }`;
        await using running = await startFunction(house, { 'index.js': source }, { concurrency: 2 });
        const slow = send(running.sandbox, 'slow', { ms: 300 });
        const quick = send(running.sandbox, 'quick', { ms: 0 });
        assert.equal(await Promise.race([slow.then(() => 'slow'), quick.then(() => 'quick')]), 'quick');
        assert.equal(valueOf(await slow), 300);
      });

      it('end with the one that takes too long, which is the only one that timed out', async () => {
        const source = `${SLEEP} exports.handler = async (e) => { await sleep(5000) }`;
        await using running = await startFunction(house, { 'index.js': source }, { concurrency: 3 });
        const sent = [send(running.sandbox, 'a', {}, 200), send(running.sandbox, 'b'), send(running.sandbox, 'c')];
        assert.deepEqual(await kinds(sent), ['timedOut', 'crashed', 'crashed']);
      });

      it('that never settle are told so when nothing is left to do, every one', async () => {
        await using running = await startFunction(
          house,
          { 'index.js': `exports.handler = () => new Promise(() => {})` },
          { concurrency: 2 },
        );
        const outcomes = await Promise.all(['a', 'b'].map((id) => send(running.sandbox, id)));
        assert.deepEqual(
          outcomes.map((outcome) => describeOutcome(outcome).slice(0, 5)),
          ['retur', 'retur'],
        );
      });
    });
  });
}
