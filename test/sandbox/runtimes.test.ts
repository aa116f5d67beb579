// Every runtime at every level of isolation that this machine has: Python, a program of one's own, and agents under the supervisor.

import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { LaunchRequest } from '#sandbox';
import { pythonMissing, shellBootstrap } from '../sdk/invoke/programs.ts';
import { levels } from './support/levels.ts';
import { collectLines, errorOf, GENERIC, invocation, openHouse, specialisation, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { textOf } from './support/running.ts';

const FILES = {
  'index.js': 'exports.handler = async (event) => { console.log("said"); return { event, mark: process.env.MARK }; };',
  'index.py':
    'import os\ndef handler(event, context):\n    print("said")\n    return {"event": event, "mark": os.environ.get("MARK")}\n',
  bootstrap: shellBootstrap('answer() { echo said; ANSWER="{\\"event\\":$EVENT,\\"mark\\":\\"$MARK\\"}"; }'),
};
const PYTHON = pythonMissing();
const KINDS: readonly { readonly name: string; readonly change: Partial<LaunchRequest>; readonly skip: string | false }[] = [
  { name: 'Python', change: { runtime: 'python3.11' }, skip: PYTHON },
  { name: 'a program of its own', change: { runtime: 'provided.al2023' }, skip: false },
  { name: 'Node under the supervisor', change: { runtime: 'nodejs24.x', supervised: true }, skip: false },
  { name: 'Python under the supervisor', change: { runtime: 'python3.11', supervised: true }, skip: PYTHON },
];

for (const { level, skip } of await levels()) {
  describe(`at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(async () => {
      await house[Symbol.asyncDispose]();
    });

    for (const kind of KINDS) {
      it(`${kind.name} runs, is frozen and thawed, and runs again`, { skip: kind.skip }, async () => {
        const tree = await house.codeTree(FILES);
        await chmod(join(tree, 'bootstrap'), 0o555);
        const sandbox = await house.launcher.launch({ ...GENERIC, ...kind.change });
        const lines = collectLines(sandbox);
        try {
          const environment = { MARK: 'mine', _HANDLER: 'index.handler' };
          assert.deepEqual(await sandbox.specialise(specialisation(tree, { environment })), { kind: 'ready' });
          for (const event of [1, 2]) {
            assert.deepEqual(valueOf(await sandbox.invoke(invocation(event))), { event, mark: 'mine' });
            await sandbox.freeze();
            await sandbox.thaw();
          }
          assert.equal(textOf(lines).match(/said/g)?.length, 2);
        } finally {
          await sandbox.destroy();
        }
      });
    }

    it('Python cuts an error that is larger than the platform takes', { skip: PYTHON }, async () => {
      const source = 'def handler(event, context):\n    raise ValueError("\\0" * 300_000)\n';
      const sandbox = await house.launcher.launch({ ...GENERIC, runtime: 'python3.11' });
      try {
        assert.deepEqual(await sandbox.specialise(specialisation(await house.codeTree({ 'index.py': source }))), { kind: 'ready' });
        const { errorType, errorMessage } = errorOf(await sandbox.invoke(invocation()));
        assert.deepEqual([errorType, errorMessage.length], ['ValueError', 32_001]);
      } finally {
        await sandbox.destroy();
      }
    });
  });
}
