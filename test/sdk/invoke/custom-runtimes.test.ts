// Runtimes that functions bring themselves: any executable named bootstrap, over Lambda's Runtime API.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { InvokeCommand, InvokeWithResponseStreamCommand, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { zipOf } from '../../support/zip.ts';
import { compiledBootstrap, shellBootstrap, TUTORIAL_BOOTSTRAP } from './programs.ts';

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

const CUSTOM = { Runtime: 'provided.al2023', Handler: 'function.handler' } as const;

async function deploy(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await platform.deploy(name, '', { ...CUSTOM, Code: { ZipFile: await zipOf(files, { executable: ['bootstrap'] }) } });
}

test('a shell script is a runtime', async () => {
  const script = `echo "started in $PWD for $_HANDLER"
    answer() { echo "event $EVENT" >&2; ANSWER="{\\"event\\":$EVENT,\\"arn\\":\\"$(header Lambda-Runtime-Invoked-Function-Arn)\\",\\"path\\":\\"$PATH\\",\\"pwd\\":\\"$PWD\\"}"; }`;
  await deploy('shell', { bootstrap: shellBootstrap(script) });
  for (const n of [1, 2]) {
    const { document, log, FunctionError } = await platform.invoke('shell', { n }, { LogType: 'Tail' });
    const seen = document as Readonly<Record<string, unknown>>;
    assert.deepEqual([FunctionError, seen['event']], [undefined, { n }]);
    assert.equal(seen['arn'], 'arn:aws:lambda:us-east-1:000000000000:function:shell');
    assert.match(String(seen['pwd']), /\/task$/);
    assert.doesNotMatch(String(seen['path']), /lang/);
    assert.match(log ?? '', new RegExp(`^event \\{"n":${n}\\}$`, 'm'));
  }
});

test('the tutorial’s bootstrap runs as it is', { skip: existsSync('/usr/bin/curl') ? false : 'there is no curl' }, async () => {
  const handler = `function handler () { EVENT_DATA=$1; echo "$EVENT_DATA" 1>&2; RESPONSE="Echoing request: '$EVENT_DATA'"; echo $RESPONSE; }`;
  await deploy('tutorial', { bootstrap: TUTORIAL_BOOTSTRAP, 'function.sh': handler });
  const Event = Buffer.from('{"text":"Hello"}');
  const { Payload, FunctionError } = await platform.lambda.send(new InvokeCommand({ FunctionName: 'tutorial', Payload: Event }));
  assert.equal(FunctionError, undefined);
  assert.equal(Buffer.from(Payload ?? []).toString(), `Echoing request: '{"text":"Hello"}'`);
});

const compiled = compiledBootstrap();
test('a compiled program is a runtime', { skip: compiled === undefined ? 'there is no C compiler' : false }, async () => {
  await deploy('compiled', { bootstrap: compiled ?? '' });
  assert.deepEqual((await platform.invoke('compiled', { a: 1 })).document, { event: { a: 1 }, number: 1 });
  const { document, log } = await platform.invoke('compiled', 2, { LogType: 'Tail' });
  assert.deepEqual(document, { event: 2, number: 2 });
  assert.match(log ?? '', /^compiled code ran$/m);
});

test('what a runtime reports as an error is the function’s error', async () => {
  const script = `answer() { KIND=error; HEADER='Lambda-Runtime-Function-Error-Type: Runtime.Sad'; ANSWER='{"errorType":"Sad","errorMessage":"no","stackTrace":["here"]}'; }`;
  await deploy('sad', { bootstrap: shellBootstrap(script) });
  const { FunctionError, document } = await platform.invoke('sad');
  assert.equal(FunctionError, 'Unhandled');
  assert.deepEqual(document, { errorType: 'Sad', errorMessage: 'no', stackTrace: ['here'] });
});

