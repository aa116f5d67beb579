// Calls over real sockets: what reaches a handler, and what the caller is told instead.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ApiError } from '#kernel';
import { openGatewayHouse, parseAnswer, ROOT } from '../../test/support/gateway-house.ts';
import type { GatewayHouse, RawRequest } from '../../test/support/gateway-house.ts';
import { invoke, NOTING_SERVICES, put, seen } from '../../test/support/noting-services.ts';

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

test('a signed request reaches its handler, with all that the context says', async () => {
  const answer = await house.send(invoke());
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '{"a":1}');
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.match(answer.headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(seen.context?.requestId, answer.headers['x-amzn-requestid']);
  assert.equal(seen.context?.principal.kind, 'root');
  assert.equal(seen.context?.endpoint, 'http://127.0.0.1');
  assert.equal(seen.context?.sourceAddress, '127.0.0.1');
  assert.equal(seen.input?.['FunctionName'], 'f');
});

test('an operation that nobody serves, or that does not exist, is a 4xx in its own protocol', async () => {
  const cases: [Partial<RawRequest>, number, RegExp][] = [
    [{ url: '/2015-03-31/functions/f', method: 'DELETE', service: 'lambda' }, 404, /Mayfly does not serve DeleteFunction/],
    [{ url: '/2099-01-01/nothing', method: 'GET', service: 'lambda' }, 404, /does not serve this operation/],
    [
      { url: '/b?acl', method: 'GET', service: 's3' },
      400,
      /<Code>NotImplemented<\/Code><Message>Mayfly does not serve GetBucketAcl/,
    ],
    [{ url: '/b/k', method: 'PATCH', service: 's3' }, 405, /<Code>MethodNotAllowed/],
    [
      { url: '/', service: 'dynamodb', headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' } },
      404,
      /"__type":"UnknownOperationException"/,
    ],
    [
      { url: '/', service: 'kinesis', headers: { 'x-amz-target': 'Kinesis_20131202.PutRecord' } },
      404,
      /"__type":"UnknownOperationException"/,
    ],
    [{ url: '/', service: 'sts', body: 'Action=Nothing&Version=2011-06-15' }, 400, /<Code>InvalidAction<\/Code>/],
  ];
  for (const [request, status, pattern] of cases) {
    const answer = await house.send({ url: '/', service: 's3', body: '', ...request });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, pattern);
  }
});

test('an error of the model has its status, and a bug tells nothing but its request id and is logged once', async () => {
  const known = await house.send({ method: 'GET', url: '/2015-03-31/functions/f', service: 'lambda' });
  assert.deepEqual([known.status, known.text], [404, '{"Type":"User","Message":"Function not found: f"}']);
  house.logged.length = 0;
  const bug = await house.send({ method: 'GET', url: '/2015-03-31/functions', service: 'lambda' });
  assert.equal(bug.status, 500);
  assert.match(bug.text, /"We encountered an internal error/);
  assert.doesNotMatch(bug.text, /secret|Error:|\.ts/);
  assert.equal(house.logged.length, 1);
  assert.equal(house.logged[0]?.fields['requestId'], bug.headers['x-amzn-requestid']);
  assert.equal(String(house.logged[0]?.fields['error']), 'Error: the secret of the house');
});

test('a disk that fails is no bug: callers are asked to come back, and the folder stays unsaid', async () => {
  house.logged.length = 0;
  const answer = await house.send({ method: 'GET', url: '/2016-08-19/account-settings', service: 'lambda' });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['x-amzn-errortype'], 'ServiceUnavailable');
  assert.doesNotMatch(answer.text, /data\/folder/);
  assert.match(String(house.logged[0]?.fields['error']), /The disk is full/);
});

test('an input that breaks the model never reaches its handler', async () => {
  const named = await house.send(invoke({ url: '/2015-03-31/functions/bad%20name/invocations' }));
  assert.equal(named.status, 400);
  assert.equal(named.headers['x-amzn-errortype'], 'ValidationException');
  assert.match(named.text, /Value 'bad name' at 'functionName' failed to satisfy constraint/);
  const xml = await house.send({ method: 'PUT', url: '/b?tagging', service: 's3', body: '<Tagging><TagSet>' });
  assert.match(xml.text, /<Code>MalformedXML<\/Code>/);
});

