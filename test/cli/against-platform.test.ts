// The commands against a platform of their own: deploy, invoke, logs, bill, ls, rm, doctor, and what they answer to mistakes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { removeDataFolder, runningPlatform } from '../support/mayfly-command.ts';
import type { Ended } from '../support/mayfly-command.ts';

function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly shop '));
  context.after(() => rmSync(folder, { recursive: true }));
  write(folder, files);
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function ok(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

/** Names below localhost lead to this machine in browsers and curl, not in every resolver: so it asks the endpoint, under that name. */
async function getAs(url: string, endpoint: string): Promise<string> {
  const [response] = (await once(get(endpoint, { headers: { host: new URL(url).host } }), 'response')) as [IncomingMessage];
  return text(response);
}

const parsed = (ended: Ended): Record<string, unknown> => JSON.parse(ok(ended)) as Record<string, unknown>;

const GREET = `
export const config = { memory: 256, env: { GREETING: 'Hello' }, on: [{ s3: 'letters', suffix: '.txt' }, { http: '/', auth: 'none' }] };
interface Event { readonly name?: string; readonly requestContext?: object; readonly Records?: readonly { readonly s3: { readonly object: { readonly key: string } } }[] }
export const handler = async (event: Event) => {
  if (event.name === 'nobody') throw new TypeError('nobody is here');
  for (const record of event.Records ?? []) console.log('letter', record.s3.object.key);
  return event.requestContext === undefined ? \`\${process.env['GREETING']} \${event.name}\` : { statusCode: 200, body: 'hi' };
};`;

test('a folder of functions from its first deployment to its last', async (context) => {
  const { run, endpoint } = await runningPlatform(context);
  const folder = folderOf(context, {
    'functions/greet.ts': GREET,
    'functions/tick.mjs': 'export const handler = async () => "tick";',
  });
  const functions = join(folder, 'functions');

  const dry = ok(await run(['deploy', functions, '--dry-run']));
  assert.match(dry, /^\+ bucket letters$/m);
  assert.match(dry, /^\+ function greet {2}nodejs24\.x, 256 MiB, 3 s/m);
  assert.deepEqual(parsed(await run(['ls', '--json']))['functions'], []);

  const first = ok(await run(['deploy', functions]));
  assert.match(first, /^\+ trigger s3:\/\/letters\/\*\.txt {2}ObjectCreated:\* → greet$/m);
  const url = /greet {2}(http:\S+)/.exec(first)?.[1] ?? '';
  assert.equal(ok(await run(['deploy', functions])).trim(), `= greet, tick  unchanged\n  greet  ${url}`);

  assert.equal(ok(await run(['invoke', 'greet', '-d', '{"name":"you"}'])), '"Hello you"\n');
  assert.equal(ok(await run(['invoke', 'greet', '-d', '-'], { input: '{"name":"pipe"}' })), '"Hello pipe"\n');
  const failed = await run(['invoke', 'greet', '-d', '{"name":"nobody"}', '--tail']);
  assert.equal(failed.code, 3);
  assert.match(failed.stdout, /"errorType":"TypeError"/);
  assert.match(failed.stderr, /REPORT RequestId: /);
  assert.match(failed.stderr, /The function failed \(Unhandled/);
  assert.equal((await run(['invoke', 'tick', '--async'])).code, 0);

  assert.equal(await getAs(url, endpoint), 'hi');

  write(folder, { 'functions/greet.ts': GREET.replace('Hello', 'Bonjour').replace("suffix: '.txt'", "prefix: 'in/'") });
  rmSync(join(functions, 'tick.mjs'));
  const second = await run(['deploy', functions]);
  assert.match(ok(second), /^~ function greet {2}env\.GREETING changed$/m);
  assert.match(second.stdout, /^− trigger s3:\/\/letters\/\*\.txt/m);
  assert.match(second.stderr, /No longer in the folder, and kept: tick\. --prune removes them\./);
  assert.equal(ok(await run(['invoke', 'greet', '-d', '{"name":"you"}'])), '"Bonjour you"\n');
  assert.match(ok(await run(['deploy', functions, '--prune'])), /^− function tick$/m);

  const bill = parsed(await run(['bill', '--json']));
  assert.match(JSON.stringify(bill['functions']), /"functionName":"greet"/);
  assert.match(ok(await run(['bill'])), /^greet +\d+ +\d+\.\d{3} +\d+\.\d{3} +\$0\.0000\d+$/m);
  assert.match(ok(await run(['bill', '--csv'])), /^2\d{3}-\d{2},greet,\d+,\d+,\d+\.\d{3},\d+,USD$/m);
  assert.match(ok(await run(['logs', 'greet'])), /nobody is here/);
  assert.equal(JSON.parse(ok(await run(['logs', 'greet', '--json', '--filter', 'START'])).split('\n')[0] ?? '').function, 'greet');

  const explained = ok(await run(['logs', 'greet', '--explain', '--json']))
    .trim()
    .split('\n');
  const starts = explained.map(
    (line) => JSON.parse(line) as { readonly start: string; readonly why?: { readonly reason: string } },
  );
  assert.ok(
    starts.some(({ start, why }) => start !== 'warm' && why?.reason === 'changed'),
    explained.join('\n'),
  );
  assert.match(
    ok(await run(['logs', '--explain'])),
    /^\S+ {2}greet {2}(?:cold|prewarmed) +\d+\.\d\d ms {2}\(.*load .* run .* ms\) {2}its code or settings had changed/m,
  );
  assert.equal((await run(['logs', '--explain', '--filter', 'x'])).code, 2);

  assert.match(ok(await run(['ls'])), /^greet +nodejs24\.x +256 MiB/m);
  assert.equal(ok(await run(['rm', 'greet', 's3://letters'])), '− greet\n− s3://letters\n');
  const nothing = { functions: [], buckets: [], queues: [], topics: [], rules: [], schedules: [] };
  assert.deepEqual(parsed(await run(['ls', '--json'])), nothing);
});

test('what cannot be done says so, and with which code', async (context) => {
  const { run } = await runningPlatform(context);
  const missing = await run(['invoke', 'nothing', '--json']);
  assert.equal(missing.code, 1);
  assert.equal(JSON.parse(missing.stderr).error, 'ResourceNotFoundException');
  assert.match((await run(['rm', 'nothing'])).stderr, /There is no function nothing\.\n {2}`mayfly ls`/);
  assert.match((await run(['rm', 's3://nothing'])).stderr, /There is no bucket nothing/);
  assert.match((await run(['logs', 'nothing'])).stderr, /The function nothing has no logs/);
  const refused = await run(['ls', '--access-key', 'AKIAWRONG', '--secret-key', 'wrong']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /signed with the key AKIAWRONG, from --access-key/);
  const empty = folderOf(context, { 'README.md': 'nothing here' });
  assert.match((await run(['deploy', empty])).stderr, /holds no functions/);
});

test('a function on an old runtime is deployed with a warning, which the doctor repeats', async (context) => {
  const { run } = await runningPlatform(context);
  const folder = folderOf(context, {
    'functions/old.mjs': 'export const config = { runtime: "nodejs18.x" }; export const handler = async () => 1;',
    'functions/new.mjs': 'export const handler = async () => 1;',
  });
  const deployed = await run(['deploy', join(folder, 'functions')]);
  assert.match(ok(deployed), /^\+ function old {2}nodejs18\.x, /m);
  assert.match(deployed.stderr, /^! old: nodejs18\.x is not served here: the function runs on nodejs20\.x/m);
  assert.doesNotMatch(deployed.stderr, /! new/);
  assert.match(ok(await run(['doctor'])), /^ {2}! nodejs18\.x is not served here: .* \(old\)$/m);
});

test('doctor tells of the machine and of the platform, and env points at it', async (context) => {
  const { run, endpoint } = await runningPlatform(context);
  const report = parsed(await run(['doctor', '--json'])) as {
    readonly checks: readonly { readonly name: string }[];
    readonly platform: {
      readonly account: string;
      readonly isolation: {
        readonly level: string;
        readonly selfTest: readonly { readonly attempt: string; readonly found?: string }[];
      };
      readonly networks: { readonly default: string };
      readonly runtimes: readonly { readonly runtime: string; readonly state: string }[];
    };
  };
  const { account, isolation, networks, runtimes } = report.platform;
  assert.equal(account, '000000000000');
  assert.equal(networks.default, 'platform');
  assert.equal(runtimes.find(({ runtime }) => runtime === 'nodejs24.x')?.state, 'ready');
  assert.ok(isolation.selfTest.every(({ found }) => found === undefined));
  if (isolation.level === 'bwrap') assert.ok(isolation.selfTest.some(({ attempt }) => attempt === 'call ptrace'));
  assert.ok(report.checks.some((check) => check.name === 'user namespaces'));
  assert.match(ok(await run(['doctor'])), /The platform at http:/);
  assert.equal(parsed(await run(['env', '--json']))['AWS_ENDPOINT_URL'], endpoint);
});

test('a second platform on the same data folder or port is refused with a reason', async (context) => {
  const { run, endpoint, dataFolder } = await runningPlatform(context);
  const sameFolder = await run(['up', '--port', '0']);
  assert.equal(sameFolder.code, 1);
  assert.ok(sameFolder.stderr.includes(dataFolder), sameFolder.stderr);
  const other = mkdtempSync(join(tmpdir(), 'mayfly other '));
  context.after(() => removeDataFolder(other));
  const samePort = await run(['up', '--port', new URL(endpoint).port, '--data', other]);
  assert.equal(samePort.code, 1);
  assert.match(samePort.stderr, /Port \d+ on 127\.0\.0\.1 is taken/);
});