test('answers to the wrong invocation, second answers and unknown addresses are refused in Lambda’s words', async () => {
  const script = `answer() {
    call POST /runtime/invocation/other/response 1; A="$BODY"
    call POST "/runtime/invocation/$ID/response" 1 'Lambda-Runtime-Invocation-Id: another'; B="$BODY"
    call POST /runtime/init/error '{}'; C="$BODY"
    call GET /runtime/invocation/next; AGAIN="$(header Lambda-Runtime-Aws-Request-Id)"
    call GET /runtime/nothing; D="\${HEADERS%%$'\\r'*}"; D="\${D%%$'\\n'*}"
    ECHO="$(sed -n 's/^Lambda-Runtime-Invocation-Id: //Ip' <<<"$NEXT")"
    ANSWER="[$A,$B,$C,\\"$D\\",\\"$([ "$AGAIN" = "$ID" ] && echo same)\\"]"; HEADER="Lambda-Runtime-Invocation-Id: $ECHO"
  }`;
  await deploy('strict', { bootstrap: shellBootstrap(script) });
  assert.deepEqual((await platform.invoke('strict')).document, [
    { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' },
    { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' },
    {
      errorType: 'InvalidStateTransition',
      errorMessage: 'State transition from Running to InitError failed for runtime. Error: State transition is not allowed',
    },
    'HTTP/1.1 404 Not Found',
    'same',
  ]);
});

/** Posts chunks in streaming mode: the sizes in $1, then trailers from $2. */
const STREAM = `stream() {
  exec 9<>"/dev/tcp/\${AWS_LAMBDA_RUNTIME_API%:*}/\${AWS_LAMBDA_RUNTIME_API#*:}"
  printf 'POST %s HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\nTransfer-Encoding: chunked\\r\\nContent-Type: text/x-test\\r\\nLambda-Runtime-Function-Response-Mode: streaming\\r\\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n' "/2018-06-01/runtime/invocation/$ID/response" >&9
  for size in $1; do printf '%x\\r\\n' "$size" >&9; head -c "$size" /dev/zero | tr '\\0' "\${size:0:1}" >&9; printf '\\r\\n' >&9; done
  printf '0\\r\\n%s\\r\\n' "$2" >&9
  cat <&9 >/dev/null; exec 9<&-
}`;

async function streamOf(FunctionName: string, payload = '{}') {
  const { EventStream = [], ResponseStreamContentType } = await platform.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(payload) }),
  );
  const chunks: Uint8Array[] = [];
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk?.Payload !== undefined) chunks.push(PayloadChunk.Payload);
    if (InvokeComplete !== undefined)
      return { text: Buffer.concat(chunks).toString(), complete: InvokeComplete, ResponseStreamContentType };
  }
  throw new Error('the stream ended without saying so');
}

test('a response in streaming mode is streamed on, and collected for those who want it whole', async () => {
  const sizes = '10 2000 300000 400000';
  await deploy('streaming', { bootstrap: shellBootstrap(`${STREAM}\nanswer() { stream '${sizes}' ''; }`) });
  const expected = sizes
    .split(' ')
    .map((size) => (size[0] ?? '').repeat(Number(size)))
    .join('');
  const { text, complete } = await streamOf('streaming');
  assert.equal(complete.ErrorCode, undefined);
  assert.equal(text.length, expected.length);
  assert.equal(text, expected);
  const { Payload } = await platform.lambda.send(new InvokeCommand({ FunctionName: 'streaming' }));
  assert.equal(Buffer.from(Payload ?? []).toString(), expected);
});

test('a streamed response that fails on its way says so at its end', async () => {
  const body = Buffer.from('{"errorType":"Sad","errorMessage":"half way"}').toString('base64');
  const trailers = `$(printf 'Lambda-Runtime-Function-Error-Type: Function.Sad\\r\\nLambda-Runtime-Function-Error-Body: ${body}\\r\\n.')`;
  const script = `${STREAM}\nanswer() { T="${trailers}"; stream '10' "\${T%.}"; }`;
  await deploy('failing', { bootstrap: shellBootstrap(script) });
  const { text, complete } = await streamOf('failing');
  assert.equal(text, '1111111111');
  assert.match(JSON.stringify(complete), /half way/);
  const { FunctionError, document } = await platform.invoke('failing');
  assert.deepEqual([FunctionError, document], ['Unhandled', { errorType: 'Sad', errorMessage: 'half way' }]);
});

test('a second answer is refused, and the first one stands', async () => {
  const script = `answer() { call POST "/runtime/invocation/$ID/response" '"first"'; ANSWER='"second"'; [ -n "$SEEN" ] && ANSWER=null; SEEN=1; }`;
  await deploy('twice', { bootstrap: shellBootstrap(script) });
  assert.equal((await platform.invoke('twice')).document, 'first');
});

