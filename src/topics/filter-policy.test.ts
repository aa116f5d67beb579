// Filter policies: what they let pass, and what SNS says of those that are wrong (recorded from AWS).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '#kernel';
import { checkFilterPolicy, compileFilterPolicy, filteredMessage, type FilterScope } from './filter-policy.ts';
import type { MessageAttributes } from './message-attributes.ts';

function passes(policy: object, attributes: MessageAttributes): boolean {
  const text = JSON.stringify(policy);
  checkFilterPolicy(text, 'MessageAttributes');
  const filter = compileFilterPolicy(text, 'MessageAttributes');
  return filter === undefined || filter(filteredMessage({ text: '', textFor: {}, attributes }), 'sqs');
}

function bodyPasses(policy: object, body: unknown): boolean {
  const text = JSON.stringify(policy);
  checkFilterPolicy(text, 'MessageBody');
  const filter = compileFilterPolicy(text, 'MessageBody');
  const message = { text: typeof body === 'string' ? body : JSON.stringify(body), textFor: {}, attributes: {} };
  return filter === undefined || filter(filteredMessage(message), 'sqs');
}

const string = (value: string) => ({ type: 'String', value });
const number = (value: string) => ({ type: 'Number', value });
const array = (...values: readonly unknown[]) => ({ type: 'String.Array', value: JSON.stringify(values) });

describe('attributes', () => {
  test('every key must fit, each by any of its values', () => {
    const policy = { store: ['example_corp'], event: ['order_placed', 'order_cancelled'] };
    assert.equal(passes(policy, { store: string('example_corp'), event: string('order_cancelled'), more: string('x') }), true);
    assert.equal(passes(policy, { store: string('example_corp') }), false);
    assert.equal(passes(policy, { store: string('Example_corp'), event: string('order_placed') }), false);
    assert.equal(passes({}, {}), true);
    checkFilterPolicy(' {\n}', 'MessageAttributes');
    assert.equal(compileFilterPolicy(' {\n}', 'MessageAttributes'), undefined);
  });

  test('an array passes when one of its elements does', () => {
    const policy = { interests: ['rugby', 'tennis'] };
    assert.equal(passes(policy, { interests: array('soccer', 'rugby') }), true);
    assert.equal(passes(policy, { interests: array('soccer') }), false);
    assert.equal(passes({ interests: [1, true, null] }, { interests: array(null) }), true);
    assert.equal(passes({ interests: [{ 'anything-but': ['rugby', 'tennis'] }] }, { interests: array('rugby', 'baseball') }), true);
    assert.equal(passes({ interests: [{ 'anything-but': ['rugby'] }] }, { interests: array('rugby') }), false);
  });

  test('numbers are compared as numbers, and only those that are called so', () => {
    const policy = { price: [{ numeric: ['>', 0, '<=', 150] }] };
    for (const [value, expected] of [
      ['150', true],
      ['1.5e2', true],
      ['0', false],
      ['150.00001', false],
    ] as const)
      assert.equal(passes(policy, { price: number(value) }), expected, value);
    assert.equal(passes(policy, { price: string('100') }), false);
    assert.equal(passes({ price: [100] }, { price: number('100.0') }), true);
    assert.equal(passes({ price: ['100'] }, { price: number('100') }), false);
  });

  test('strings by prefix, suffix, wildcard, case and address', () => {
    assert.equal(passes({ a: [{ prefix: 'bas' }] }, { a: string('baseball') }), true);
    assert.equal(passes({ a: [{ suffix: 'ball' }] }, { a: string('baseball') }), true);
    assert.equal(passes({ a: [{ wildcard: 'b*ball' }] }, { a: string('baseball') }), true);
    assert.equal(passes({ a: [{ 'equals-ignore-case': 'TENNIS' }] }, { a: string('tennis') }), true);
    assert.equal(passes({ a: [{ cidr: '10.0.0.0/24' }] }, { a: string('10.0.0.255') }), true);
    assert.equal(passes({ a: [{ cidr: '10.0.0.0/24' }] }, { a: string('10.0.1.0') }), false);
    assert.equal(passes({ a: [{ 'anything-but': { prefix: 'order-' } }] }, { a: string('order-1') }), false);
    assert.equal(passes({ a: [{ 'anything-but': { prefix: 'order-' } }] }, { a: string('data') }), true);
    assert.equal(passes({ a: [{ 'anything-but': { suffix: ['ball', 'hall'] } }] }, { a: string('baseball') }), false);
    assert.equal(passes({ a: [{ 'anything-but': { wildcard: '*ball' } }] }, { a: string('tennis') }), true);
  });

  test('keys that must be there, or must not; binary ones are not seen', () => {
    assert.equal(passes({ a: [{ exists: true }] }, { a: string('x') }), true);
    assert.equal(passes({ a: [{ exists: true }] }, {}), false);
    assert.equal(passes({ a: [{ exists: false }] }, {}), true);
    assert.equal(passes({ a: [{ exists: true }] }, { a: { type: 'Binary', value: 'AgME' } }), false);
    assert.equal(passes({ a: [{ exists: false }] }, { a: { type: 'Binary', value: 'AgME' } }), true);
    assert.equal(passes({ 'a.b': ['x'] }, { 'a.b': string('x') }), true);
  });

  test('one of several', () => {
    const policy = { source: ['aws.cloudwatch'], $or: [{ metric: ['CPU'] }, { namespace: ['AWS/EC2', 'AWS/ES'] }] };
    assert.equal(passes(policy, { source: string('aws.cloudwatch'), namespace: string('AWS/ES') }), true);
    assert.equal(passes(policy, { source: string('aws.cloudwatch'), metric: string('CPU') }), true);
    assert.equal(passes(policy, { source: string('aws.cloudwatch') }), false);
    assert.equal(passes(policy, { metric: string('CPU') }), false);
  });

  test('what calls itself an array and is none is the text that it is', () => {
    const broken = { type: 'String.Array', value: '[rugby' };
    assert.equal(passes({ a: ['rugby'] }, { a: broken }), false);
    assert.equal(passes({ a: [{ prefix: '[rug' }] }, { a: broken }), true);
  });
});

