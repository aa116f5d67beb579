// `mayfly dev`: functions follow the files, mistakes are told, any key will do.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { mayfly, removeDataFolder, startMayfly, stopped } from '../support/mayfly-command.ts';

const handlerSaying = (word: string): string =>
  `export const handler = async () => { console.log('said ${word}'); return '${word}'; };`;

test('what is saved is deployed, what is broken is told, what is deleted is gone', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly dev '));
  writeFileSync(join(folder, 'speak.mjs'), handlerSaying('one'));
  const child = startMayfly(['dev', '.', '--port', '0', '--data', '.mayfly'], { cwd: folder });
  context.after(async () => {
    await stopped(child);
    removeDataFolder(join(folder, '.mayfly'));
    rmSync(folder, { recursive: true });
  });
  const lines = linesOf(child);
  const until = async (pattern: RegExp): Promise<string> => {
    for (let line = await lines.next(); line.done !== true; line = await lines.next())
      if (pattern.test(line.value)) return line.value;
    return assert.fail(`the output ended without ${String(pattern)}`);
  };
  const endpoint = /http:\S+/.exec(await until(/Endpoint/))?.[0] ?? '';
  const speak = async (): Promise<string> => {
    const any = ['--endpoint', endpoint, '--access-key', 'anything', '--secret-key', 'at-all'];
    return (await mayfly(['invoke', 'speak', ...any], { cwd: folder })).stdout.trim();
  };

  await until(/^\+ function speak/);
  await until(/Watching/);
  assert.equal(await speak(), '"one"');
  await until(/said one/);

  writeFileSync(join(folder, 'speak.mjs'), handlerSaying('two'));
  await until(/^~ function speak {2}code/);
  await until(/↻ \d+ ms/);
  assert.equal(await speak(), '"two"');

  writeFileSync(join(folder, 'speak.mjs'), 'export const handler = async () => {');
  await until(/speak\.mjs:1:\d+: Unexpected end of file/);
  writeFileSync(join(folder, 'other.mjs'), handlerSaying('three'));
  rmSync(join(folder, 'speak.mjs'));
  await until(/^\+ function other/);
  await until(/^− function speak/);
});

/** The lines of both streams, in the order in which they come. */
function linesOf(child: ChildProcess): AsyncIterator<string> {
  const both = new PassThrough();
  child.stdout?.pipe(both, { end: false });
  child.stderr?.pipe(both, { end: false });
  child.on('close', () => both.end());
  return createInterface(both)[Symbol.asyncIterator]();
}
