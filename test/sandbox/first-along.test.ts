// The first invocation of a sandbox, sent right behind what makes it a function's.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Outcome, Sandbox } from '#sandbox';
import { levels } from './support/levels.ts';
import { collectLines, GENERIC, invocation, openHouse, specialisation, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';

const SLEEP = `const sleep = (ms) => new Promise((r) => setTimeout(r, ms));`;

for (const { level, skip } of await levels()) {
  describe(`the first invocation at level ${level}, sent before the handler is loaded`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    /** Both of what `specialise` and the invocation behind it come to. */
    async function start(sandbox: Sandbox, file: string, source: string, timeoutMs = 10_000) {
      assert.equal(sandbox.takesFirst, true);
      const codeTree = await house.codeTree({ [file]: source });
      const initialising = sandbox.specialise(specialisation(codeTree, { initTimeoutMs: 5000 }));
      const outcome = sandbox.invoke(invocation({}, { requestId: 'first', timeoutMs, deadlineMs: 0 }));
      return { init: await initialising, outcome: await outcome };
    }

    async function inSandbox(file: string, source: string, timeoutMs?: number) {
      const sandbox = await house.launcher.launch(GENERIC);
      const lines = collectLines(sandbox);
      try {
        return { ...(await start(sandbox, file, source, timeoutMs)), lines: lines.map(({ text }) => text.split('\t').at(-1)) };
      } finally {
        await sandbox.destroy();
      }
    }

    it('begins when the handler is there, and not before', async () => {
      const source = `let loaded = false; await new Promise((r) => setTimeout(r, 50)); console.log('loading'); loaded = true; export const handler = async () => { console.log('running'); return loaded };`;
      const { init, outcome, lines } = await inSandbox('index.mjs', source);
      assert.deepEqual([init, valueOf(outcome), lines], [{ kind: 'ready' }, true, ['loading', 'running']]);
    });

    it('has its time from then on', async () => {
      const source = `await new Promise((r) => setTimeout(r, 400)); export const handler = async (event, context) => context.getRemainingTimeInMillis();`;
      const left = valueOf((await inSandbox('index.mjs', source, 300)).outcome);
      assert(typeof left === 'number' && left > 150 && left <= 300, `${String(left)} ms were left`);
    });

    it('is recalled where the handler cannot be loaded, is not there, or ends the process', async () => {
      const kinds = async (source: string) => {
        const { init, outcome } = await inSandbox('index.js', source);
        return [init.kind, outcome.kind];
      };
      assert.deepEqual(await kinds(`throw new Error('no')`), ['threw', 'recalled']);
      assert.deepEqual(await kinds(`exports.other = 1`), ['threw', 'recalled']);
      assert.deepEqual(await kinds(`process.exit(7)`), ['crashed', 'recalled']);
    });

    it('has its own end where it ends the sandbox at once: the handler had been loaded', async () => {
      const ends = async (body: string, timeoutMs?: number): Promise<[string, Outcome['kind']]> => {
        const { init, outcome } = await inSandbox('index.js', `${SLEEP} exports.handler = async () => { ${body} }`, timeoutMs);
        return [init.kind, outcome.kind];
      };
      assert.deepEqual(await ends(`process.exit(7)`), ['ready', 'crashed']);
      assert.deepEqual(await ends(`await sleep(5000)`, 100), ['ready', 'timedOut']);
      assert.deepEqual(await ends(`return 'x'.repeat(7 * 1048576)`), ['ready', 'tooLarge']);
    });

    it('is followed by others', async () => {
      const sandbox = await house.launcher.launch(GENERIC);
      try {
        const { init, outcome } = await start(sandbox, 'index.js', `let n = 0; exports.handler = async () => (n += 1)`);
        assert.deepEqual([init.kind, valueOf(outcome)], ['ready', 1]);
        const more = ['second', 'third'].map(async (requestId) => sandbox.invoke(invocation({}, { requestId })));
        assert.deepEqual((await Promise.all(more)).map(valueOf), [2, 3]);
      } finally {
        await sandbox.destroy();
      }
    });
  });
}