test('a body that is not as it was signed ends the stream in an error, after its last byte', async () => {
  const good = await house.send(put());
  assert.equal(good.status, 200);
  assert.equal(seen.body, 'hello');
  const text = house.head(put({ headers: { connection: 'close' } }));
  const changed = parseAnswer(await house.converse(`${text}hullo`));
  assert.match(changed.text, /<Code>XAmzContentSHA256Mismatch<\/Code>/);
  const md5 = await house.send(put({ headers: { 'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==' } }));
  assert.match(md5.text, /<Code>BadDigest<\/Code>/);
  const noLength = await house.send(
    put({ headers: { 'transfer-encoding': 'chunked' }, body: '0\r\n\r\n', payloadHash: 'UNSIGNED-PAYLOAD' }),
  );
  assert.equal(noLength.status, 411);
});

test('trailers of a chunked body are checked, and then the handler has them', async () => {
  const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
  const chunked = (sent: string) =>
    house.send(
      put({
        body: sent,
        payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        headers: {
          'x-amz-decoded-content-length': '5',
          'x-amz-trailer': 'x-amz-checksum-crc32',
          'content-encoding': 'aws-chunked,gzip',
        },
      }),
    );
  assert.equal((await chunked(body)).status, 200);
  assert.equal(seen.body, 'hello');
  assert.equal(seen.input?.['ContentLength'], 5);
  assert.equal(seen.input?.['ContentEncoding'], 'gzip');
  assert.deepEqual([...(seen.context?.trailers ?? [])], [['x-amz-checksum-crc32', 'NhCmhg==']]);
  assert.match((await chunked(body.replace('hello', 'hullo'))).text, /<Code>BadDigest<\/Code>/);
});

test('a bucket may be in the host, and the handler cannot tell', async () => {
  const answer = await house.send(put({ url: '/a/key', headers: { host: 'bucket.s3.localhost:4566' } }));
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([seen.input?.['Bucket'], seen.input?.['Key']], ['bucket', 'a/key']);
  assert.equal(seen.context?.endpoint, 'http://s3.localhost:4566');
});

test('compressed bodies are inflated after they were verified, and never beyond their bound', async () => {
  const metric = (body: Uint8Array): RawRequest => ({
    url: '/',
    service: 'monitoring',
    headers: {
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
      'content-type': 'application/x-amz-json-1.0',
      'content-encoding': 'gzip',
    },
    body,
  });
  assert.equal((await house.send(metric(gzipSync('{"Namespace":"n"}')))).status, 200);
  assert.equal(seen.input?.['Namespace'], 'n');
  assert.equal((await house.send(metric(gzipSync(Buffer.alloc(64 << 20))))).status, 413);
  assert.equal((await house.send(metric(Buffer.from('not gzip')))).status, 400);
});

test('routes come before services, in their order, and may ask who is calling', async () => {
  const order: string[] = [];
  const routed = await open({
    routes: [
      (_request, _response, url) => {
        order.push(url.pathname);
        return false;
      },
      async (_request, response, url, door) => {
        if (url.pathname === '/broken') throw new ApiError('AccessDeniedException', 'not here');
        if (url.pathname !== '/_mayfly/who') return false;
        const principal = await door.authenticate('lambda', new Uint8Array(0));
        response.end(principal.kind);
        return true;
      },
    ],
  });
  const who = (others: Partial<RawRequest> = {}) =>
    routed.send({ method: 'GET', url: '/_mayfly/who', service: 'lambda', ...others });
  assert.match((await who()).text, /root/);
  assert.match((await who({ tamper: (headers) => delete headers['authorization'] })).text, /anonymous/);
  assert.equal((await who({ key: { ...ROOT, secretAccessKey: 'wrong' } })).status, 403);
  assert.deepEqual((await routed.send({ method: 'GET', url: '/broken', service: 'lambda' })).text, '{"message":"not here"}');
  assert.equal((await routed.send(invoke())).status, 200);
  assert.deepEqual(order, ['/_mayfly/who', '/_mayfly/who', '/_mayfly/who', '/broken', '/2015-03-31/functions/f/invocations']);
});
