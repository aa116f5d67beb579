// The event of an HTTP request, field by field as AWS documents and sends it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urlEvent } from './url-event.ts';
import type { UrlEventSource } from './url-event.ts';
import { matchUrl } from './url-match.ts';

const URL_ID = 'abcdefghijklmnopqrstuvwxyz012345';

interface SeenEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

function eventOf(overrides: Partial<UrlEventSource> = {}) {
  const text = urlEvent({
    requestId: '11111111-2222-4333-8444-555555555555',
    nowMs: Date.UTC(2026, 2, 12, 19, 3, 58, 390),
    urlId: URL_ID,
    domainName: `${URL_ID}.lambda-url.us-east-1.localhost`,
    method: 'POST',
    httpVersion: '1.1',
    rawPath: '/my/path',
    rawQuery: '',
    rawHeaders: [],
    sourceIp: '127.0.0.1',
    port: 4566,
    traceHeader: 'Root=1-x',
    body: [],
    caller: undefined,
    ...overrides,
  });
  return JSON.parse(text.toString()) as SeenEvent;
}

const bodyOf = (type: string | undefined, ...parts: readonly (Uint8Array | string)[]) => {
  const { body: seen, isBase64Encoded } = eventOf({
    rawHeaders: type === undefined ? [] : ['Content-Type', type],
    body: parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
  });
  return [seen, isBase64Encoded];
};

test('an anonymous request is seen whole', () => {
  const event = eventOf({
    rawQuery: 'parameter1=value1&parameter1=value2&parameter2=value',
    rawHeaders: [
      'Header1',
      'value1',
      'header1',
      'value2',
      'User-Agent',
      'agent',
      'Cookie',
      'one=1; two=2',
      'Connection',
      'keep-alive',
    ],
    body: [Buffer.from('hello')],
  });
  assert.deepEqual(event, {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
    cookies: ['one=1', 'two=2'],
    headers: {
      header1: 'value1,value2',
      'user-agent': 'agent',
      cookie: 'one=1; two=2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '4566',
      'x-amzn-trace-id': 'Root=1-x',
    },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
    requestContext: {
      accountId: 'anonymous',
      apiId: URL_ID,
      domainName: `${URL_ID}.lambda-url.us-east-1.localhost`,
      domainPrefix: URL_ID,
      http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'agent' },
      requestId: '11111111-2222-4333-8444-555555555555',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1773342238390,
    },
    body: 'aGVsbG8=',
    isBase64Encoded: true,
  });
});

test('who signed is seen, and the signature is not', () => {
  const caller = {
    accountId: '000000000000',
    accessKeyId: 'AKIA1',
    userArn: 'arn:aws:iam::000000000000:root',
    userId: '000000000000',
  };
  const event = eventOf({
    caller,
    rawHeaders: ['Authorization', 'AWS4-HMAC-SHA256 …', 'X-Amz-Security-Token', 't', 'X-Amz-Date', 'd'],
  });
  assert.equal(event.requestContext['accountId'], '000000000000');
  assert.deepEqual(event.requestContext['authorizer'], {
    iam: {
      accessKey: 'AKIA1',
      accountId: '000000000000',
      callerId: '000000000000',
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: 'arn:aws:iam::000000000000:root',
      userId: '000000000000',
    },
  });
  assert.deepEqual(
    [event.headers['authorization'], event.headers['x-amz-security-token'], event.headers['x-amz-date']],
    [undefined, undefined, 'd'],
  );
  assert.equal(
    eventOf({ rawHeaders: ['Authorization', 'Bearer t'] }).headers['authorization'],
    'Bearer t',
    'where nobody signs, it is the function’s',
  );
});

test('text is text for exactly the types that AWS takes for it', () => {
  for (const type of [
    'text/plain',
    'text/html; charset=utf-8',
    'application/json',
    'application/json;charset=utf-8',
    'application/xml',
    'Application/JavaScript',
  ])
    assert.deepEqual(bodyOf(type, 'grüezi'), ['grüezi', false], type);
  for (const type of [undefined, 'application/x-www-form-urlencoded', 'application/ld+json', 'image/png', 'application/jsonl'])
    assert.deepEqual(bodyOf(type, 'a=1'), ['YT0x', true], String(type));
  assert.deepEqual(bodyOf('text/plain', Uint8Array.of(0xff, 0xfe)), ['//4=', true], 'no UTF-8 would survive as text');
  assert.deepEqual(bodyOf('application/json', ''), [undefined, false]);
});

