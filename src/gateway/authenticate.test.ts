// Who gets in, over real sockets: signatures, keys, tokens, times, and doors that take functions alone.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { FUNCTION, openGatewayHouse, parseAnswer, readToEnd, ROOT } from '../../test/support/gateway-house.ts';
import type { GatewayHouse, RawRequest } from '../../test/support/gateway-house.ts';
import { invoke, NOTING_SERVICES, seen } from '../../test/support/noting-services.ts';

const houses: GatewayHouse[] = [];
after(async () => {
  await Promise.all(houses.map((house) => house.gateway.close(0).catch(() => undefined)));
});

async function open(options: Parameters<typeof openGatewayHouse>[1] = {}): Promise<GatewayHouse> {
  const house = await openGatewayHouse(NOTING_SERVICES, options);
  houses.push(house);
  return house;
}

const house = await open();

test('what is unsigned is denied in the words of the service that was asked', async () => {
  const unsigned = (request: string) =>
    house.converse(`${request}\r\nHost: 127.0.0.1\r\nConnection: close\r\n`.replace(/\r\n$/, '\r\n\r\n')).then(parseAnswer);
  const s3 = await unsigned('GET / HTTP/1.1');
  assert.equal(s3.status, 403);
  assert.match(
    s3.text,
    /<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message><Resource>\/<\/Resource><RequestId>[0-9a-f-]{36}</,
  );
  assert.match(s3.headers['x-amz-request-id'] ?? '', /^[0-9a-f-]{36}$/);
  const json = await unsigned('POST / HTTP/1.1\r\nX-Amz-Target: GraniteServiceVersion20100801.PutMetricData');
  assert.deepEqual(
    [json.status, json.text],
    [403, '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}'],
  );
  const query = await unsigned('GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1');
  assert.match(query.text, /<Code>MissingAuthenticationToken<\/Code>/);
});

