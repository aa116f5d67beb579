// Function URLs over plain HTTP on the real platform: what callers send, what functions see, what comes back.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import { ROOT, runPlatform, urlIdOf } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let echo: string;

before(async () => {
  platform = await runPlatform();
  await platform.deploy(
    'echo',
    'export const handler = async (event) => event.queryStringParameters?.as ? JSON.parse(event.queryStringParameters.as) : event;',
  );
  echo = await platform.openUrl('echo');
});
after(() => platform.close());

interface Seen {
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** With fetch a HEAD, a Host header or a header twice could not be sent as it is meant. */
function send(url: string, options: { method?: string; headers?: Record<string, string | string[]>; body?: Buffer | string } = {}) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string; bytes: Buffer }>((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString(), bytes });
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

const returning = (answer: unknown) => `${echo}/?as=${encodeURIComponent(JSON.stringify(answer))}`;

test('a function sees the request, and its plain answer is JSON', async () => {
  const answer = await send(`${echo}/a%20b/c?x=1&x=2&y`, {
    method: 'PUT',
    headers: { 'X-Twice': ['a', 'b'], cookie: 'one=1; two=2', 'content-type': 'application/json' },
    body: '{"n":1}',
  });
  const seen = JSON.parse(answer.text) as Seen;
  assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json']);
  assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.equal(seen.rawPath, '/a%20b/c');
  assert.equal(seen.headers['x-twice'], 'a,b');
  assert.deepEqual(seen.cookies, ['one=1', 'two=2']);
  assert.deepEqual([seen.body, seen.isBase64Encoded], ['{"n":1}', false]);
  assert.equal(seen.requestContext['requestId'], answer.headers['x-amzn-requestid']);
  assert.equal(seen.requestContext['accountId'], 'anonymous');
});

test('a URL is reached by its host name as well, and only its own', async () => {
  const id = echo.split('/').at(-1) ?? '';
  const host = `${id}.lambda-url.us-east-1.localhost`;
  const seen = JSON.parse((await send(`${platform.endpoint}/x`, { headers: { host } })).text) as Seen;
  assert.deepEqual([seen.rawPath, seen.requestContext['domainName'], seen.requestContext['domainPrefix']], ['/x', host, id]);
  const other = await send(`${platform.endpoint}/`, { headers: { host: `${'0'.repeat(32)}.lambda-url.us-east-1.localhost` } });
  assert.equal(other.status, 404);
});

test('bytes come and go as they are', async () => {
  const bytes = Buffer.from([0, 255, 128, 10, 13]);
  const seen = JSON.parse(
    (await send(echo, { method: 'POST', headers: { 'content-type': 'image/png' }, body: bytes })).text,
  ) as Seen;
  assert.deepEqual([seen.body, seen.isBase64Encoded], [bytes.toString('base64'), true]);
  const answer = await send(
    returning({ statusCode: 200, headers: { 'content-type': 'image/png' }, body: bytes.toString('base64'), isBase64Encoded: true }),
  );
  assert.deepEqual([answer.bytes, answer.headers['content-type'], answer.headers['content-length']], [bytes, 'image/png', '5']);
});

test('status, headers and cookies are the function’s to say', async () => {
  const answer = await send(
    returning({
      statusCode: 418,
      headers: { 'X-Own': 'ü', 'content-type': 'text/plain' },
      body: 'tea',
      cookies: ['a=1; HttpOnly', 'b=2'],
    }),
  );
  assert.deepEqual([answer.status, answer.text, answer.headers['set-cookie']], [418, 'tea', ['a=1; HttpOnly', 'b=2']]);
  assert.equal((await send(returning({ statusCode: 204 }))).text, '');
  const redirect = await send(returning({ statusCode: 301, headers: { location: 'https://example.com/' } }));
  assert.deepEqual([redirect.status, redirect.headers['location']], [301, 'https://example.com/']);
});

test('HEAD has the headers of a GET and no body', async () => {
  const answer = await send(returning({ statusCode: 200, body: 'hello' }), { method: 'HEAD' });
  assert.deepEqual([answer.status, answer.headers['content-length'], answer.text], [200, '5', '']);
});

test('what is no valid answer, and what a function throws, is 502 without a word of it', async () => {
  for (const wrong of [{ statusCode: 'x' }, { statusCode: 200, body: {} }, { statusCode: 200, headers: { 'a b': '1' } }]) {
    const answer = await send(returning(wrong));
    assert.deepEqual([answer.status, answer.text], [502, '{"Message":"Internal Server Error"}'], JSON.stringify(wrong));
  }
  await platform.deploy('throws', 'export const handler = async () => { throw new Error("a secret"); };');
  const answer = await send(await platform.openUrl('throws'));
  assert.deepEqual([answer.status, answer.text], [502, '{"Message":"Internal Server Error"}']);
});

test('a request that is too large is refused, however it says so', async () => {
  const large = Buffer.alloc(6 * 1_048_576 + 1, 'x');
  const announced = await send(echo, { method: 'POST', headers: { 'content-length': String(large.length) }, body: large });
  assert.equal(announced.status, 413);
  const chunked = await send(echo, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: large });
  assert.equal(chunked.status, 413);
  // In base64 it no longer fits into an event.
  const encoded = await send(echo, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: large.subarray(0, 5 * 1_048_576),
  });
  assert.equal(encoded.status, 413);
});

test('throttled callers get 429', async () => {
  await platform.deploy('off', 'export const handler = async () => 1;');
  const url = await platform.openUrl('off');
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'off', ReservedConcurrentExecutions: 0 }));
  const answer = await send(url);
  assert.deepEqual(
    [answer.status, answer.text, answer.headers['x-amzn-errortype']],
    [429, '{"Message":"Rate Exceeded."}', 'TooManyRequestsException'],
  );
});

