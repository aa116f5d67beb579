// Why an invocation was cold, as its caller hears it: in the log's tail, in headers where they are asked for, and on the page of what it used.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { signRequest } from '../../support/sign-request.ts';

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

interface Told {
  readonly requestId: string;
  readonly log: string;
  readonly start: string | undefined;
  readonly why: string | undefined;
  readonly phases: string | undefined;
}

/** An invocation by a client that asks, with what it was told. */
async function invoke(FunctionName: string, event: unknown = {}, asks = true): Promise<Told> {
  const command = new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), LogType: 'Tail' });
  const told: { headers: Record<string, string> } = { headers: {} };
  command.middlewareStack.add(
    (next) => async (input) => {
      const { request } = input as { request: { headers: Record<string, string> } };
      if (asks) request.headers['x-mayfly-explain'] = '1';
      const result = await next(input);
      told.headers = (result.response as { headers: Record<string, string> }).headers;
      return result;
    },
    { step: 'build' },
  );
  const { $metadata, LogResult = '' } = await platform.lambda.send(command);
  const { 'x-mayfly-start': start, 'x-mayfly-why': why, 'x-mayfly-phases': phases } = told.headers;
  return { requestId: $metadata.requestId ?? '', log: Buffer.from(LogResult, 'base64').toString(), start, why, phases };
}

const CODE = `export const handler = async ({ how, ms }) => {
  if (how === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (how === 'exit') process.exit(1);
  return 1;
};`;

const wordOf = ({ why }: Told) => why?.split(';')[0];

test('the first is not warm, the second is; headers, REPORT line and record say the same', async () => {
  await platform.deploy('told', CODE);
  const first = await invoke('told');
  assert.match(first.start ?? '', /^(?:cold|prewarmed)$/);
  assert.equal(wordOf(first), 'first');
  assert.match(first.phases ?? '', /(?:^| )specialise=\d+\.\d\d load=\d+\.\d\d run=\d+\.\d\d ms$/);
  assert.ok(first.log.includes(`\tStart: ${first.start}\tWhy: ${first.why}\tPhases: ${first.phases}\t\n`), first.log);
  const second = await invoke('told');
  assert.deepEqual([second.start, second.why], ['warm', undefined]);
  assert.match(second.log, /\tStart: warm\tPhases: (?:\w+=\d+\.\d\d )*run=\d+\.\d\d ms\t\n$/);

  const path = `/_mayfly/usage?request=${first.requestId}`;
  const host = new URL(platform.endpoint).host;
  const headers = signRequest({ ...ROOT, method: 'GET', url: path, headers: { host }, service: 'mayfly', nowMs: Date.now() });
  const page = (await (await fetch(`${platform.endpoint}${path}`, { headers })).json()) as { readonly attempts: readonly object[] };
  const [attempt] = page.attempts as readonly Record<string, unknown>[];
  assert.deepEqual([attempt?.['start'], attempt?.['why']], [first.start, first.why]);
  assert.ok(Number(attempt?.['specialiseMs']) > 0 && Number(attempt?.['loadMs']) > 0);
  assert.ok(Number(attempt?.['initMs']) >= Number(attempt?.['loadMs']), 'loading is a part of what Lambda calls the init phase');
});

test('who does not ask gets no such headers', async () => {
  await platform.deploy('untold', CODE);
  const { start, why, phases } = await invoke('untold', {}, false);
  assert.deepEqual([start, why, phases], [undefined, undefined, undefined]);
});

test('after a death, a change of settings and a change of a platform tag the next one says so', async () => {
  await platform.deploy('changing', CODE, { Timeout: 1 });
  await invoke('changing');
  await invoke('changing', { how: 'hang' });
  assert.match((await invoke('changing')).why ?? '', /^died; how=timedOut/);
  await invoke('changing', { how: 'exit' });
  assert.match((await invoke('changing')).why ?? '', /^died; how=crashed/);
  await platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'changing', MemorySize: 256 }));
  const updated = { client: platform.lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 };
  await waitUntilFunctionUpdatedV2(updated, { FunctionName: 'changing' });
  assert.equal(wordOf(await invoke('changing')), 'changed');
  assert.equal((await invoke('changing')).start, 'warm');
  const Resource = `arn:aws:lambda:${REGION}:000000000000:function:changing`;
  await platform.lambda.send(new TagResourceCommand({ Resource, Tags: { 'mayfly:instance-concurrency': '2' } }));
  assert.equal(wordOf(await invoke('changing')), 'changed');
});

test('a function with a start of its own never finds one that waits', async () => {
  await platform.deploy('own', CODE, { Environment: { Variables: { NODE_OPTIONS: '--no-warnings' } } });
  const { start, why } = await invoke('own');
  assert.deepEqual([start, why], ['cold', 'first; pool=own-start']);
});

test('a URL that anybody may call tells nobody; one that asks for signatures tells whoever signed', async () => {
  const answer = 'export const handler = async () => ({ statusCode: 200, body: "hi" });';
  await platform.deploy('open', answer);
  const open = await fetch(await platform.openUrl('open'), { headers: { 'x-mayfly-explain': '1' } });
  assert.deepEqual([open.status, open.headers.get('x-mayfly-start')], [200, null]);

  await platform.deploy('signed', answer);
  const { FunctionUrl } = await platform.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'signed', AuthType: 'AWS_IAM' }),
  );
  const id = new URL(FunctionUrl ?? '').hostname.split('.')[0] ?? '';
  const path = `/_mayfly/url/${id}/`;
  const host = new URL(platform.endpoint).host;
  const headers = signRequest({ ...ROOT, method: 'GET', url: path, headers: { host }, service: 'lambda', nowMs: Date.now() });
  const signed = await fetch(`${platform.endpoint}${path}`, { headers: { ...headers, 'x-mayfly-explain': '1' } });
  assert.equal(signed.status, 200, await signed.clone().text());
  assert.match(signed.headers.get('x-mayfly-start') ?? '', /^(?:cold|prewarmed)$/);
  assert.equal(signed.headers.get('x-mayfly-why')?.split(';')[0], 'first');
});
