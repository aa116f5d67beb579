// What functions return, and what HTTP callers get of it; CORS on top.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urlAnswer } from './url-answer.ts';
import { isPreflight, preflightHeaders, withCors } from './url-cors.ts';

const JSON_TYPE = ['content-type', 'application/json'];

function answer(returned: unknown) {
  const found = urlAnswer(Buffer.from(typeof returned === 'string' ? returned : JSON.stringify(returned)));
  return found && { status: found.status, headers: found.headers, body: Buffer.from(found.body).toString() };
}

test('anything without a status code is the body, as JSON', () => {
  assert.deepEqual(answer('"Hello, world!"'), { status: 200, headers: JSON_TYPE, body: '"Hello, world!"' });
  assert.deepEqual(answer('{"message": "hi"}'), { status: 200, headers: JSON_TYPE, body: '{"message": "hi"}' });
  assert.deepEqual(answer('null'), { status: 200, headers: JSON_TYPE, body: 'null' });
  assert.deepEqual(answer([1]), { status: 200, headers: JSON_TYPE, body: '[1]' });
});

test('an object with a status code says how it is answered', () => {
  assert.deepEqual(
    answer({
      statusCode: 201,
      headers: { 'Content-Type': 'text/plain', 'X-Count': 3, 'X-None': null },
      body: 'made',
      cookies: ['a=1; Secure', 'b=2'],
    }),
    {
      status: 201,
      headers: ['content-type', 'text/plain', 'x-count', '3', 'set-cookie', 'a=1; Secure', 'set-cookie', 'b=2'],
      body: 'made',
    },
  );
  assert.deepEqual(answer({ statusCode: 404 }), { status: 404, headers: JSON_TYPE, body: '' });
  assert.deepEqual(answer({ statusCode: '302', headers: { location: '/x' } })?.headers, ['location', '/x', ...JSON_TYPE]);
  assert.deepEqual(urlAnswer(Buffer.from('{"statusCode":200,"body":"AP8=","isBase64Encoded":true}'))?.body, Buffer.of(0, 255));
});

test('a function cannot speak for the connection, nor give the body another length', () => {
  assert.deepEqual(
    answer({
      statusCode: 200,
      headers: { 'Content-Length': '3', connection: 'close', 'Transfer-Encoding': 'chunked' },
      body: 'hello',
    })?.headers,
    JSON_TYPE,
  );
});

test('what says that it is an answer and is none gets the caller 502', () => {
  for (const wrong of [
    { statusCode: 99 },
    { statusCode: 600 },
    { statusCode: 200.5 },
    { statusCode: 'ok' },
    { statusCode: null },
    { statusCode: 200, body: { not: 'text' } },
    { statusCode: 200, headers: ['x'] },
    { statusCode: 200, headers: { 'bad name': 'x' } },
    { statusCode: 200, headers: { x: 'a\r\nset-cookie: y' } },
    { statusCode: 200, headers: { x: { y: 1 } } },
    { statusCode: 200, cookies: 'a=1' },
    { statusCode: 200, cookies: ['a\nb'] },
  ])
    assert.equal(answer(wrong), undefined, JSON.stringify(wrong));
  assert.equal(answer('no JSON at all'), undefined);
});

const CORS = {
  allowCredentials: undefined,
  allowHeaders: ['Content-Type'],
  allowMethods: ['GET', 'POST'],
  allowOrigins: ['https://app.example'],
  exposeHeaders: ['X-Count'],
  maxAgeSeconds: 60,
};
const asked = (origin: string, method: string, headers?: string) => ({
  origin,
  'access-control-request-method': method,
  ...(headers === undefined ? undefined : { 'access-control-request-headers': headers }),
});

test('a preflight is answered by the rules, and with nothing where they do not allow it', () => {
  assert.equal(isPreflight('OPTIONS', asked('https://app.example', 'GET')), true);
  assert.equal(isPreflight('OPTIONS', { origin: 'https://app.example' }), false);
  assert.equal(isPreflight('GET', asked('https://app.example', 'GET')), false);
  assert.deepEqual(preflightHeaders(CORS, asked('https://app.example', 'POST', 'content-type')), [
    'access-control-allow-origin',
    'https://app.example',
    'vary',
    'Origin',
    'access-control-allow-methods',
    'GET,POST',
    'access-control-allow-headers',
    'Content-Type',
    'access-control-max-age',
    '60',
  ]);
  assert.deepEqual(preflightHeaders(CORS, asked('https://evil.example', 'POST')), []);
  assert.deepEqual(preflightHeaders(CORS, asked('https://app.example', 'DELETE')), []);
  assert.deepEqual(preflightHeaders(CORS, asked('https://app.example', 'GET', 'x-secret')), []);
});

test('with credentials nothing is answered with an asterisk', () => {
  const open = {
    ...CORS,
    allowCredentials: true,
    allowHeaders: ['*'],
    allowMethods: ['*'],
    allowOrigins: ['*'],
    maxAgeSeconds: undefined,
  };
  assert.deepEqual(preflightHeaders(open, asked('https://a.example', 'PUT', 'X-One, x-two')), [
    'access-control-allow-origin',
    'https://a.example',
    'access-control-allow-credentials',
    'true',
    'vary',
    'Origin',
    'access-control-allow-methods',
    'PUT',
    'access-control-allow-headers',
    'x-one,x-two',
  ]);
});

test('the rules of the URL replace what the function said about origins', () => {
  const own = ['content-type', 'text/plain', 'access-control-allow-origin', '*', 'access-control-allow-methods', 'PUT'];
  assert.deepEqual(withCors(CORS, 'https://app.example', own), [
    'content-type',
    'text/plain',
    'access-control-allow-origin',
    'https://app.example',
    'vary',
    'Origin',
    'access-control-expose-headers',
    'X-Count',
  ]);
  assert.deepEqual(withCors(CORS, undefined, own), ['content-type', 'text/plain']);
  assert.deepEqual(withCors({ ...CORS, allowOrigins: ['*'], exposeHeaders: undefined }, 'https://b.example', []), [
    'access-control-allow-origin',
    '*',
  ]);
});

test('a large body is the same whichever way it is written down', () => {
  const large = 'x'.repeat(100_000);
  const bodies = [large, `${large}ü€😀`, `${large}"quoted"`, `"${large}`, `${large}\\`, `${large}\n\0`, '', `","body":"${large}`];
  for (const body of bodies)
    for (const more of [{}, { headers: { body: large, 'x-a': '"body":"' } }, { cookies: ['a=1'] }])
      for (const document of [
        { statusCode: 201, ...more, body },
        { body, ...more, statusCode: 201 },
      ]) {
        const answered = urlAnswer(Buffer.from(JSON.stringify(document)));
        assert.equal(answered?.status, 201);
        assert.ok(Buffer.from(answered.body).equals(Buffer.from(body)), `${body.slice(0, 20)} … ${body.slice(-20)}`);
      }
});

test('a large body in base64 is decoded, and one that is no answer stays what it is', () => {
  const bytes = Buffer.alloc(100_000, 7);
  const encoded = { statusCode: 200, isBase64Encoded: true, body: bytes.toString('base64') };
  assert.ok(bytes.equals(Buffer.from(urlAnswer(Buffer.from(JSON.stringify(encoded)))?.body ?? '')));
  const plain = Buffer.from(JSON.stringify({ body: 'x'.repeat(100_000) }));
  assert.deepEqual(urlAnswer(plain), { status: 200, headers: JSON_TYPE, body: plain });
  assert.equal(urlAnswer(Buffer.from(JSON.stringify({ statusCode: 99, body: 'x'.repeat(100_000) }))), undefined);
});
