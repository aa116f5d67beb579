// Extensions and wrapper scripts: what starts together with a runtime, is told of its invocations, and outlives it a little.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { CreateFunctionCommandInput } from '@aws-sdk/client-lambda';
import { PublishLayerVersionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { after, before, test } from 'node:test';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { zipOf } from '../../support/zip.ts';
import { DEAF, pythonMissing, RECORDER, shellBootstrap } from './programs.ts';

const skip = pythonMissing();
const HANDLER = `export const handler = async (event) => {
  console.log('the function runs');
  if (event === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { event, mark: process.env.MARK };
};`;

let platform: RunningPlatform;
let logs: CloudWatchLogsClient;
before(async () => {
  platform = await runPlatform();
  logs = new CloudWatchLogsClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
});
after(async () => {
  logs.destroy();
  await platform.close();
});

async function layer(LayerName: string, files: Readonly<Record<string, string>>): Promise<string> {
  const ZipFile = await zipOf(files, { executable: Object.keys(files) });
  const { LayerVersionArn } = await platform.lambda.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile } }));
  return LayerVersionArn ?? '';
}

/** All that was logged for a function, once a line of it says what is waited for. */
async function logOf(name: string, awaited: RegExp): Promise<string> {
  for (const deadlineMs = Date.now() + 20_000; ; await pause(50)) {
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }));
    const text = (events ?? []).map(({ message = '' }) => message.trimEnd()).join('\n');
    if (awaited.test(text)) return text;
    assert(Date.now() < deadlineMs, `the log never said ${String(awaited)}:\n${text}`);
  }
}

const count = (text: string, part: RegExp) => [...text.matchAll(part)].length;

const RUNTIMES: readonly (readonly [string, Partial<CreateFunctionCommandInput>, string])[] = [
  ['nodejs24.x', {}, HANDLER],
  [
    'python3.11',
    { Handler: 'index.handler' },
    'def handler(event, context):\n    print("the function runs")\n    return {"event": event}\n',
  ],
  ['provided.al2023', {}, shellBootstrap(`answer() { echo 'the function runs' >&2; ANSWER="{\\"event\\":$EVENT}"; }`)],
];
const FILES: Readonly<Record<string, string>> = {
  'nodejs24.x': 'index.mjs',
  'python3.11': 'index.py',
  'provided.al2023': 'bootstrap',
};

for (const [Runtime, more, source] of RUNTIMES) {
  test(`an extension beside ${Runtime} is told of invocations and of the end, and gets the telemetry`, { skip }, async () => {
    const name = `recorded-${Runtime.replace('.', '-')}`;
    const ZipFile = await zipOf({ [FILES[Runtime] ?? '']: source }, { executable: ['bootstrap'] });
    const Layers = [await layer('recorder', { 'extensions/recorder': RECORDER })];
    await platform.deploy(name, '', {
      Runtime: Runtime as 'nodejs24.x',
      MemorySize: 256,
      Timeout: 20,
      ...more,
      Layers,
      Code: { ZipFile },
    });
    for (const n of [1, 2]) assert.deepEqual(((await platform.invoke(name, n)).document as { event: number }).event, n);
    // A new configuration ends the instances of the old one.
    await platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, MemorySize: 257 }));
    const log = await logOf(name, /RECORDER SHUTDOWN/);
    assert.match(
      log,
      new RegExp(
        `RECORDER registered \\{"functionName": "${name}", "functionVersion": "\\$LATEST", "handler": "index.handler"\\} False`,
      ),
    );
    assert.match(log, /RECORDER subscribed .*"ValidationError"/);
    assert.match(log, /RECORDER subscribed "OK"/);
    assert.match(log, /RECORDER logs .*"Logs.NotSupported"/);
    assert.match(log, /RECORDER late .*"Telemetry.SubscriptionClosed"/);
    assert.match(log, /RECORDER unknown .*"Extension.InvalidExtensionIdentifier"/);
    assert.equal(count(log, /RECORDER INVOKE {2}[0-9a-f-]{36}/g), 2);
    assert.match(log, /RECORDER SHUTDOWN spindown/);
    assert.match(log, /RECORDER telemetry platform\.initStart .*"runtimeVersion": "(?:nodejs:24|python:3\.11|provided:al2023)"/);
    assert.match(log, /RECORDER telemetry platform\.initReport /);
    assert.equal(count(log, /RECORDER telemetry platform\.start /g), 2);
    assert.equal(count(log, /RECORDER telemetry function .*the function runs/g), 2);
    assert.equal(count(log, /RECORDER telemetry platform\.runtimeDone .*"status": "success"/g), 2);
    assert.equal(count(log, /RECORDER telemetry platform\.report .*"billedDurationMs"/g), 2);
  });
}

test('telemetry that cannot be delivered is told as lost, to those who can hear', { skip }, async () => {
  const Layers = [await layer('two', { 'extensions/deaf': DEAF, 'extensions/recorder': RECORDER })];
  await platform.deploy('unheard', HANDLER, { Layers, MemorySize: 512, Timeout: 20 });
  await platform.invoke('unheard');
  await platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'unheard', MemorySize: 513 }));
  const log = await logOf('unheard', /RECORDER SHUTDOWN/);
  assert.match(log, /DEAF subscribed "OK"/);
  assert.match(log, /RECORDER telemetry platform\.logsDropped .*"droppedRecords": [1-9].*ECONNREFUSED/);
  assert.match(log, /DEAF SHUTDOWN spindown/);
});

