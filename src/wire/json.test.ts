// JSON documents: strict in, whitelisting out, and no document that makes a reader fail otherwise than by refusing it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatJson, jsonCodec, parseJson, restJsonCodec } from './json.ts';
import { DEPTH_MAX, MalformedRequest } from './malformed.ts';
import { loadService } from './model.ts';
import type { ServiceName, StructureShape } from './model.ts';

function shape(service: ServiceName, name: string): StructureShape {
  const found = loadService(service).shapes.get(name);
  assert.ok(found?.kind === 'structure' || found?.kind === 'union');
  return found;
}

const read = (service: ServiceName, name: string, document: unknown) =>
  jsonCodec.structureReader(shape(service, name), () => true)(document, 0);
const write = (service: ServiceName, name: string, value: unknown) =>
  jsonCodec.structureWriter(shape(service, name), () => true)(value);

const refused = (pattern: RegExp) => (error: unknown) => error instanceof MalformedRequest && pattern.test(error.message);

test('each type is read from its own form and from no other', () => {
  const cases: [ServiceName, string, object, RegExp][] = [
    ['dynamodb', 'PutItemInput', { TableName: 5 }, /NUMBER_VALUE can not be converted to a String at TableName/],
    ['dynamodb', 'PutItemInput', { Item: 'oops' }, /Expected a structure, found STRING_VALUE/],
    ['dynamodb', 'PutItemInput', { Item: [] }, /Start of list found where not expected/],
    ['dynamodb', 'BatchGetItemInput', { RequestItems: { t: { Keys: {} } } }, /Expected list or null/],
    ['dynamodb', 'BatchGetItemInput', { RequestItems: { t: { Keys: [null] } } }, /must not contain null/],
    ['dynamodb', 'QueryInput', { Limit: '5' }, /STRING_VALUE can not be converted to an Integer at Limit/],
    ['dynamodb', 'QueryInput', { Limit: 1.5 }, /FLOAT_VALUE can not be converted to an Integer/],
    ['dynamodb', 'QueryInput', { Limit: 2 ** 31 }, /can not be converted to an Integer/],
    ['dynamodb', 'QueryInput', { ScanIndexForward: 'true' }, /STRING_VALUE can not be converted to a Boolean/],
    ['dynamodb', 'PutItemInput', { Item: { a: { B: '!' } } }, /can not be converted to a Blob/],
    ['cloudwatch-logs', 'GetLogEventsRequest', { startTime: {} }, /Start of structure or map can not be converted to a Long/],
  ];
  for (const [service, name, document, pattern] of cases)
    assert.throws(() => read(service, name, document), refused(pattern), JSON.stringify(document));
});

test('a union has exactly one member, and DynamoDB says so in its own words', () => {
  const item = (value: object) => () => read('dynamodb', 'PutItemInput', { Item: { a: value } });
  assert.throws(item({}), refused(/^Supplied AttributeValue is empty/));
  assert.throws(item({ S: 'x', N: '1' }), refused(/^Supplied AttributeValue has more than one datatypes set/));
  assert.throws(item({ Unknown: 1 }), refused(/^Supplied AttributeValue is empty/));
  assert.throws(() => read('cloudwatch-logs', 'IntegrationDetails', {}), refused(/must have exactly one member, found 0/));
});

test('what the model does not know is gone, both ways', () => {
  assert.deepEqual(read('dynamodb', 'PutItemInput', { TableName: 't', Other: 1, __type: 'x' }), { TableName: 't' });
  assert.deepEqual(write('dynamodb', 'TableDescription', { TableName: 't', secret: 1 }), { TableName: 't' });
});

test('null is absence', () => {
  assert.deepEqual(read('dynamodb', 'PutItemInput', { TableName: 't', Item: null }), { TableName: 't' });
  assert.deepEqual(write('dynamodb', 'TableDescription', { TableName: null, ItemCount: undefined }), {});
});

