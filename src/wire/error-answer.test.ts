// Errors in each protocol, as the bytes say them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findError, writeError } from './error-answer.ts';
import type { WireError } from './error-answer.ts';
import { loadService } from './model.ts';
import type { Protocol, ServiceName } from './model.ts';

function told(service: ServiceName, protocol: Protocol, error: Partial<WireError> & { readonly code: string }, method = 'POST') {
  const { status, headers, body } = writeError({
    service: loadService(service),
    protocol,
    error: { message: 'It is <so>', status: 400, fault: 'client', fields: {}, ...error },
    requestId: 'r-1',
    resource: '/b/k&',
    hostId: 'h',
    method,
  });
  return { status, headers, text: body === undefined ? undefined : Buffer.from(body as Uint8Array).toString() };
}

test("Lambda's errors name their type in a header and spell Message as their shape does", () => {
  assert.deepEqual(told('lambda', 'restJson1', { code: 'ResourceNotFoundException', status: 404 }), {
    status: 404,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ResourceNotFoundException' },
    text: '{"Type":"User","Message":"It is <so>"}',
  });
  assert.equal(
    told('lambda', 'restJson1', { code: 'InvalidParameterValueException' }).text,
    '{"Type":"User","message":"It is <so>"}',
  );
  assert.equal(
    told('lambda', 'restJson1', { code: 'ServiceException', fault: 'server' }).text,
    '{"Type":"Service","Message":"It is <so>"}',
  );
  assert.equal(told('lambda', 'restJson1', { code: 'AccessDeniedException' }).text, '{"message":"It is <so>"}');
  const throttled = told('lambda', 'restJson1', {
    code: 'TooManyRequestsException',
    fields: { Reason: 'x', retryAfterSeconds: '5', other: 1 },
  });
  assert.equal(throttled.headers['retry-after'], '5');
  assert.equal(throttled.text, '{"Type":"User","message":"It is <so>","Reason":"x"}');
});

test('JSON over RPC says the type in the body, and the old code in a header where there was one', () => {
  assert.deepEqual(told('sqs', 'awsJson1_0', { code: 'QueueDoesNotExist' }), {
    status: 400,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender',
    },
    text: '{"__type":"QueueDoesNotExist","message":"It is <so>"}',
  });
  assert.deepEqual(told('dynamodb', 'awsJson1_0', { code: 'Unmodelled' }).headers, {
    'content-type': 'application/x-amz-json-1.0',
  });
});

test('the query protocol says the code that it always said', () => {
  assert.equal(
    told('iam', 'awsQuery', { code: 'NoSuchEntityException', status: 404 }).text,
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>It is &lt;so&gt;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>',
  );
  assert.equal(findError(loadService('iam'), 'NoSuchEntity'), findError(loadService('iam'), 'NoSuchEntityException'));
});

test("S3's errors name the resource and both ids, and whatever else they know", () => {
  assert.equal(
    told('s3', 'restXml', { code: 'NoSuchKey', status: 404, fields: { Key: 'a<b', BucketName: 'b', nested: {} } }).text,
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>It is &lt;so&gt;</Message><Key>a&lt;b</Key><BucketName>b</BucketName><Resource>/b/k&amp;</Resource><RequestId>r-1</RequestId><HostId>h</HostId></Error>',
  );
});

test('a HEAD and a 304 have no body to tell it in', () => {
  assert.equal(told('s3', 'restXml', { code: 'NoSuchKey', status: 404 }, 'HEAD').text, undefined);
  assert.equal(told('s3', 'restXml', { code: 'NotModified', status: 304 }, 'GET').text, undefined);
});
