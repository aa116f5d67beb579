// Names as AWS's SDK for Java has them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadService, SERVICES } from '#wire';
import { className, exceptionName, operationName, serviceNamed, shownName } from './sdk-names.ts';

test('every service that is modelled is found by its name, and its client has the SDK’s', () => {
  for (const name of SERVICES.keys()) assert.equal(serviceNamed(name.replaceAll('-', '')), name);
  const clients = [...SERVICES.keys()].map((name) => className(loadService(name).serviceId));
  assert.deepEqual(clients.toSorted(), [
    'ApiGateway',
    'ApiGatewayV2',
    'CloudFormation',
    'CloudWatch',
    'CloudWatchLogs',
    'DynamoDb',
    'DynamoDbStreams',
    'EventBridge',
    'Iam',
    'Lambda',
    'Pipes',
    'S3',
    'Scheduler',
    'Sfn',
    'Sns',
    'Sqs',
    'Ssm',
    'Sts',
  ]);
});

test('members lose the capitals of their first word alone', () => {
  const shape = { kind: 'structure', name: 'X', members: [], xmlName: undefined, isEventStream: false } as const;
  const shown = (name: string) => shownName(shape, { name }, 'sdk');
  assert.deepEqual(
    ['MD5OfBody', 'ETag', 'SSEKMSKeyId', 'ContentMD5', 'DBInstances', 'UUID', 'startDate', 'NotificationARNs', 'ChecksumCRC32'].map(
      shown,
    ),
    ['Md5OfBody', 'ETag', 'SsekmsKeyId', 'ContentMD5', 'DbInstances', 'Uuid', 'StartDate', 'NotificationARNs', 'ChecksumCRC32'],
  );
  assert.equal(shownName({ ...shape, name: 'AttributeValue' }, { name: 'NULL' }, 'sdk'), 'Nul');
  assert.equal(shownName(shape, { name: 'MD5OfBody' }, 'api'), 'MD5OfBody');
  assert.equal(shownName(shape, { name: 'stateMachineArn' }, 'api'), 'StateMachineArn');
});

test('no two members of a structure are called the same, whichever names are asked for', () => {
  for (const service of SERVICES.keys())
    for (const shape of loadService(service).shapes.values()) {
      if (shape.kind !== 'structure' && shape.kind !== 'union') continue;
      for (const names of ['api', 'sdk'] as const) {
        const shown: readonly string[] = shape.members.map((member) => shownName(shape, member, names));
        assert.equal(new Set(shown).size, shown.length, `${service} ${shape.name}: ${shown.join(' ')}`);
      }
    }
});

test('errors are exceptions', () => {
  assert.equal(exceptionName('NoSuchKey', 'sdk'), 'NoSuchKeyException');
  assert.equal(exceptionName('EC2UnexpectedException', 'sdk'), 'Ec2UnexpectedException');
  assert.equal(exceptionName('EC2UnexpectedException', 'api'), 'EC2UnexpectedException');
  assert.equal(exceptionName('ExecutionAlreadyExists', 'api'), 'ExecutionAlreadyExistsException');
});

test('actions are operations', () => assert.equal(operationName('describeDBInstances'), 'DescribeDBInstances'));
