// Python functions with the real client on the real platform: context, logging, failures, layers, the endpoint.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreateFunctionCommandInput } from '@aws-sdk/client-lambda';
import { PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { zipOf } from '../../support/zip.ts';
import { moduleMissing, pythonMissing } from './programs.ts';

const skip = pythonMissing();
const skipBoto3 = skip === false ? moduleMissing('boto3') : skip;

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

async function deploy(name: string, source: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  const Code = { ZipFile: await zipOf({ 'index.py': source }) };
  await platform.deploy(name, '', { Runtime: 'python3.12', Code, ...more });
}

test('a function gets its event and the documented context', { skip }, async () => {
  const names = 'function_name function_version invoked_function_arn memory_limit_in_mb aws_request_id log_group_name tenant_id';
  await deploy(
    'context',
    `import os
def handler(event, context):
    seen = {name: getattr(context, name) for name in "${names}".split()}
    return {**seen, "event": event, "left": context.get_remaining_time_in_millis() <= 3000, "stream": context.log_stream_name,
            "identity": context.identity.cognito_identity_id, "client": context.client_context.custom, "app": context.client_context.client.app_title,
            "cwd": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], "trace": os.environ["_X_AMZN_TRACE_ID"]}
`,
  );
  const ClientContext = Buffer.from('{"custom":{"a":1},"client":{"app_title":"b"}}').toString('base64');
  const { document, $metadata } = await platform.invoke('context', { n: [1, 'ü'] }, { ClientContext });
  const { stream, trace, ...seen } = document as Readonly<Record<string, unknown>>;
  assert.deepEqual(seen, {
    function_name: 'context',
    function_version: '$LATEST',
    invoked_function_arn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
    memory_limit_in_mb: '128',
    aws_request_id: $metadata.requestId,
    log_group_name: '/aws/lambda/context',
    tenant_id: null,
    event: { n: [1, 'ü'] },
    left: true,
    identity: null,
    client: { a: 1 },
    app: 'b',
    cwd: true,
  });
  assert.match(String(stream), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.match(String(trace), /^Root=1-/);
});

test('what is logged has Lambda’s form, what is printed comes as it is', { skip }, async () => {
  await deploy(
    'logging',
    `import logging, sys
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def handler(event, context):
    print("printed"); sys.stderr.write("to stderr\\n")
    logger.debug("hidden"); logging.info("two\\nlines %d", 2)
    context.log("by the context")
    return None
`,
  );
  const { log = '', $metadata, document } = await platform.invoke('logging', {}, { LogType: 'Tail' });
  assert.equal(document, null);
  assert.match(log, /^printed$/m);
  assert.match(log, /^to stderr$/m);
  assert.match(log, /^by the context$/m);
  assert.match(
    log,
    new RegExp(`^\\[INFO\\]\\t\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\\t${$metadata.requestId}\\ttwo\\nlines 2$`, 'm'),
  );
  assert.doesNotMatch(log, /hidden/);
});

interface Failure {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly requestId: string;
  readonly stackTrace: readonly string[];
}

test('an exception is answered with its type, its message and its stack, and logged', { skip }, async () => {
  await deploy('raising', 'class Sad(Exception):\n    pass\ndef handler(event, context):\n    raise Sad("it is late")\n');
  const { FunctionError, document, log, $metadata } = await platform.invoke('raising', {}, { LogType: 'Tail' });
  const { stackTrace, ...failure } = document as Failure;
  assert.equal(FunctionError, 'Unhandled');
  assert.deepEqual(failure, { errorMessage: 'it is late', errorType: 'Sad', requestId: $metadata.requestId });
  assert.equal(stackTrace.length, 1);
  assert.match(stackTrace[0] ?? '', /^ {2}File ".*\/task\/index\.py", line 4, in handler\n/);
  assert.match(log ?? '', /^\[ERROR\] Sad: it is late\nTraceback \(most recent call last\):\n\u00a0\u00a0File /m);
  assert.equal((await platform.invoke('raising')).FunctionError, 'Unhandled', 'the instance goes on');
});

test('what cannot be loaded is said in Lambda’s words', { skip }, async () => {
  const failures: readonly (readonly [string, string, Partial<CreateFunctionCommandInput>, RegExp])[] = [
    [
      'no-module',
      '',
      { Handler: 'other.handler' },
      /Unable to import module 'other': No module named 'other'.*Runtime\.ImportModuleError/,
    ],
    ['no-import', 'import nothing_of_that_name', {}, /No module named 'nothing_of_that_name'.*Runtime\.ImportModuleError/],
    ['no-handler', 'x = 1', {}, /Handler 'handler' missing on module 'index'.*Runtime\.HandlerNotFound/],
    ['no-syntax', 'def handler(:', {}, /Syntax error in module 'index'.*Runtime\.UserCodeSyntaxError/],
    ['no-dot', 'x = 1', { Handler: 'handler' }, /Runtime\.MalformedHandlerName/],
    ['at-import', 'raise KeyError("config")', {}, /"errorType": ?"KeyError"/],
  ];
  for (const [name, source, more, expected] of failures) {
    await deploy(name, source, more);
    assert.match(JSON.stringify((await platform.invoke(name)).document), expected, name);
  }
});

test('what is no JSON cannot be answered; decimals and bytes can', { skip }, async () => {
  const values = '{"set": {1}, "decimals": [Decimal("1.5"), Decimal("12345678901234567890")], "bytes": b\'"as it is"\'}';
  await deploy('values', `from decimal import Decimal\ndef handler(event, context):\n    return ${values}[event]\n`);
  assert.match(
    JSON.stringify((await platform.invoke('values', 'set')).document),
    /Object of type set is not JSON serializable.*Runtime\.MarshalError/,
  );
  const { Payload } = await platform.invoke('values', 'decimals');
  assert.equal(Buffer.from(Payload ?? []).toString(), '[1.5, 12345678901234567890]');
  assert.equal((await platform.invoke('values', 'bytes')).document, 'as it is');
});

test('sys.exit ends the instance, as on Lambda', { skip }, async () => {
  await deploy(
    'leaving',
    'import sys\nprint("loaded")\ndef handler(event, context):\n    sys.exit(3) if event == "leave" else None\n',
  );
  const { document } = await platform.invoke('leaving', 'leave');
  assert.match(JSON.stringify(document), /Runtime\.ExitError.*exit status 3/);
  const next = await platform.invoke('leaving', 'stay', { LogType: 'Tail' });
  assert.equal(next.FunctionError, undefined);
});

test('a handler in a package, modules of layers, and PYTHONPATH are found', { skip }, async (t) => {
  if (platform.isolation.level !== 'bwrap') return t.skip('layers are not in /opt at this level');
  const ZipFile = await zipOf(
    { 'python/shared.py': 'WHO = "layer"\n', 'vendor/vendored.py': 'WHO = "vendor"\n', 'bin/tool': '#!/bin/sh\necho tool\n' },
    { executable: ['bin/tool'] },
  );
  const { LayerVersionArn = '' } = await platform.lambda.send(
    new PublishLayerVersionCommand({ LayerName: 'shared', Content: { ZipFile } }),
  );
  const source = `import os, subprocess, shared, vendored
from . import sibling
def handler(event, context):
    return [shared.WHO, vendored.WHO, sibling.WHO, subprocess.check_output(["tool"], text=True)]
`;
  const Code = { ZipFile: await zipOf({ 'app/main.py': source, 'app/sibling.py': 'WHO = "sibling"\n' }) };
  const more = {
    Handler: 'app/main.handler',
    Layers: [LayerVersionArn],
    Environment: { Variables: { PYTHONPATH: '/opt/vendor' } },
    Code,
  };
  await deploy('packaged', '', more);
  assert.deepEqual((await platform.invoke('packaged')).document, ['layer', 'vendor', 'sibling', 'tool\n']);
});

test('the endpoint is reached with the standard library', { skip }, async () => {
  const source = `import os, urllib.request, urllib.error
def handler(event, context):
    try:
        urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/bucket")
    except urllib.error.HTTPError as error:
        return [error.code, b"AccessDenied" in error.read()]
`;
  await deploy('reaching', source);
  assert.deepEqual((await platform.invoke('reaching')).document, [403, true]);
});

test('boto3 works with the function’s own credentials', { skip: skipBoto3 }, async () => {
  const s3 = new S3Client({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, forcePathStyle: true, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket: 'from-python' }));
  s3.destroy();
  const source = `import boto3
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket="from-python", Key="a", Body=b"x" * 300000)
    return len(s3.get_object(Bucket="from-python", Key="a")["Body"].read())
`;
  await deploy('boto', source, { Timeout: 20, MemorySize: 256 });
  assert.equal((await platform.invoke('boto')).document, 300_000);
});

test('more memory than a function has ends it alone', { skip }, async () => {
  await deploy(
    'hungry',
    'def handler(event, context):\n    return len(bytearray(400 * 1024 * 1024)) if event == "eat" else "well"\n',
  );
  const { document } = await platform.invoke('hungry', 'eat');
  assert.match(JSON.stringify(document), /Runtime\.OutOfMemory/);
  assert.equal((await platform.invoke('hungry', 'fast')).document, 'well');
});

test('a function that never ends is stopped', { skip }, async () => {
  await deploy('spinning', 'def handler(event, context):\n    while True:\n        pass\n', { Timeout: 1 });
  assert.match(JSON.stringify((await platform.invoke('spinning')).document), /Task timed out after 1\.00 seconds/);
});

test('a function that replaces what it finds still answers by the agent’s hands', { skip }, async () => {
  const source = `import json, os, sys, time, logging
def broken(*args, **kwargs):
    raise RuntimeError("poisoned")
def handler(event, context):
    json.loads = json.dumps = json.JSONDecoder.decode = os.read = os.write = os._exit = time.time = time.time_ns = broken
    logging.Logger.handle = broken
    sys.stdout = sys.stderr = sys.modules["json"] = None
    if event == "raise": raise ValueError("still told")
    return "still answered"
`;
  await deploy('poisoning', source);
  assert.equal((await platform.invoke('poisoning', 1)).document, 'still answered');
  assert.equal(((await platform.invoke('poisoning', 'raise')).document as Failure).errorMessage, 'still told');
  assert.equal((await platform.invoke('poisoning', 2)).document, 'still answered');
});

test('a function that writes on the channel itself ends its instance, and nobody else’s', { skip }, async () => {
  const source = `import os
def handler(event, context):
    if event == "garbage": os.write(3, b"\\xff" * 64)
    if event == "forged": os.write(3, b"\\x15\\0\\0\\0\\x43\\x0e\\0\\0\\0" + b'{"nonce":"00"}' + b'""')
    return "mine"
`;
  await deploy('forging', source);
  for (const event of ['garbage', 'forged']) {
    const { FunctionError, document } = await platform.invoke('forging', event);
    assert.equal(FunctionError, 'Unhandled');
    assert.match(JSON.stringify(document), /Runtime\.ExitError/);
  }
  assert.equal((await platform.invoke('forging', 'nothing')).document, 'mine');
});