test('large bodies arrive as they were, whatever is in them and wherever they lie in memory', () => {
  const plain = Buffer.alloc(20_000, 'abcdefgh ~!');
  for (const special of ['', '"', '\\', '\n', '\0', '\x1f', '\x7f', 'ü', '€', '😀'])
    for (let shift = 0; shift < 4; shift++)
      for (const at of [0, 1, 2, 3, 9_999, plain.length - 1]) {
        const whole = Buffer.concat([Buffer.alloc(shift), plain.subarray(0, at), Buffer.from(special), plain.subarray(at)]);
        const body = whole.subarray(shift);
        const seen = [body.toString(), false];
        assert.deepEqual(bodyOf('text/plain', body), seen, JSON.stringify([special, shift, at]));
        // Cut anywhere, also within a character.
        const inParts = bodyOf(
          'text/plain',
          body.subarray(0, at + 1),
          body.subarray(at + 1, 15_001),
          body.subarray(Math.max(at + 1, 15_001)),
        );
        assert.deepEqual(inParts, seen, `in parts: ${JSON.stringify([special, shift, at])}`);
      }
  assert.deepEqual(bodyOf('image/png', plain), [plain.toString('base64'), true]);
});

test('a query is decoded as far as it can be, and kept as it came', () => {
  const parameters = (rawQuery: string) => eventOf({ rawQuery }).queryStringParameters;
  assert.deepEqual(parameters('a=%C3%BC+b&flag&=v&b=100%'), { a: 'ü b', flag: '', '': 'v', b: '100%' });
  assert.equal(parameters(''), undefined);
});

test('no header or parameter can be taken for anything else', () => {
  const event = eventOf({
    rawQuery: '__proto__=1&constructor=2',
    rawHeaders: ['__proto__', 'x', 'X-Forwarded-For', '6.6.6.6', 'quote', '"\\'],
  });
  assert.deepEqual(Object.entries(event.queryStringParameters ?? {}), [
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
  assert.equal(Object.getOwnPropertyDescriptor(event.headers, '__proto__')?.value, 'x');
  assert.equal(event.headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(event.headers['quote'], '"\\');
});

test('a URL is told by its host or by its path, and by nothing else', () => {
  const match = (host: string | undefined, url: string) => matchUrl({ headers: host === undefined ? {} : { host }, url });
  assert.deepEqual(match(`${URL_ID}.lambda-url.us-east-1.localhost:4566`, '/a%20b?x=1?y'), {
    urlId: URL_ID,
    rawPath: '/a%20b',
    rawQuery: 'x=1?y',
    domainName: `${URL_ID}.lambda-url.us-east-1.localhost`,
  });
  assert.deepEqual(match('127.0.0.1:4566', `/_mayfly/url/${URL_ID}`), {
    urlId: URL_ID,
    rawPath: '/',
    rawQuery: '',
    domainName: undefined,
  });
  assert.deepEqual(match(undefined, `/_mayfly/url/${URL_ID}/x/?q`), {
    urlId: URL_ID,
    rawPath: '/x/',
    rawQuery: 'q',
    domainName: undefined,
  });
  assert.deepEqual(match(undefined, `/_mayfly/url/${URL_ID}?q`)?.rawPath, '/');
  for (const [host, url] of [
    ['127.0.0.1:4566', '/'],
    ['127.0.0.1', '/_mayfly/health'],
    ['127.0.0.1', `/_mayfly/url/${URL_ID}x`],
    ['127.0.0.1', '/_mayfly/url/short/'],
    [`${URL_ID}.lambda-urls.us-east-1.localhost`, '/'],
    [`${URL_ID}.s3.us-east-1.amazonaws.com.example`, '/'],
    [`${URL_ID}x.lambda-url.us-east-1.localhost`, '/'],
  ] as const)
    assert.equal(match(host, url), undefined, `${host}${url}`);
});