test('what a service lists is reached by anybody, as nobody', async () => {
  const form =
    'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=sess&WebIdentityToken=tokn';
  const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n`;
  assert.equal(parseAnswer(await house.converse(head + form)).status, 200);
  assert.equal(seen.context?.principal.kind, 'anonymous');
  assert.equal(seen.input?.['RoleSessionName'], 'sess');
  assert.equal(parseAnswer(await house.converse('GET /b/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).status, 200);
  assert.equal(seen.context?.principal.kind, 'anonymous');
  assert.equal(
    parseAnswer(await house.converse('PUT /b/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')).status,
    403,
  );
});

test('a wrong signature, key, token, time or service is denied', async () => {
  const cases: [Partial<RawRequest>, RegExp][] = [
    [{ key: { ...ROOT, secretAccessKey: 'wrong' } }, /InvalidSignatureException/],
    [{ key: { ...ROOT, accessKeyId: 'AKIANOBODY' } }, /UnrecognizedClientException/],
    [{ key: { ...ROOT, accessKeyId: '__proto__' } }, /UnrecognizedClientException/],
    [{ key: { ...FUNCTION, sessionToken: 'another' } }, /UnrecognizedClientException/],
    [{ key: { accessKeyId: FUNCTION.accessKeyId, secretAccessKey: FUNCTION.secretAccessKey } }, /UnrecognizedClientException/],
    [{ key: { ...ROOT, sessionToken: 'stray' } }, /UnrecognizedClientException/],
    [{ tamper: (headers) => void (headers['x-amz-log-type'] = 'Tail') }, /InvalidSignatureException/],
    [{ tamper: (headers) => void (headers['authorization'] = 'Bearer token') }, /AccessDenied|IncompleteSignature|InvalidRequest/],
    [{ payloadHash: 'UNSIGNED-PAYLOAD' }, /InvalidSignatureException/],
    [{ payloadHash: '0'.repeat(64) }, /InvalidSignatureException/],
  ];
  for (const [change, errorType] of cases) {
    const answer = await house.send(invoke(change));
    assert.ok(answer.status === 403 || answer.status === 400, answer.text);
    assert.match(`${answer.headers['x-amzn-errortype']} ${answer.text}`, errorType);
  }
  const elsewhere = await house.send({
    url: '/',
    service: 'sqs',
    headers: { 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' },
    body: '{}',
  });
  assert.match(elsewhere.text, /Credential should be scoped to correct service: 'monitoring'/);
});

test('a signature holds for fifteen minutes either way, and a URL for as long as it says', async () => {
  const timed = await open();
  const head = timed.head(invoke({ headers: { connection: 'close' } }));
  const send = () => timed.converse(`${head}{"a":1}`).then(parseAnswer);
  await timed.clock.advance(15 * 60_000);
  assert.equal((await send()).status, 200);
  await timed.clock.advance(1000);
  assert.match((await send()).text, /Signature expired: 20261120T120000Z is now earlier than 20261120T120001Z/);
});

test("a function's credentials do what identity allows, and no more", async () => {
  assert.equal((await house.send(invoke({ key: FUNCTION }))).status, 200);
  assert.equal(seen.context?.principal.kind, 'function');
  const denied = await house.send({ method: 'GET', url: '/2015-03-31/functions/f', service: 'lambda', key: FUNCTION });
  assert.equal(denied.status, 403);
  assert.equal(denied.headers['x-amzn-errortype'], 'AccessDeniedException');
});

test('a connection from a sandbox takes functions alone, and reaches no route', async () => {
  let routed = 0;
  const inner = await open({ acceptAnyKey: true, routes: [() => ++routed < 0] });
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const server = createServer((socket) => inner.gateway.acceptConnection(socket)).listen(join(folder, 'socket'));
  await once(server, 'listening');
  const send = async (request: RawRequest) => {
    const socket = connect(join(folder, 'socket'));
    socket.write(inner.head({ ...request, headers: { connection: 'close' } }) + String(request.body ?? ''));
    return parseAnswer(await readToEnd(socket));
  };
  assert.equal((await send(invoke({ key: FUNCTION }))).status, 200);
  assert.equal((await send(invoke())).headers['x-amzn-errortype'], 'AccessDeniedException');
  assert.equal(
    (await send(invoke({ key: { ...ROOT, accessKeyId: 'AKIANOBODY' } }))).headers['x-amzn-errortype'],
    'UnrecognizedClientException',
  );
  assert.equal(
    (await send({ method: 'GET', url: '/b/k', service: 's3', tamper: (headers) => delete headers['authorization'] })).status,
    403,
  );
  assert.equal(routed, 0);
  server.close();
  rmSync(folder, { recursive: true });
});

test('where any key is accepted, a stranger is the root and a known key is still verified', async () => {
  const lax = await open({ acceptAnyKey: true });
  assert.equal((await lax.send(invoke({ key: { accessKeyId: 'test', secretAccessKey: 'test' } }))).status, 200);
  assert.deepEqual(seen.context?.principal, { kind: 'root', account: '000000000000', accessKeyId: 'test' });
  assert.equal((await lax.send(invoke({ key: { ...ROOT, secretAccessKey: 'wrong' } }))).status, 403);
});

test('where any key is accepted, no page of another site is the root', async () => {
  const lax = await open({ acceptAnyKey: true });
  const stranger = { accessKeyId: 'test', secretAccessKey: 'test' };
  const status = async (request: RawRequest) => (await lax.send({ key: stranger, ...request })).status;
  assert.equal(await status(invoke({ headers: { origin: 'https://evil.example' } })), 403);
  assert.equal(await status(invoke({ headers: { 'sec-fetch-site': 'cross-site' } })), 403);
  assert.equal(await status(invoke({ headers: { host: 'evil.example' } })), 403);
  assert.equal(await status({ method: 'GET', url: '/b/k', service: 's3', headers: { origin: 'http://localhost:3000' } }), 200);
  assert.equal(await status(invoke({ key: ROOT, headers: { origin: 'https://app.example' } })), 200);
});

test('a presigned URL of the SDK is good for what it says, as long as it says', async () => {
  const timed = await open();
  const endpoint = `http://127.0.0.1:${timed.port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: ROOT });
  const signingDate = new Date(timed.clock.now());
  const get = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: 'a key/é', ResponseContentType: 'text/x' }), {
    expiresIn: 60,
    signingDate,
  });
  const metadata = { color: 'blue' };
  const upload = await getSignedUrl(client, new PutObjectCommand({ Bucket: 'b', Key: 'k', Metadata: metadata }), {
    expiresIn: 60,
    signingDate,
  });
  assert.equal((await fetch(get)).status, 200);
  assert.deepEqual([seen.input?.['Key'], seen.input?.['ResponseContentType']], ['a key/é', 'text/x']);
  // The checksum of nothing, which the presigner puts into the URL, says nothing of the body.
  assert.equal((await fetch(upload, { method: 'PUT', body: 'hello' })).status, 200);
  assert.deepEqual([seen.body, seen.input?.['Metadata']], ['hello', metadata]);
  const refused = async (url: string, init: RequestInit = {}) =>
    [(await fetch(url, init)).status, await (await fetch(url, init)).text()].join(' ');
  assert.match(await refused(get.replace('a%20key', 'b%20key')), /^403 .*SignatureDoesNotMatch/s);
  assert.match(await refused(get, { method: 'PUT', body: '' }), /^403 .*SignatureDoesNotMatch/s);
  assert.match(await refused(get, { headers: { 'x-amz-acl': 'public-read' } }), /^403 .*AccessDenied.*not signed/s);
  assert.match(await refused(get, { headers: { authorization: 'AWS4-HMAC-SHA256 x' } }), /^400 .*AuthorizationHeaderMalformed/s);
  await timed.clock.advance(61_000);
  assert.match(await refused(get), /^403 .*<Message>Request has expired/s);
  client.destroy();
});
