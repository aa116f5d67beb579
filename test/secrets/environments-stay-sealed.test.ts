// What a function is told in confidence stands nowhere in plain: not in the data folder, not in what sandboxes are made of, not in the
// platform's log, and not in the arguments or environment of any of its processes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { runningPlatform, stopped } from '../support/mayfly-command.ts';
import { zipOf } from '../support/zip.ts';

const ROOT = { accessKeyId: 'AKIASECRETTESTS00000', secretAccessKey: 'the-root-key-is-not-what-this-is-about' };
const ROLE = 'arn:aws:iam::000000000000:role/tests';

/** The control: it is looked for in the same way, and must be found. */
const PLAIN = 'a-description-is-no-secret-2c0f6f7d';
const MARKER = 'correct-horse-battery-staple-71f3a9';

const CODE = {
  'index.mjs': `export const handler = async ({ how }) => {
    if (how === 'throw') throw new Error('no');
    if (how === 'exit') process.exit(1);
    if (how === 'hang') await new Promise(() => setInterval(() => {}, 1000));
    return process.env.SECRET.length;
  };`,
  'broken.mjs': 'throw new Error("not even loaded");',
};

/** As text, and as base64 at each of the three places where it may begin. */
const FORMS = [MARKER, ...[0, 1, 2].map((offset) => base64Core(MARKER, offset))].map((form) => Buffer.from(form, 'latin1'));

function base64Core(text: string, offset: number): string {
  const encoded = Buffer.from(`${'x'.repeat(offset)}${text}`).toString('base64');
  // Without the characters that share bits with what stands before and after.
  return encoded.slice(offset === 0 ? 0 : 4, -4);
}

/** Links are not followed: a slot has one that leads to /tmp, which inside is the sandbox's own. */
function filesBelow(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** A slot may go while we look. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The files that hold it; what is gone meanwhile holds nothing. */
function holding(paths: readonly string[], needles: readonly Buffer[]): readonly string[] {
  return paths.filter((path) => {
    try {
      const content = readFileSync(path);
      return needles.some((needle) => content.includes(needle));
    } catch (error) {
      if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  });
}

/** The platform and everything that it started, sandboxes with what runs in them included. */
function processesBelow(root: number): readonly string[] {
  const parents = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(pid, /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '');
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: string): boolean => pid === String(root) || (parents.has(pid) && isBelow(parents.get(pid) ?? ''));
  return [...parents.keys()].filter(isBelow);
}

async function deployed(context: TestContext, endpoint: string) {
  const lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials: ROOT, maxAttempts: 1 });
  context.after(() => lambda.destroy());
  const ZipFile = await zipOf(CODE);
  const deploy = async (FunctionName: string, Handler: string, more: object = {}) => {
    const settings = { FunctionName, Handler, Role: ROLE, Runtime: 'nodejs24.x', Timeout: 1, ...more } as const;
    await lambda.send(
      new CreateFunctionCommand({
        ...settings,
        Description: PLAIN,
        Code: { ZipFile },
        Environment: { Variables: { SECRET: MARKER } },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 }, { FunctionName });
  };
  await deploy('keeps', 'index.handler', { Publish: true });
  await deploy('breaks', 'broken.handler');
  const invoke = async (FunctionName: string, event: object = {}) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }));
  return { lambda, invoke };
}

test('a marker in an environment is nowhere in plain, after it was used and after all went wrong', async (context) => {
  const platform = await runningPlatform(context, {
    environment: {
      MAYFLY_LOG: 'debug',
      MAYFLY_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      MAYFLY_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    },
  });
  let log = '';
  platform.child.stderr?.on('data', (text: string) => (log += text));
  const { lambda, invoke } = await deployed(context, platform.endpoint);

  assert.equal(
    Buffer.from((await invoke('keeps')).Payload ?? []).toString(),
    String(MARKER.length),
    'the function itself can read it',
  );
  for (const how of ['throw', 'exit', 'hang']) assert.equal((await invoke('keeps', { how })).FunctionError, 'Unhandled', how);
  assert.equal((await invoke('breaks')).FunctionError, 'Unhandled');
  // What the caller did wrong: the answer repeats nothing either.
  const tooLarge = { Variables: { SECRET: MARKER.repeat(200) } };
  const refused = new CreateFunctionCommand({
    FunctionName: 'refused',
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: await zipOf(CODE) },
    Environment: tooLarge,
  });
  await assert.rejects(
    lambda.send(refused),
    ({ message }: Error) => /exceeded the 4KB limit/.test(message) && !message.includes(MARKER),
  );
  // A warm instance of it lives while we look.
  await invoke('keeps');

  const pids = processesBelow(platform.child.pid ?? 0);
  assert.ok(pids.length > 2, 'the platform and its sandboxes are found');
  const told = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  assert.deepEqual(holding(told, FORMS), []);
  const control = Buffer.from(ROOT.secretAccessKey);
  if (process.getuid?.() === 0) assert.ok(holding(told, [control]).length > 0, 'an environment that holds something is found out');

  const { work } = openDataFolder(platform.dataFolder);
  assert.deepEqual(holding([...filesBelow(platform.dataFolder), ...filesBelow(work)], FORMS), []);
  await stopped(platform.child);
  const files = filesBelow(platform.dataFolder);
  assert.ok(holding(files, [Buffer.from(PLAIN)]).length > 0, 'what is kept in plain is found');
  assert.deepEqual(holding(files, FORMS), [], 'nor after the end, when everything is written');
  assert.match(log, /"level":"(?:info|debug)"/);
  assert.ok(!FORMS.some((form) => log.includes(form.toString('latin1'))), 'the log');
});

test('the forms that are looked for would be found', () => {
  for (const before of ['', 'a', 'ab'])
    assert.ok(FORMS.some((form) => Buffer.from(`${before}${MARKER}and more`).toString('base64').includes(form.toString('latin1'))));
});
