// Invoke with the real client on the real platform: what callers get, whatever the function does.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAliasCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { zipOf } from '../../support/zip.ts';

let platform: RunningPlatform;

before(async () => {
  platform = await runPlatform();
  await platform.deploy(
    'echo',
    `export const handler = async (event, context) => {
      console.log('seen', JSON.stringify(event));
      return { event, name: context.functionName, version: context.functionVersion, arn: context.invokedFunctionArn, id: context.awsRequestId,
        client: context.clientContext, group: context.logGroupName, stream: context.logStreamName, memory: context.memoryLimitInMB,
        left: context.getRemainingTimeInMillis() <= 3000, trace: process.env._X_AMZN_TRACE_ID };
    };`,
  );
});
after(() => platform.close());

interface Echo {
  readonly event: unknown;
  readonly [member: string]: unknown;
}

const named = (name: string) => (error: unknown) => error instanceof Error && error.name === name;

test('a function gets its event and its context, and its answer comes back', async () => {
  const answer = await platform.invoke('echo', { n: 1 }, { ClientContext: Buffer.from('{"custom":{"a":1}}').toString('base64') });
  const seen = answer.document as Echo;
  assert.deepEqual([answer.StatusCode, answer.FunctionError, answer.ExecutedVersion], [200, undefined, '$LATEST']);
  assert.deepEqual(seen.event, { n: 1 });
  assert.deepEqual([seen['name'], seen['version'], seen['memory'], seen['left']], ['echo', '$LATEST', '128', true]);
  assert.equal(seen['arn'], 'arn:aws:lambda:us-east-1:000000000000:function:echo');
  assert.equal(seen['id'], answer.$metadata.requestId, 'the request’s id is the function’s');
  assert.match(JSON.stringify(seen['client']), /"custom":\{"a":1\}/);
  assert.equal(seen['group'], '/aws/lambda/echo');
  assert.match(String(seen['stream']), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.match(String(seen['trace']), /^Root=1-/);
});

test('no payload is an empty event', async () => {
  assert.deepEqual(((await platform.invoke('echo')).document as Echo).event, {});
});

test('the tail of the log has the function’s lines between the platform’s', async () => {
  const { log, $metadata } = await platform.invoke('echo', { tail: true }, { LogType: 'Tail' });
  const id = $metadata.requestId;
  assert.match(log ?? '', new RegExp(`START RequestId: ${id} Version: \\$LATEST\n`));
  assert.match(log ?? '', new RegExp(`\t${id}\tINFO\tseen \\{"tail":true\\}\n`));
  assert.match(
    log ?? '',
    new RegExp(
      `END RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: \\d+\\.\\d\\d ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\t`,
    ),
  );
});

test('the log of a cold start tells what loading printed before the start, and what the handler printed after it', async () => {
  await platform.deploy('chatty', 'console.log("loading"); export const handler = async () => { console.log("handling"); };');
  const { log, $metadata } = await platform.invoke('chatty', {}, { LogType: 'Tail' });
  const kinds = (log ?? '').split('\n').map(
    (line) =>
      line
        .split('\t')
        .at(line.includes('INFO') ? -1 : 0)
        ?.split(' ')[0],
  );
  assert.deepEqual(kinds, ['INIT_START', 'loading', 'START', 'handling', 'END', 'REPORT', '']);
  assert.match(log ?? '', new RegExp(`\t${$metadata.requestId}\tINFO\thandling`));
});

test('an answer is exactly the JSON that the function gave', async () => {
  await platform.deploy('answers', 'export const handler = async (event) => (event.none ? undefined : event.value);');
  for (const value of [null, 0, '', 'text', [1, [2]], { a: 'ü€😀' }])
    assert.deepEqual((await platform.invoke('answers', { value })).document, value);
  assert.equal((await platform.invoke('answers', { none: true })).document, null);
});

test('what a function throws is the answer, marked as its error', async () => {
  await platform.deploy('throws', 'export const handler = async () => { throw new TypeError("no such thing"); };');
  const answer = await platform.invoke('throws');
  const { errorType, errorMessage, trace } = answer.document as { errorType: string; errorMessage: string; trace: string[] };
  assert.deepEqual(
    [answer.StatusCode, answer.FunctionError, errorType, errorMessage],
    [200, 'Unhandled', 'TypeError', 'no such thing'],
  );
  assert.equal(trace[0], 'TypeError: no such thing');
});

test('a module that does not load, and a handler that is not there, are told with Lambda’s names', async () => {
  await platform.deploy('unloadable', 'import "./nowhere.mjs"; export const handler = async () => 1;');
  await platform.deploy('handlerless', 'export const other = async () => 1;');
  const unloadable = await platform.invoke('unloadable', {}, { LogType: 'Tail' });
  assert.equal(unloadable.FunctionError, 'Unhandled');
  assert.equal((unloadable.document as { errorType: string }).errorType, 'Runtime.ImportModuleError');
  assert.match(
    unloadable.log ?? '',
    /INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: Runtime\.ImportModuleError/,
  );
  assert.equal(((await platform.invoke('handlerless')).document as { errorType: string }).errorType, 'Runtime.HandlerNotFound');
});

test('a function that takes too long is ended, and the next invocation has an instance of its own', async () => {
  await platform.deploy(
    'endless',
    'let calls = 0; export const handler = async (event) => { calls += 1; if (event.hang) await new Promise((r) => setTimeout(r, 60000)); return calls; };',
    {
      Timeout: 1,
    },
  );
  assert.equal((await platform.invoke('endless')).document, 1);
  const answer = await platform.invoke('endless', { hang: true }, { LogType: 'Tail' });
  assert.equal(answer.FunctionError, 'Unhandled');
  assert.deepEqual(answer.document, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${answer.$metadata.requestId} Error: Task timed out after 1.00 seconds`,
  });
  assert.match(answer.log ?? '', /Task timed out after 1\.00 seconds\n/);
  assert.match(answer.log ?? '', /Duration: 1000\.00 ms\tBilled Duration: 1000 ms\t.*Status: timeout\tStart: \w+\t.*\t\n$/);
  assert.equal((await platform.invoke('endless')).document, 1);
});

test('a function that leaves, and one that eats its memory, take only their instance with them', async () => {
  await platform.deploy('exits', 'export const handler = async () => process.exit(3);');
  const exited = await platform.invoke('exits');
  assert.deepEqual(exited.document, {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${exited.$metadata.requestId} Error: Runtime exited with error: exit status 3`,
  });
  await platform.deploy(
    'eats',
    'export const handler = async () => { const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1)); };',
    { Timeout: 30 },
  );
  const eaten = await platform.invoke('eats');
  assert.equal((eaten.document as { errorType: string }).errorType, 'Runtime.OutOfMemory');
  assert.equal((await platform.invoke('echo')).StatusCode, 200);
});

