// Whose request is it? Each clue, and which of them counts first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery, SERVICES } from '#wire';
import { dispatch, formDestination } from './dispatch.ts';

interface Clues {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly label?: string;
}

function found({ method = 'POST', path = '/', query = '', headers = {}, label }: Clues): unknown {
  const result = dispatch({ method, path, query: parseQuery(query) ?? [], headers }, label);
  if (result.kind !== 'service') return result.kind === 'unknown' ? ['unknown', result.name, result.protocol] : ['form'];
  const { service, protocol, operationName } = result.destination;
  return operationName === undefined ? [service, protocol] : [service, protocol, operationName];
}

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`,
});

test('a target names service and operation, and tells what signs under one name apart', () => {
  const target = (name: string, version = '1.0') => ({
    'x-amz-target': name,
    'content-type': `application/x-amz-json-${version}`,
    ...signed('dynamodb'),
  });
  assert.deepEqual(found({ headers: target('DynamoDB_20120810.PutItem') }), ['dynamodb', 'awsJson1_0', 'PutItem']);
  assert.deepEqual(found({ headers: target('DynamoDBStreams_20120810.ListStreams') }), [
    'dynamodb-streams',
    'awsJson1_0',
    'ListStreams',
  ]);
  assert.deepEqual(found({ headers: target('Logs_20140328.PutLogEvents', '1.1') }), [
    'cloudwatch-logs',
    'awsJson1_1',
    'PutLogEvents',
  ]);
  assert.deepEqual(found({ headers: { 'x-amz-target': 'AmazonSSM.GetParameter' } }), ['ssm', 'awsJson1_1', 'GetParameter']);
  assert.deepEqual(found({ headers: target('Kinesis_20131202.PutRecord', '1.1') }), [
    'unknown',
    'Kinesis_20131202.PutRecord',
    'awsJson1_1',
  ]);
  assert.deepEqual(found({ headers: target('nothing') }), ['unknown', 'nothing', 'awsJson1_0']);
});

test('CBOR names both in its path', () => {
  const headers = { 'smithy-protocol': 'rpc-v2-cbor', ...signed('monitoring') };
  assert.deepEqual(found({ path: '/service/GraniteServiceVersion20100801/operation/PutMetricData', headers }), [
    'cloudwatch',
    'rpcv2Cbor',
    'PutMetricData',
  ]);
  assert.deepEqual(found({ path: '/service/AmazonSQS/operation/SendMessage', headers }), ['unknown', 'AmazonSQS', 'rpcv2Cbor']);
  assert.deepEqual(found({ path: '/elsewhere', headers }), ['unknown', '/elsewhere', 'rpcv2Cbor']);
});

test('the credential names the service where nothing else does', () => {
  for (const [name, { signingName }] of SERVICES) {
    if (name === 'dynamodb-streams' || name === 'apigatewayv2') continue;
    assert.equal((found({ headers: signed(signingName) }) as string[])[0], name);
  }
  assert.deepEqual(found({ path: '/v2/apis', headers: signed('apigateway') }), ['apigatewayv2', 'restJson1']);
  assert.deepEqual(found({ path: '/restapis', headers: signed('apigateway') }), ['api-gateway', 'restJson1']);
  assert.deepEqual(
    found({ path: '/queue/url', headers: { ...signed('sqs'), 'content-type': 'application/x-www-form-urlencoded' } }),
    ['sqs', 'awsQuery'],
  );
  assert.deepEqual(found({ query: 'X-Amz-Credential=AKIA%2F20261120%2Fus-east-1%2Fs3%2Faws4_request' }), ['s3', 'restXml']);
  assert.deepEqual(found({ headers: signed('ec2') }), ['unknown', 'ec2', 'restJson1']);
});

test('an unsigned form is told by its version, in the query or in its body', () => {
  assert.deepEqual(found({ method: 'GET', query: 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15' }), ['sts', 'awsQuery']);
  assert.deepEqual(found({ headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } }), ['form']);
  const destination = formDestination('2011-06-15');
  assert.equal(destination.kind === 'service' && destination.destination.service, 'sts');
  assert.equal(formDestination('1999-01-01').kind, 'unknown');
});

test('the host comes next, and S3 takes what is left', () => {
  assert.deepEqual(found({ label: 'lambda' }), ['lambda', 'restJson1']);
  assert.deepEqual(found({ label: 'sync-states' }), ['sfn', 'awsJson1_0']);
  assert.deepEqual(found({ method: 'GET', path: '/bucket/key', label: 'bucket' }), ['s3', 'restXml']);
  assert.deepEqual(found({ method: 'GET', path: '/bucket/key' }), ['s3', 'restXml']);
  assert.deepEqual(found({ method: 'GET', path: '/b/k', query: 'AWSAccessKeyId=A&Signature=S&Expires=1', label: 'lambda' }), [
    's3',
    'restXml',
  ]);
});
