// Durable functions from the command line: deployed, called, listed, shown, stopped.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runningPlatform } from '../support/mayfly-command.ts';
import type { Ended } from '../support/mayfly-command.ts';

const SDK = fileURLToPath(import.meta.resolve('@aws/durable-execution-sdk-js'));
const FUNCTION = `
import { withDurableExecution } from ${JSON.stringify(SDK)};
export const config = { timeout: 30, durable: { timeout: 86400, retention: 7 } };
export const handler = withDurableExecution(async (event, context) => {
  await context.step('charge', async ({ attempt }) => {
    if (event.fails) throw new TypeError('no card');
    return 1;
  }, { retryStrategy: () => ({ shouldRetry: false }) });
  await context.parallel('tell', [
    { name: 'mail', func: (branch) => branch.step('send', async () => 'sent') },
    { name: 'log', func: async () => 'logged' },
  ]);
  if (event.waits) await context.wait('a day', { days: 1 });
  return { done: true };
});`;

function ok(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

test('a durable function from its deployment to the end of its executions', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly durable '));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'functions'));
  writeFileSync(join(folder, 'functions', 'pay.mjs'), FUNCTION);
  const { run } = await runningPlatform(context);
  ok(await run(['deploy', join(folder, 'functions')]));
  assert.match(ok(await run(['deploy', join(folder, 'functions')])), /= pay {2}unchanged/);

  const called = await run(['invoke', 'pay', '--qualifier', '$LATEST', '-d', '{}', '--json']);
  const { payload, durableExecutionArn: arn } = JSON.parse(ok(called)) as {
    readonly payload: unknown;
    readonly durableExecutionArn: string;
  };
  assert.deepEqual(payload, { done: true });
  const drawn = ok(await run(['flows', 'show', arn]));
  assert.match(drawn, /✓ succeeded after .*, \d+ invocations?\n\n✓ charge {2}step · /);
  assert.match(drawn, /\n✓ tell {2}parallel · [^\n]+\n├ ✓ mail {2}parallel branch[^\n]+\n│ └ ✓ send {2}step[^\n]+\n└ ✓ log /);
  assert.match(drawn, /\nOutput {2}\{"done":true\}\n$/);

  const failed = await run(['invoke', 'pay', '--qualifier', '$LATEST', '-d', '{"fails":true}', '--json']);
  assert.equal(failed.code, 3);
  const failedArn = (JSON.parse(failed.stdout) as { readonly durableExecutionArn: string }).durableExecutionArn;
  assert.match(
    ok(await run(['flows', 'show', failedArn])),
    /✗ charge {2}step · failed[^\n]*\n {2}TypeError: no card\n[^]*It ended with \S*: no card/,
  );

  ok(await run(['invoke', 'pay', '--qualifier', '$LATEST', '--async', '-d', '{"waits":true}']));
  const name = await runningName(run);
  for (;;) {
    const waiting = ok(await run(['flows', 'show', name]));
    if (/▸ a day {2}wait · waits for \d{4}-/.test(waiting)) break;
    await delay(50);
  }
  ok(await run(['flows', 'stop', name]));
  assert.match(ok(await run(['flows', 'show', name])), /■ stopped[^]*■ a day {2}wait · aborted/);
  assert.match(ok(await run(['flows'])), /^pay +durable function +0 +1 +1 +1 /m);
  assert.match((await run(['flows', 'redrive', name])).stderr, /Durable executions cannot be redriven/);
});

async function runningName(run: (args: readonly string[]) => Promise<Ended>): Promise<string> {
  for (;;) {
    const { executions } = JSON.parse(ok(await run(['flows', '-s', 'running', '--json']))) as {
      readonly executions: readonly { readonly name: string }[];
    };
    if (executions[0] !== undefined) return executions[0].name;
  }
}