test('nobody may call until the policy says both that a URL may be used and that the function may be invoked', async () => {
  await platform.deploy('guarded', 'export const handler = async () => "in";');
  const { FunctionUrl } = await platform.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'guarded', AuthType: 'NONE' }),
  );
  const url = `${platform.endpoint}/_mayfly/url/${urlIdOf(FunctionUrl)}`;
  const permit = (statement: object) =>
    platform.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'guarded',
        StatementId: `s${Object.keys(statement).length}`,
        Action: '',
        Principal: '*',
        ...statement,
      }),
    );
  const forbidden = await send(url);
  assert.equal(forbidden.status, 403);
  assert.match(forbidden.text, /^\{"Message":"Forbidden\. For troubleshooting Function URL authorization issues, see: /);
  await permit({ Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' });
  assert.equal((await send(url)).status, 403, 'one of the two is not enough');
  await permit({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true, StatementId: 'both' });
  assert.equal((await send(url)).text, '"in"');
  await platform.lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'guarded' }));
  assert.equal((await send(url)).status, 404);
});

class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  readonly #parts: Buffer[] = [];

  constructor(secret?: string | Uint8Array) {
    this.#secret = secret;
  }

  update(data: string | Uint8Array): void {
    this.#parts.push(Buffer.from(data as Uint8Array));
  }

  async digest(): Promise<Uint8Array> {
    const hash = this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
    return hash.update(Buffer.concat(this.#parts)).digest();
  }
}

test('AWS_IAM asks for a signature of this account, and the function sees who signed', async () => {
  await platform.deploy('signed', 'export const handler = async (event) => event;');
  const { FunctionUrl } = await platform.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'signed', AuthType: 'AWS_IAM' }),
  );
  const host = new URL(FunctionUrl ?? '').host;
  const url = `${platform.endpoint}/path`;
  assert.equal((await send(url, { headers: { host } })).status, 403);
  const sign = async (secretAccessKey: string, body: string) => {
    const signer = new SignatureV4({
      service: 'lambda',
      region: 'us-east-1',
      credentials: { ...ROOT, secretAccessKey },
      sha256: Sha256 as never,
    });
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/path',
      query: { x: '1 2' },
      headers: { host, 'content-type': 'text/plain' },
      body,
    });
    return signed.headers;
  };
  const headers = await sign(ROOT.secretAccessKey, 'hello');
  const answer = await send(`${url}?x=1%202`, { method: 'POST', headers, body: 'hello' });
  assert.equal(answer.status, 200, answer.text);
  const { requestContext, headers: seen, body } = JSON.parse(answer.text) as Seen;
  assert.equal(body, 'hello');
  assert.equal((requestContext['authorizer'] as { iam: { userArn: string } }).iam.userArn, 'arn:aws:iam::000000000000:root');
  assert.deepEqual([requestContext['accountId'], seen['authorization']], ['000000000000', undefined]);
  assert.equal((await send(`${url}?x=1%202`, { method: 'POST', headers, body: 'other' })).status, 403, 'another body');
  assert.equal((await send(`${url}?x=2`, { method: 'POST', headers, body: 'hello' })).status, 403, 'another query');
  assert.equal(
    (await send(`${url}?x=1%202`, { method: 'POST', headers: await sign('wrong', 'hello'), body: 'hello' })).status,
    403,
  );
});

test('preflights are answered by the platform, whose rules stand above the function’s', async () => {
  await platform.deploy(
    'cors',
    'export const handler = async () => ({ statusCode: 200, headers: { "access-control-allow-origin": "*", "x-own": "1" }, body: "hi" });',
  );
  const url = await platform.openUrl('cors', {
    Cors: { AllowOrigins: ['https://app.example'], AllowMethods: ['GET'], AllowHeaders: ['x-own'], MaxAge: 60 },
  });
  const preflight = {
    origin: 'https://app.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'x-own',
  };
  const allowed = await send(url, { method: 'OPTIONS', headers: preflight });
  assert.deepEqual(
    [allowed.status, allowed.text, allowed.headers['access-control-allow-origin']],
    [200, '', 'https://app.example'],
  );
  assert.deepEqual([allowed.headers['access-control-allow-methods'], allowed.headers['access-control-max-age']], ['GET', '60']);
  const denied = await send(url, { method: 'OPTIONS', headers: { ...preflight, origin: 'https://evil.example' } });
  assert.equal(denied.headers['access-control-allow-origin'], undefined);
  const answer = await send(url, { headers: { origin: 'https://app.example' } });
  assert.deepEqual(
    [answer.headers['access-control-allow-origin'], answer.headers['x-own'], answer.text],
    ['https://app.example', '1', 'hi'],
  );
  assert.equal((await send(url)).headers['access-control-allow-origin'], undefined);
});

test('a caller who goes away does not end the function', async () => {
  await platform.deploy(
    'patient',
    'let ended = 0; export const handler = async (event) => { if (event.rawPath === "/ended") return ended; await new Promise((r) => setTimeout(r, 300)); ended += 1; return ended; };',
  );
  const url = await platform.openUrl('patient');
  assert.equal((await send(`${url}/ended`)).text, '0');
  await new Promise<void>((resolve) => {
    const request = httpRequest(url, { agent: false });
    request.on('error', () => resolve());
    request.end();
    setTimeout(() => request.destroy(), 100);
  });
  // The instance is busy until the abandoned call has ended; whoever asks it then finds the count.
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'patient', ReservedConcurrentExecutions: 1 }));
  let answer = await send(`${url}/ended`);
  for (const deadline = Date.now() + 10_000; answer.status === 429 && Date.now() < deadline;) answer = await send(`${url}/ended`);
  assert.equal(answer.text, '1');
});
