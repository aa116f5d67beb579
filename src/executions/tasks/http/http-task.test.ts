// HTTP tasks against a server that follows a script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, LIMITS } from '#kernel';
import type { Json, JsonObject } from '#workflows';
import { startedTask } from '../../../../test/support/started-task.ts';
import type { TaskEnd } from '../task-port.ts';
import { HttpTasks } from './http-task.ts';
import type { ConnectionAdditions, HttpAnswer, HttpRequest } from './http-port.ts';

const RESOURCE = 'arn:aws:states:::http:invoke';
const CONNECTION = 'arn:aws:events:us-east-1:000000000000:connection/shop/1';
const CALL = { ApiEndpoint: 'https://api.example.com/orders', Method: 'POST', InvocationConfig: { ConnectionArn: CONNECTION } };

type Answered = Extract<HttpAnswer, { kind: 'answered' }>;

function answer(body: string | Uint8Array, more: Partial<Answered> = {}): Answered {
  return {
    kind: 'answered',
    status: 200,
    statusText: 'OK',
    headers: [['content-type', ['application/json']]],
    content: Buffer.from(body),
    isCut: false,
    ...more,
  };
}

type Added = Partial<ConnectionAdditions> | Error | ((renew: boolean) => Partial<ConnectionAdditions>);

function house(answers: readonly HttpAnswer[] = [answer('{"ok":true}')], added: Added = {}) {
  const sent: HttpRequest[] = [];
  const renewed: boolean[] = [];
  const tasks = new HttpTasks({
    http: {
      async exchange(request) {
        sent.push(request);
        const next = answers[sent.length - 1];
        assert(next !== undefined, 'nobody answers');
        return next;
      },
    },
    connections: {
      async additionsOf(_scope, _arn, { renew }) {
        renewed.push(renew);
        if (added instanceof Error) throw added;
        return { headers: {}, query: {}, body: {}, ...(typeof added === 'function' ? added(renew) : added) };
      },
    },
  });
  return {
    sent,
    renewed,
    run: (input: Json, signal?: AbortSignal) => tasks.run(startedTask(RESOURCE, input, signal === undefined ? {} : { signal })),
    test: (input: Json, revealSecrets: boolean) => tasks.test(startedTask(RESOURCE, input), { revealSecrets }),
  };
}

function failure(end: TaskEnd): readonly [string, string] {
  assert(end.kind === 'failed', end.kind);
  return [end.error, end.cause];
}

const bodyOf = ({ body }: HttpRequest) => Buffer.from(body).toString();

test('a request is what the task and its connection say together, and the connection wins', async () => {
  const h = house(undefined, {
    headers: { authorization: 'Basic eA==', 'header-param': 'of the connection' },
    query: { QueryParam: 'of the connection' },
    body: { BodyParam: 'of the connection' },
  });
  await h.run({
    ...CALL,
    Headers: { 'Request-Id': '1', 'Header-Param': 'of the task', Many: ['a', 'b'] },
    QueryParameters: { QueryParam: 'of the task', list: ['x', 'y z'] },
    RequestBody: { Job: 'Engineer', BodyParam: 'of the task' },
  });
  const [request] = h.sent;
  assert(request !== undefined);
  assert.equal(request.url, 'https://api.example.com/orders?QueryParam=of+the+connection&list=x&list=y+z');
  assert.deepEqual(request.headers, {
    'Request-Id': '1',
    'header-param': 'of the connection',
    Many: 'a, b',
    authorization: 'Basic eA==',
    'User-Agent': 'Amazon|StepFunctions|HttpInvoke|us-east-1',
    Range: 'bytes=0-262144',
    'Content-Type': 'application/json; charset=UTF-8',
  });
  assert.equal(bodyOf(request), '{"Job":"Engineer","BodyParam":"of the connection"}');
  assert.equal(request.timeoutMs, 60_000);
  assert.deepEqual(h.renewed, [false]);
});

test('an answer is its headers, its body and its status', async () => {
  const end = await house([
    answer('{"ok":true}', {
      headers: [
        ['content-type', ['application/json; charset=utf-8']],
        ['set-cookie', ['a=1', 'b=2']],
      ],
    }),
  ]).run(CALL);
  assert.deepEqual(end, {
    kind: 'succeeded',
    output: {
      Headers: { 'content-type': ['application/json; charset=utf-8'], 'set-cookie': ['a=1', 'b=2'] },
      ResponseBody: { ok: true },
      StatusCode: 200,
      StatusText: 'OK',
    },
  });
});