test('an answer that is too large is refused with Lambda’s words', async () => {
  await platform.deploy('verbose', 'export const handler = async (event) => "x".repeat(event.bytes);', {
    MemorySize: 512,
    Timeout: 20,
  });
  assert.equal(((await platform.invoke('verbose', { bytes: 6_000_000 })).document as string).length, 6_000_000);
  const answer = await platform.invoke('verbose', { bytes: 6_291_600 });
  assert.equal(answer.FunctionError, 'Unhandled');
  assert.deepEqual(answer.document, {
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    errorType: 'Function.ResponseSizeTooLarge',
  });
});

test('payloads that are no JSON, or too large, never reach a function', async () => {
  const send = (Payload: Buffer) => platform.lambda.send(new InvokeCommand({ FunctionName: 'echo', Payload }));
  await assert.rejects(send(Buffer.from('nonsense')), named('InvalidRequestContentException'));
  await assert.rejects(
    send(Buffer.from(`"${'x'.repeat(6 * 1_048_576)}"`)),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 413,
  );
});

test('functions that are not there, and versions that are not, are not found', async () => {
  await assert.rejects(platform.invoke('nowhere'), named('ResourceNotFoundException'));
  await assert.rejects(platform.invoke('echo', {}, { Qualifier: '99' }), named('ResourceNotFoundException'));
  await assert.rejects(platform.invoke('nowhere', {}, { InvocationType: 'Event' }), named('ResourceNotFoundException'));
});

test('a dry run answers 204 and runs nothing', async () => {
  const answer = await platform.invoke('echo', { dry: true }, { InvocationType: 'DryRun' });
  assert.deepEqual([answer.StatusCode, answer.document], [204, undefined]);
});