describe('bodies', () => {
  test('keys below keys, and elements of arrays together', () => {
    const policy = { detail: { kind: ['order'], items: { name: ['a'], price: [{ numeric: ['>', 5] }] } } };
    assert.equal(bodyPasses(policy, { detail: { kind: 'order', items: [{ name: 'a', price: 6 }] } }), true);
    const apart = {
      detail: {
        kind: 'order',
        items: [
          { name: 'a', price: 1 },
          { name: 'b', price: 6 },
        ],
      },
    };
    assert.equal(bodyPasses(policy, apart), false);
    assert.equal(bodyPasses({ a: { b: [{ exists: false }] } }, { a: { c: 1 } }), true);
  });

  test('what is no object matches nothing', () => {
    for (const body of ['plain text', '[]', '"text"', '5', 'null'])
      assert.equal(bodyPasses({ a: [{ exists: false }] }, body), false, body);
    assert.equal(bodyPasses({ a: [{ exists: false }] }, '{}'), true);
  });
});

describe('refusals', () => {
  const reason = (policy: unknown, scope: FilterScope = 'MessageAttributes', where?: string): string => {
    try {
      checkFilterPolicy(typeof policy === 'string' ? policy : JSON.stringify(policy), scope, where);
    } catch (error) {
      assert(error instanceof ApiError && error.code === 'InvalidParameter');
      return error.message;
    }
    throw new Error('The policy was expected to be refused.');
  };
  const PLACED = 'Invalid parameter: Attributes Reason: FilterPolicy: ';

  test("in SNS's words, with the place", () => {
    const cases: readonly (readonly [string, string])[] = [
      ['{"key":[]}', 'Empty arrays are not allowed\n at [Source: (String)"{"key":[]}"; line: 1, column: 10]'],
      [
        '{"key":{"suffix":"value"}}',
        '"suffix" must be an object or an array\n at [Source: (String)"{"key":{"suffix":"value"}}"; line: 1, column: 19]',
      ],
      [
        '{"key":[["value"]]}',
        'Match value must be String, number, true, false, or null\n at [Source: (String)"{"key":[["value"]]}"; line: 1, column: 10]',
      ],
      [
        '{"key":[{"wrong-operator":true}]}',
        'Unrecognized match type wrong-operator\n at [Source: (String)"{"key":[{"wrong-operator":true}]}"; line: 1, column: 31]',
      ],
      [
        '{"key":[{"suffix":"value","prefix":"value2"}]}',
        'Only one key allowed in match expression\n at [Source: (String)"{"key":[{"suffix":"value","prefix":"value2"}]}"; line: 1, column: 37]',
      ],
      [
        '{"key":[{"exists":"no"}]}',
        'exists match pattern must be either true or false.\n at [Source: (String)"{"key":[{"exists":"no"}]}"; line: 1, column: 20]',
      ],
      [
        '{"key":[{"numeric":["<",100,">",10]}]}',
        'Too many elements in numeric expression\n at [Source: (String)"{"key":[{"numeric":["<",100,">",10]}]}"; line: 1, column: 30]',
      ],
      [
        '{"key":[{"numeric":[">",3,"<",1]}]}',
        'Bottom must be less than top\n at [Source: (String)"{"key":[{"numeric":[">",3,"<",1]}]}"; line: 1, column: 33]',
      ],
    ];
    for (const [policy, words] of cases)
      assert.equal(reason(policy, 'MessageAttributes', 'Attributes Reason: '), `${PLACED}${words}`);
    assert.match(reason('{"key"'), /^Invalid parameter: FilterPolicy: /);
  });

  test('keys below keys belong to bodies', () => {
    assert.equal(
      reason({ a: { b: ['x'] } }),
      'Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy',
    );
    checkFilterPolicy(JSON.stringify({ a: { b: ['x'] } }), 'MessageBody');
  });

  test('no more than five keys, of which those below keys are not counted', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, place) => [`k${place}`, ['x']]));
    checkFilterPolicy(JSON.stringify(keys(5)), 'MessageAttributes');
    assert.equal(reason(keys(6)), 'Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys');
    checkFilterPolicy(JSON.stringify({ a: keys(4), b: ['x'] }), 'MessageBody');
  });

  test('no more than 150 combinations, counted as AWS counts them', () => {
    const values = (count: number) => Array.from({ length: count }, (_, place) => `v${place}`);
    const tooComplex = 'Invalid parameter: FilterPolicy: Filter policy is too complex';
    checkFilterPolicy(JSON.stringify({ a: values(150) }), 'MessageAttributes');
    assert.equal(reason({ a: values(151) }), tooComplex);
    assert.equal(reason({ a: values(16), b: values(10) }), tooComplex);
    // 3 × 4 × 2 × 3 × 1 × 3 = 216: each array counts times its depth.
    const nested = { a: { b: { c: values(4) } }, d: { e: values(3) }, f: values(3) };
    assert.equal(reason(nested, 'MessageBody'), tooComplex);
    // (4 × 6) + (4 × 4 × 4) + (4 × 4 × 4) = 152
    const either = {
      source: values(4),
      $or: [{ metric: values(6) }, { kind: values(4), $or: [{ id: values(4) }, { space: values(4) }] }],
    };
    assert.equal(reason(either), tooComplex);
  });
});