test('too large an answer is refused with 413, and told to the caller', async () => {
  const script = `answer() { ANSWER="$(head -c 6300000 /dev/zero | tr '\\0' 'x')"; }`;
  await deploy('large', { bootstrap: shellBootstrap(script) });
  const { FunctionError, document } = await platform.invoke('large', {}, {});
  assert.equal(FunctionError, 'Unhandled');
  assert.equal((document as { errorType: string }).errorType, 'Function.ResponseSizeTooLarge');
});

test('a runtime that exits ends its instance, and the next invocation has a new one', async () => {
  const script = `answer() { [[ "$EVENT" == *leave* ]] && exit 7; ANSWER="$$"; }`;
  await deploy('leaving', { bootstrap: shellBootstrap(script) });
  const { FunctionError, document } = await platform.invoke('leaving', 'leave');
  assert.equal(FunctionError, 'Unhandled');
  const failure = document as { errorType: string; errorMessage: string };
  assert.equal(failure.errorType, 'Runtime.ExitError');
  assert.match(failure.errorMessage, /Runtime exited with error: exit status 7$/);
  assert.equal((await platform.invoke('leaving', 'stay')).FunctionError, undefined);
});

test('a runtime that takes too much memory, or too long, ends alone', async () => {
  const script = `answer() { case "$EVENT" in *memory*) tail /dev/zero ;; *time*) sleep 60 ;; esac; ANSWER='"well"'; }`;
  await deploy('greedy', { bootstrap: shellBootstrap(script) });
  assert.match(JSON.stringify((await platform.invoke('greedy', 'memory')).document), /Runtime\.OutOfMemory/);
  assert.match(JSON.stringify((await platform.invoke('greedy', 'time')).document), /Task timed out after 3\.00 seconds/);
  assert.equal((await platform.invoke('greedy', 'neither')).document, 'well');
});

test('what a runtime reports while it starts is the error of the invocation that started it', async () => {
  const bootstrap = shellBootstrap(
    `call POST /runtime/init/error '{"errorType":"Runtime.NoModule","errorMessage":"nothing to run"}'; sleep 5`,
  );
  await deploy('unready', { bootstrap });
  const { FunctionError, document } = await platform.invoke('unready');
  assert.equal(FunctionError, 'Unhandled');
  assert.deepEqual(document, { errorType: 'Runtime.NoModule', errorMessage: 'nothing to run' });
});

test('no bootstrap, one that may not be executed, and one that is no program are said as such', async () => {
  await platform.deploy('none', '', { ...CUSTOM, Code: { ZipFile: await zipOf({ other: 'x' }) } });
  assert.match(
    JSON.stringify((await platform.invoke('none')).document),
    /Runtime\.InvalidEntrypoint.*Couldn't find valid bootstrap\(s\)/,
  );
  await platform.deploy('closed', '', { ...CUSTOM, Code: { ZipFile: await zipOf({ bootstrap: '#!/bin/bash\n' }) } });
  assert.match(
    JSON.stringify((await platform.invoke('closed')).document),
    /Runtime\.InvalidEntrypoint.*bootstrap: permission denied/,
  );
  await deploy('gibberish', { bootstrap: '\u007fELF is not all that it takes' });
  assert.match(JSON.stringify((await platform.invoke('gibberish')).document), /Runtime\.InvalidEntrypoint.*exec format error/);
  await deploy('unmarked', { bootstrap: 'echo a script that does not say for what\n' });
  assert.match(JSON.stringify((await platform.invoke('unmarked')).document), /Runtime\.InvalidEntrypoint.*exec format error/);
});

test('a bootstrap may come in a layer', async () => {
  const bootstrap = shellBootstrap(`answer() { ANSWER="\\"from a layer: $(cat "$LAMBDA_TASK_ROOT/words")\\""; }`);
  const { LayerVersionArn } = await platform.lambda.send(
    new PublishLayerVersionCommand({
      LayerName: 'runtime',
      Content: { ZipFile: await zipOf({ bootstrap }, { executable: ['bootstrap'] }) },
    }),
  );
  await platform.deploy('layered', '', {
    ...CUSTOM,
    Runtime: 'provided.al2',
    Layers: [LayerVersionArn ?? ''],
    Code: { ZipFile: await zipOf({ words: 'hello' }) },
  });
  assert.equal((await platform.invoke('layered')).document, 'from a layer: hello');
});