test('versions and aliases run what they name; an update is seen at once, and the old code never again', async () => {
  const source = (answer: string) =>
    `export const handler = async (_event, context) => '${answer} ' + context.functionVersion + ' ' + context.invokedFunctionArn.split(':')[7];`;
  await platform.deploy('versioned', source('first'));
  assert.equal((await platform.invoke('versioned')).document, 'first $LATEST undefined');
  const { Version } = await platform.lambda.send(new PublishVersionCommand({ FunctionName: 'versioned' }));
  await platform.lambda.send(new CreateAliasCommand({ FunctionName: 'versioned', Name: 'live', FunctionVersion: Version }));
  await platform.lambda.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'versioned', ZipFile: await zipOf({ 'index.mjs': source('second') }) }),
  );
  await waitUntilFunctionUpdatedV2({ client: platform.lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName: 'versioned' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => platform.invoke('versioned')));
  assert.ok(answers.every(({ document }) => document === 'second $LATEST undefined'));
  const live = await platform.invoke('versioned:live');
  assert.deepEqual([live.document, live.ExecutedVersion], ['first 1 live', '1']);
  assert.equal(
    (await platform.invoke('arn:aws:lambda:us-east-1:000000000000:function:versioned', {}, { Qualifier: '1' })).document,
    'first 1 1',
  );
});

test('an instance serves one call at a time, and many calls get many instances', async () => {
  await platform.deploy(
    'counts',
    'let running = 0; export const handler = async () => { running += 1; await new Promise((r) => setTimeout(r, 200)); return running--; };',
  );
  const answers = await Promise.all(Array.from({ length: 6 }, () => platform.invoke('counts')));
  assert.deepEqual(
    answers.map(({ document }) => document),
    [1, 1, 1, 1, 1, 1],
  );
});

test('reserved concurrency is a ceiling, and zero is off', async () => {
  await platform.deploy(
    'limited',
    'export const handler = async () => { await new Promise((r) => setTimeout(r, 300)); return 1; };',
  );
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'limited', ReservedConcurrentExecutions: 1 }));
  const outcomes = await Promise.allSettled([platform.invoke('limited'), platform.invoke('limited')]);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected')?.reason as unknown;
  assert(refused instanceof TooManyRequestsException);
  assert.equal(refused.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded');
  assert.equal(refused.$metadata.httpStatusCode, 429);
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'limited', ReservedConcurrentExecutions: 0 }));
  await assert.rejects(platform.invoke('limited'), named('TooManyRequestsException'));
});

test('between two calls nothing inside an instance runs', async () => {
  await platform.deploy(
    'background',
    'let ticks = 0; setInterval(() => { ticks += 1; }, 5); export const handler = async () => ticks;',
  );
  const first = (await platform.invoke('background')).document as number;
  await new Promise((resolve) => setTimeout(resolve, 600));
  const second = (await platform.invoke('background')).document as number;
  assert.ok(second - first < 30, `${second - first} ticks of 5 ms in 600 ms`);
});

test('a function finds its own variables and Lambda’s, and nothing of the host', async () => {
  await platform.deploy('environment', 'export const handler = async () => process.env;', {
    Environment: { Variables: { TABLE: 'things' } },
  });
  const seen = (await platform.invoke('environment')).document as Readonly<Record<string, string>>;
  assert.equal(seen['TABLE'], 'things');
  assert.equal(seen['AWS_EXECUTION_ENV'], 'AWS_Lambda_nodejs24.x');
  assert.equal(seen['AWS_ENDPOINT_URL'], platform.endpoint);
  assert.match(seen['AWS_ACCESS_KEY_ID'] ?? '', /^ASIA/);
  const ours = Object.keys(seen).filter((name) => name.startsWith('MAYFLY'));
  assert.deepEqual(ours, []);
});

test('a function may call another of its account through its endpoint', async () => {
  await platform.deploy(
    'caller',
    `import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
     const client = new LambdaClient({});
     export const handler = async () => {
       const answer = await client.send(new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify({ from: 'caller' }) }));
       return JSON.parse(Buffer.from(answer.Payload).toString()).event;
     };`,
    { Timeout: 20, MemorySize: 256 },
  );
  assert.deepEqual((await platform.invoke('caller')).document, { from: 'caller' });
});

test('what starts with a process gets a process of its own', async () => {
  await platform.deploy('flagged', 'export const handler = async () => [process.execArgv.length >= 0, typeof globalThis.gc];', {
    Environment: { Variables: { NODE_OPTIONS: '--expose-gc' } },
  });
  const answer = await platform.invoke('flagged');
  assert.equal(answer.FunctionError, undefined, JSON.stringify(answer.document));
  assert.deepEqual(answer.document, [true, 'function']);
});

test('the deprecated InvokeAsync is an event', async () => {
  const accepted = await platform.lambda.send(
    new InvokeAsyncCommand({ FunctionName: 'echo', InvokeArgs: Buffer.from('{"old":true}') }),
  );
  assert.equal(accepted.Status, 202);
});
