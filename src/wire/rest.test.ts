// REST bindings: members in paths, queries, headers and bodies, with what clients do to them on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerText, headerValue, parseQuery } from './http.ts';
import { MalformedRequest } from './malformed.ts';
import { loadService } from './model.ts';
import type { Operation, ServiceName } from './model.ts';
import { isStreamingInput, restCodec } from './rest.ts';

function operation(service: ServiceName, name: string): Operation {
  const found = loadService(service).operations.get(name);
  assert.ok(found !== undefined);
  return found;
}

interface Sent {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly body?: string;
}

function read(service: ServiceName, name: string, { query = '', headers = {}, labels = {}, body }: Sent): unknown {
  const request = { method: 'POST', path: '/', query: parseQuery(query) ?? [], headers };
  return restCodec(operation(service, name)).read(request, labels, body === undefined ? undefined : Buffer.from(body));
}

test('a member is read from its place and from no other', () => {
  const sent = {
    labels: { FunctionName: 'f' },
    query: 'Qualifier=v1&FunctionName=other',
    headers: { 'x-amz-invocation-type': 'Event', 'x-amz-log-type': 'Tail' },
    body: '{"Qualifier":"body"}',
  };
  assert.deepEqual(read('lambda', 'Invoke', sent), {
    FunctionName: 'f',
    Qualifier: 'v1',
    InvocationType: 'Event',
    LogType: 'Tail',
    Payload: Buffer.from('{"Qualifier":"body"}'),
  });
  assert.deepEqual(
    read('lambda', 'CreateAlias', { labels: { FunctionName: 'f' }, body: '{"Name":"live","FunctionName":"other"}' }),
    {
      FunctionName: 'f',
      Name: 'live',
    },
  );
});

test('an invocation without a payload has none, and InvokeAsync is received whole', () => {
  assert.deepEqual(read('lambda', 'Invoke', { labels: { FunctionName: 'f' }, body: '' }), { FunctionName: 'f' });
  assert.equal(isStreamingInput(operation('lambda', 'InvokeAsync')), false);
  assert.equal(isStreamingInput(operation('s3', 'PutObject')), true);
  assert.equal(isStreamingInput(operation('s3', 'PutBucketTagging')), false);
});

test('lists in queries repeat, and in headers are divided by commas', () => {
  assert.deepEqual(read('lambda', 'UntagResource', { labels: { Resource: 'r' }, query: 'tagKeys=a&tagKeys=b%2Cc' }), {
    Resource: 'r',
    TagKeys: ['a', 'b,c'],
  });
  assert.deepEqual(
    read('s3', 'GetObjectAttributes', {
      labels: { Bucket: 'b', Key: 'k' },
      headers: { 'x-amz-object-attributes': 'ETag, "Object,Size"' },
    }),
    {
      Bucket: 'b',
      Key: 'k',
      ObjectAttributes: ['ETag', 'Object,Size'],
    },
  );
});

test('metadata is gathered by its prefix, whatever it is called', () => {
  const headers = JSON.parse(
    '{"x-amz-meta-a":"1","x-amz-meta-__proto__":"2","x-amz-meta-":"3","content-type":"text/plain"}',
  ) as Record<string, string>;
  const input = read('s3', 'PutObject', { labels: { Bucket: 'b', Key: 'k' }, headers }) as { Metadata: object };
  assert.deepEqual(Object.entries(input.Metadata), [
    ['a', '1'],
    ['__proto__', '2'],
    ['', '3'],
  ]);
});

test('queries of no other member are gathered where the model says so', () => {
  const input = read('api-gateway', 'ImportRestApi', { query: 'mode=import&failonwarnings=true&basepath=prepend', body: '{}' });
  assert.deepEqual(input, { failOnWarnings: true, parameters: { basepath: 'prepend' }, body: Buffer.from('{}') });
});

test('texts that are not of their type are refused by name', () => {
  const refused = (pattern: RegExp) => (error: unknown) => error instanceof MalformedRequest && pattern.test(error.message);
  assert.throws(
    () => read('lambda', 'ListFunctions', { query: 'MaxItems=many' }),
    refused(/'many' is not an integer, at MaxItems/),
  );
  assert.throws(
    () => read('s3', 'GetObject', { headers: { 'if-modified-since': 'yesterday' } }),
    refused(/timestamp, at IfModifiedSince/),
  );
});

test('a header is UTF-8 where it can be, as botocore sends it, and latin1 where it must be, as the JS SDK does', () => {
  assert.equal(headerText(Buffer.from('é€', 'utf8').toString('latin1')), 'é€');
  assert.equal(headerText('é'), 'é');
  assert.equal(headerText('plain'), 'plain');
});

test('what a header cannot hold is encoded or taken out, and splits no answer', () => {
  assert.equal(headerValue('é'), 'é');
  assert.equal(headerValue('€'), '=?UTF-8?B?4oKs?=');
  assert.equal(headerValue('a\r\nSet-Cookie: b'), 'a  Set-Cookie: b');
});

test('answers have their status, headers and body where the model says', () => {
  const write = (service: ServiceName, name: string, output: Record<string, unknown>) => {
    const { status, headers, body } = restCodec(operation(service, name)).write(output);
    return [status, headers, body === undefined ? undefined : Buffer.from(body as Uint8Array).toString()];
  };
  assert.deepEqual(write('lambda', 'Invoke', { StatusCode: 202 }), [202, {}, undefined]);
  assert.deepEqual(write('lambda', 'Invoke', { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from('{}') }), [
    200,
    { 'x-amz-function-error': 'Unhandled', 'content-type': 'application/json' },
    '{}',
  ]);
  assert.deepEqual(write('lambda', 'CreateAlias', { Name: 'live' }), [
    201,
    { 'content-type': 'application/json' },
    '{"Name":"live"}',
  ]);
  assert.deepEqual(write('lambda', 'DeleteAlias', {}), [204, {}, undefined]);
  assert.deepEqual(write('scheduler', 'DeleteSchedule', {}), [200, { 'content-type': 'application/json' }, '{}']);
  assert.deepEqual(write('s3', 'GetBucketLocation', { LocationConstraint: 'eu-west-1' }), [
    200,
    { 'content-type': 'application/xml' },
    '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>',
  ]);
  assert.deepEqual(
    write('s3', 'GetObject', { $status: 206, ContentRange: 'bytes 0-1/5', LastModified: new Date(0), Metadata: { a: 'b' } }),
    [206, { 'content-range': 'bytes 0-1/5', 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT', 'x-amz-meta-a': 'b' }, undefined],
  );
});