test('an extension hears of a timeout, after the invocation was answered with it', { skip }, async () => {
  const Layers = [await layer('recorder', { 'extensions/recorder': RECORDER })];
  await platform.deploy('hanging', HANDLER, { Layers, Timeout: 1, MemorySize: 256 });
  const { document } = await platform.invoke('hanging', 'hang');
  assert.match(JSON.stringify(document), /Task timed out after 1.00 seconds/);
  const log = await logOf('hanging', /RECORDER SHUTDOWN/);
  assert.match(log, /RECORDER SHUTDOWN timeout/);
  assert.match(log, /RECORDER telemetry platform\.runtimeDone .*"status": "timeout"/);
});

test('an extension that cannot be started, or that ends, fails its function in Lambda’s words', { skip }, async () => {
  const crash = await layer('crashing', { 'extensions/crash': '#!/bin/bash\nexit 5\n' });
  await platform.deploy('crashing', HANDLER, { Layers: [crash] });
  const crashed = await platform.invoke('crashing');
  assert.equal(crashed.FunctionError, 'Unhandled');
  assert.deepEqual(crashed.document, { errorType: 'Extension.Crash', errorMessage: 'Error: exit status 5: extension crash' });
  const { LayerVersionArn = '' } = await platform.lambda.send(
    new PublishLayerVersionCommand({
      LayerName: 'plain',
      Content: { ZipFile: await zipOf({ 'extensions/plain': '#!/bin/bash\n' }) },
    }),
  );
  await platform.deploy('plain', HANDLER, { Layers: [LayerVersionArn] });
  assert.match(JSON.stringify((await platform.invoke('plain')).document), /Extension\.LaunchError.*permission denied/);
});

test('a function inside which an extension registers is served as well', async () => {
  const script = `register() {
      exec 9<>"/dev/tcp/\${AWS_LAMBDA_RUNTIME_API%:*}/\${AWS_LAMBDA_RUNTIME_API#*:}"
      printf 'POST /2020-01-01/extension/register HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\nLambda-Extension-Name: inner\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "\${#1}" "$1" >&9
      cat <&9; exec 9<&-
    }
    A="$(register '{"events":["SHUTDOWN"]}' | tail -n 1)"
    answer() { ANSWER="[$A,$(register '{"events":["INVOKE"]}' | tail -n 1)]"; }`;
  await platform.deploy('inner', '', {
    Runtime: 'provided.al2023',
    Code: { ZipFile: await zipOf({ bootstrap: shellBootstrap(script) }, { executable: ['bootstrap'] }) },
  });
  assert.deepEqual((await platform.invoke('inner')).document, [
    { errorType: 'Extension.InvalidEventType', errorMessage: 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension' },
    { errorType: 'Extension.RegistrationClosed', errorMessage: 'Extension registration closed already' },
  ]);
});

test('a wrapper script starts the runtime, and may change its environment and arguments', { skip }, async () => {
  const wrapper = '#!/bin/bash\nexport MARK=wrapped ORIGINAL="$_HANDLER" _HANDLER=other.handler\necho "wrapping $1"\nexec "$@"\n';
  const Layers = [await layer('wrapper', { wrapper })];
  const Environment = { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrapper' } };
  const node = 'export const handler = async () => [process.env.MARK, process.env.ORIGINAL, process.env.AWS_LAMBDA_FUNCTION_NAME];';
  await platform.deploy('wrapped-node', '', { Layers, Environment, Code: { ZipFile: await zipOf({ 'other.mjs': node }) } });
  assert.deepEqual((await platform.invoke('wrapped-node')).document, ['wrapped', 'index.handler', 'wrapped-node']);
  const python =
    'import os\ndef handler(event, context):\n    return [os.environ[n] for n in ("MARK", "ORIGINAL", "AWS_LAMBDA_FUNCTION_NAME")]\n';
  const code = { Runtime: 'python3.11', Code: { ZipFile: await zipOf({ 'other.py': python }) } } as const;
  await platform.deploy('wrapped-python', '', { Layers, Environment, ...code });
  assert.deepEqual((await platform.invoke('wrapped-python')).document, ['wrapped', 'index.handler', 'wrapped-python']);
});

test('several invocations at once in one instance cannot be had together with a wrapper', async () => {
  const Environment = { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrapper' } };
  await platform.deploy('several', HANDLER, { Environment, Tags: { 'mayfly:instance-concurrency': '4' } });
  await assert.rejects(platform.invoke('several'), {
    name: 'InvalidParameterValueException',
    message: /instance-concurrency cannot be honoured for a function with a wrapper script/,
  });
});

test('a wrapper that is not there is said as such', async () => {
  await platform.deploy('unwrapped', HANDLER, { Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/nothing' } } });
  assert.match(
    JSON.stringify((await platform.invoke('unwrapped')).document),
    /Runtime\.InvalidEntrypoint.*nothing: no such file or directory/,
  );
});