test('what is no JSON stays a text', async () => {
  const body = async (text: string, type: string) => {
    const end = await house([answer(text, { headers: [['content-type', [type]]] })]).run(CALL);
    assert(end.kind === 'succeeded');
    return (end.output as JsonObject)['ResponseBody'];
  };
  assert.equal(await body('{"a":1}', 'text/plain'), '{"a":1}');
  assert.deepEqual(await body('{"a":1}', 'application/problem+json'), { a: 1 });
  assert.equal(await body('{', 'application/json'), '{');
  assert.equal(await body('', 'application/json'), '');
});

test('a status of failure has its name, its text is the cause', async () => {
  for (const [status, statusText] of [
    [400, 'Bad Request'],
    [503, 'Service Unavailable'],
    [302, 'Found'],
  ] as const)
    assert.deepEqual(failure(await house([answer('no', { status, statusText })]).run(CALL)), [
      `States.Http.StatusCode.${status}`,
      statusText,
    ]);
});

test('a server that is not reached, or not to be reached, fails the task; a task that is over is interrupted', async () => {
  const gone: HttpAnswer = { kind: 'unreachable', reason: 'it did not answer in time.' };
  assert.deepEqual(failure(await house([gone]).run(CALL)), ['States.Http.Socket', 'it did not answer in time.']);
  assert.deepEqual(failure(await house([{ kind: 'refused', reason: 'not public' }]).run(CALL)), [
    'States.Permissions',
    'not public',
  ]);
  assert.deepEqual(await house([gone]).run(CALL, AbortSignal.abort()), { kind: 'interrupted' });
});

test('answers that a state cannot hold are refused', async () => {
  assert.equal(failure(await house([answer('x', { isCut: true })]).run(CALL))[0], 'States.DataLimitExceeded');
  for (const type of ['application/octet-stream', 'image/png', 'Video/mp4', 'audio/ogg'])
    assert.equal(failure(await house([answer('x', { headers: [['content-type', [type]]] })]).run(CALL))[0], 'States.Runtime');
  const binary = answer(Uint8Array.of(0xff, 0xfe), { headers: [] });
  assert.deepEqual(failure(await house([binary]).run(CALL)), ['States.Runtime', 'The response cannot be read as a text.']);
});

test('a token that the server does not take is renewed once', async () => {
  const denied = answer('', { status: 401, statusText: 'Unauthorized' });
  const token = (renew: boolean) => ({ headers: { authorization: renew ? 'Bearer new' : 'Bearer old' } });
  const h = house([denied, answer('{}')], token);
  assert.equal((await h.run(CALL)).kind, 'succeeded');
  assert.deepEqual(h.renewed, [false, true]);
  assert.equal(failure(await house([denied, denied], token).run(CALL))[0], 'States.Http.StatusCode.401');
});

test('a key that the server does not take is not sent again', async () => {
  const h = house([answer('', { status: 401, statusText: 'Unauthorized' })], { headers: { 'x-key': 'k' } });
  assert.equal(failure(await h.run({ ...CALL, RequestBody: { a: 1 } }))[0], 'States.Http.StatusCode.401');
  assert.equal(h.sent.length, 1);
});

test('a request that has no body is shown without one', async () => {
  const h = house(undefined, { body: { token: 'secret' } });
  for (const Method of ['GET', 'HEAD']) {
    const form = { RequestBodyEncoding: 'URL_ENCODED' };
    const { http } = await house(undefined, { body: { token: 'x' } }).test(
      { ...CALL, Method, RequestBody: { a: 1 }, Transform: form },
      true,
    );
    assert.equal(http?.request.body, undefined);
  }
  await h.run({ ...CALL, Method: 'GET', RequestBody: { a: 1 } });
  assert.equal(h.sent.map(bodyOf).join(), '');
});

test('a connection that is not there, or has nothing to say, fails the task before anything is sent', async () => {
  const missing = house([], new ApiError('ResourceNotFoundException', 'The connection does not exist.'));
  assert.deepEqual(failure(await missing.run(CALL)), [
    'Events.ConnectionResource.ResourceNotFound',
    'The connection does not exist.',
  ]);
  const empty = house([], new ApiError('AccessDeniedException', 'no secrets'));
  assert.equal(failure(await empty.run(CALL))[0], 'Events.ConnectionResource.InvalidConnectionState');
  await assert.rejects(house([], new TypeError('a bug')).run(CALL), TypeError);
});

