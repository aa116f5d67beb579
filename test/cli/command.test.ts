// The command without a platform: usage, exit codes, messages, and how its two processes live and die together.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { mayfly, removeDataFolder } from '../support/mayfly-command.ts';

const NOBODY = 'http://127.0.0.1:9';

function emptyFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly cli '));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('says its version and what there is', async () => {
  assert.match((await mayfly(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  const { stdout, code } = await mayfly(['--help']);
  assert.equal(code, 0);
  for (const command of [
    'up',
    'dev',
    'deploy',
    'invoke',
    'send',
    'queue',
    'events',
    'flows',
    'logs',
    'bill',
    'ls',
    'rm',
    'doctor',
    'env',
  ])
    assert.match(stdout, new RegExp(`^ +${command} `, 'm'));
});

test('wrong usage is exit code 2, with a sentence', async (context) => {
  const cwd = emptyFolder(context);
  const keys = ['--access-key', 'a', '--secret-key', 'b'];
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['fly'], /unknown command 'fly'/],
    [['invoke'], /missing required argument 'name'/],
    [['up', '--port', 'x'], /"x" is no port/],
    [['up', '--isolation', 'none'], /Allowed choices are auto, bwrap, oci, process/],
    [['up', '--network', 'vpc'], /Allowed choices are platform, internet, none/],
    [['up', '--http-targets', 'private'], /Allowed choices are public, any/],
    [['bill', '--month', '2026-13', ...keys], /"2026-13" is no month/],
    [['logs', '--since', 'lately', ...keys], /"lately" is no time/],
    [['invoke', 'f', '-d', '{', ...keys], /The payload is not JSON/],
    [['ls', 'tables', ...keys], /"tables" cannot be listed/],
    [['queue', 'peek'], /missing required argument 'queue'[^]*--help shows what there is/],
    [['events', 'tail', '--since', '1h'], /unknown option '--since'/],
    [['ls', '--endpoint', '127.0.0.1', ...keys], /"127.0.0.1" is no endpoint/],
    [['ls', '--access-key', 'a'], /go together/],
  ];
  for (const [args, says] of wrong) {
    const { code, stderr } = await mayfly(args, { cwd });
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, says);
  }
});

test('a network that cannot be had is refused at the start, whoever named it', async (context) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'mayfly cli '));
  context.after(() => removeDataFolder(dataFolder));
  const up = ['up', '--port', '0', '--isolation', 'process', '--data', dataFolder];
  const named = await mayfly([...up, '--network', 'none']);
  assert.equal(named.code, 1);
  assert.match(named.stderr, /The network "none" cannot be enforced on this machine at the level process, which enforces none/);
  const misnamed = await mayfly(up, { environment: { MAYFLY_NETWORK: 'everything' } });
  assert.equal(misnamed.code, 1);
  assert.match(misnamed.stderr, /MAYFLY_NETWORK is one of platform, internet, none, not "everything"/);
});

test('without a platform or a key it says what to do, and exits with 1', async (context) => {
  const cwd = emptyFolder(context);
  const noKey = await mayfly(['ls'], { cwd });
  assert.equal(noKey.code, 1);
  assert.match(noKey.stderr, /No access key.*root-key\.json/);
  const nobody = await mayfly(['ls', '--endpoint', NOBODY, '--access-key', 'a', '--secret-key', 'b'], { cwd });
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /No platform answers at http:\/\/127\.0\.0\.1:9\.\n {2}Start one with `mayfly up`/);
  const json = await mayfly(['ls', '--json', '--endpoint', NOBODY, '--access-key', 'a', '--secret-key', 'b'], { cwd });
  assert.deepEqual(
    { ...JSON.parse(json.stderr), mend: '' },
    { error: 'Unreachable', message: 'No platform answers at http://127.0.0.1:9.', mend: '' },
  );
});

test('env prints what a shell can evaluate, from the data folder', async (context) => {
  const cwd = emptyFolder(context);
  mkdirSync(join(cwd, '.mayfly'));
  writeFileSync(join(cwd, '.mayfly', 'root-key.json'), JSON.stringify({ accessKeyId: 'AKIA', secretAccessKey: "it's/secret+=" }));
  writeFileSync(join(cwd, '.mayfly', 'running.json'), JSON.stringify({ endpoint: 'http://127.0.0.1:4999' }));
  const { stdout } = await mayfly(['env'], { cwd });
  const shell = spawn('sh', [
    '-c',
    `${stdout}\nprintf '%s\\n' "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION"`,
  ]);
  const lines: string[] = [];
  for await (const line of createInterface(shell.stdout)) lines.push(line);
  assert.deepEqual(lines, ['http://127.0.0.1:4999', 'AKIA', "it's/secret+=", 'us-east-1']);
});

test('keys in the environment that belong to no endpoint do not outrank the data folder', async (context) => {
  const cwd = emptyFolder(context);
  mkdirSync(join(cwd, '.mayfly'));
  writeFileSync(join(cwd, '.mayfly', 'root-key.json'), JSON.stringify({ accessKeyId: 'OURS', secretAccessKey: 'secret' }));
  const real = { AWS_ACCESS_KEY_ID: 'THEIRS', AWS_SECRET_ACCESS_KEY: 'secret' };
  assert.match((await mayfly(['env'], { cwd, environment: real })).stdout, /AWS_ACCESS_KEY_ID=OURS/);
  const pointed = { ...real, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
  assert.match((await mayfly(['env'], { cwd, environment: pointed })).stdout, /AWS_ACCESS_KEY_ID=THEIRS/);
});