test('blobs, timestamps and numbers that JSON lacks have their forms', () => {
  assert.deepEqual(write('dynamodb', 'TableDescription', { CreationDateTime: new Date(1_500_000_000_123) }), {
    CreationDateTime: 1_500_000_000.123,
  });
  assert.deepEqual(write('dynamodb', 'AttributeValue', { B: Buffer.from('hi') }), { B: 'aGk=' });
  assert.deepEqual(write('cloudwatch', 'Datapoint', { Average: NaN, Sum: -Infinity, Maximum: 1.5 }), {
    Average: 'NaN',
    Sum: '-Infinity',
    Maximum: 1.5,
  });
  assert.deepEqual(read('cloudwatch', 'MetricDatum', { Value: 'NaN', Timestamp: 1.5 }), { Value: NaN, Timestamp: new Date(1500) });
  assert.deepEqual(read('cloudwatch', 'MetricDatum', { Timestamp: '2026-11-20T10:00:00Z' }), {
    Timestamp: new Date('2026-11-20T10:00:00Z'),
  });
});

test('keys of maps reach no prototype', () => {
  const document = JSON.parse('{"Environment":{"Variables":{"__proto__":"x","constructor":"y"}}}') as unknown;
  const input = restJsonCodec.structureReader(shape('lambda', 'CreateFunctionRequest'), () => true)(document, 0);
  const { Variables } = (input as { Environment: { Variables: object } }).Environment;
  assert.deepEqual(Object.entries(Variables), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.equal(Object.getPrototypeOf(Variables), Object.prototype);
  const written = formatJson(restJsonCodec.structureWriter(shape('lambda', 'EnvironmentResponse'), () => true)({ Variables }));
  assert.equal(written.toString(), '{"Variables":{"__proto__":"x","constructor":"y"}}');
});

test('depth has a bound, and what DynamoDB allows is within it', () => {
  const nested = (levels: number) => {
    let value: object = { S: 'x' };
    for (let level = 0; level < levels; level++) value = level % 2 ? { M: { a: value } } : { L: [value] };
    return { Item: { a: value } };
  };
  assert.doesNotThrow(() => read('dynamodb', 'PutItemInput', nested(32)));
  assert.throws(() => read('dynamodb', 'PutItemInput', nested(20_000)), refused(new RegExp(`deeper than ${DEPTH_MAX}`)));
});

test('a body that is no JSON is refused with its reason, and none is an empty structure', () => {
  assert.deepEqual(parseJson(new Uint8Array(0)), {});
  assert.throws(() => parseJson(Buffer.from('{"a":')), refused(/^Could not parse request body into json: /));
});

test('a handler that gives another type than it promised is a bug, not an answer', () => {
  assert.throws(() => write('dynamodb', 'TableDescription', { TableName: 5 }), { code: 'ERR_ASSERTION' });
  assert.throws(() => write('dynamodb', 'TableDescription', { CreationDateTime: 'today' }), { code: 'ERR_ASSERTION' });
});

const SHAPES: [ServiceName, string][] = [
  ['dynamodb', 'TransactWriteItemsInput'],
  ['lambda', 'CreateFunctionRequest'],
  ['sqs', 'SendMessageBatchRequest'],
  ['ssm', 'GetInventoryRequest'],
];

test('no JSON makes a reader fail otherwise than by refusing it', () => {
  for (const [service, name] of SHAPES) {
    const keys = shape(service, name).members.map((member) => member.name);
    const document = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, fc.jsonValue(), fc.array(tie('value'), { maxLength: 3 }), tie('record')),
      record: fc.dictionary(fc.oneof(fc.constantFrom(...keys, 'S', 'M', 'L', '__proto__', 'key'), fc.string()), tie('value'), {
        maxKeys: 5,
      }),
    }));
    fc.assert(
      fc.property(document.record, (value) => {
        try {
          read(service, name, value);
        } catch (error) {
          assert.ok(error instanceof MalformedRequest, String(error));
        }
      }),
      { numRuns: 200 },
    );
  }
});