test('a form is encoded where its header says so', async () => {
  const h = house();
  const form = { Headers: { 'content-type': 'application/x-www-form-urlencoded' }, RequestBody: { a: ['x', 'y'] } };
  await h.run({
    ...CALL,
    ...form,
    Transform: { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat: 'REPEAT' } },
  });
  assert.equal(h.sent.map(bodyOf).join(), 'a=x&a=y');
  const bare = await house().run({ ...CALL, RequestBody: { a: 1 }, Transform: { RequestBodyEncoding: 'URL_ENCODED' } });
  assert.match(failure(bare)[1], /content-type must be application\/x-www-form-urlencoded/);
});

test('a body that is a text goes as it is, unless the connection has members to add', async () => {
  const h = house();
  await h.run({ ...CALL, RequestBody: 'plain' });
  assert.equal(h.sent.map(bodyOf).join(), 'plain');
  const unmergeable = await house([], { body: { a: '1' } }).run({ ...CALL, RequestBody: 'plain' });
  assert.equal(failure(unmergeable)[0], 'States.Runtime');
});

test('parameters that AWS refuses are refused', async () => {
  const complaints = async (input: Json) => {
    const [error, cause] = failure(await house([]).run(input));
    assert.equal(error, 'States.Runtime');
    return /could not be used to start the Task: \[(.*)\]$/s.exec(cause)?.[1];
  };
  assert.equal(
    await complaints({}),
    "The field 'ApiEndpoint' is required but was missing, The field 'Method' is required but was missing, The field 'InvocationConfig' is required but was missing",
  );
  assert.match((await complaints({ ...CALL, Method: 'TRACE' })) ?? '', /The value of the field 'Method' has an invalid format/);
  assert.match((await complaints({ ...CALL, ApiEndpoint: 'ftp://x' })) ?? '', /'ApiEndpoint' has an invalid format/);
  assert.match((await complaints({ ...CALL, Other: 1 })) ?? '', /The field 'Other' is not supported by Step Functions/);
  for (const name of ['Authorization', 'host', 'X-Amz-Date', 'x-forwarded-for', 'Transfer-Encoding'])
    assert.equal(await complaints({ ...CALL, Headers: { [name]: 'x' } }), `The header '${name}' cannot be used in an HTTP Task`);
  assert.match((await complaints({ ...CALL, Headers: { a: 'x\r\nb: y' } })) ?? '', /'Headers' has an invalid format/);
  assert.match((await complaints({ ...CALL, QueryParameters: { a: {} } })) ?? '', /'QueryParameters' has an invalid format/);
  assert.match(
    (await complaints({ ...CALL, Transform: { RequestBodyEncoding: 'x' } })) ?? '',
    /'RequestBodyEncoding' has an invalid format/,
  );
});

test('TestState sees what was sent and answered, and a connection’s secrets only when it may', async () => {
  const added = { headers: { authorization: 'Basic secret' }, query: { key: 'secret' }, body: { token: 'secret' } };
  const input = { ...CALL, Headers: { definitionHeader: 'h1' }, RequestBody: { message: 'hi' }, QueryParameters: { q: '1' } };
  const { http: open } = await house(undefined, added).test(input, true);
  assert.deepEqual(open, {
    request: {
      protocol: 'https',
      method: 'POST',
      url: 'https://api.example.com/orders?q=1&key=secret',
      headers:
        '[definitionHeader: h1, authorization: Basic secret, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]',
      body: '{"message":"hi","token":"secret"}',
    },
    response: {
      protocol: 'https',
      statusCode: '200',
      statusMessage: 'OK',
      headers: '[content-type: application/json]',
      body: '{"ok":true}',
    },
  });
  const { http: closed, end } = await house(undefined, added).test(input, false);
  assert.equal(JSON.stringify(closed).includes('secret'), false);
  assert.equal(closed?.request.body, '{"message":"hi"}');
  assert.equal(end.kind, 'succeeded');
});

test('an answer may be as large as a state’s data', async () => {
  const h = house();
  await h.run(CALL);
  assert.equal(h.sent[0]?.answerBytes, LIMITS.statePayloadBytes);
});
