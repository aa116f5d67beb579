// Digests of attributes against those that other implementations compute.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOfAttributes, digestOfBody } from './message-digests.ts';

test('digests are those of AWS', () => {
  assert.equal(digestOfBody('test'), '098f6bcd4621d373cade4e832627b4f6');
  assert.equal(digestOfAttributes({ timestamp: { type: 'Number', value: '1493147359900' } }), '235c5c510d26fb653d073faed50ae77c');
  assert.equal(
    digestOfAttributes({ timestamp: { type: 'Number.java.lang.Long', value: '1493147359900' } }),
    '2e2e4876d8e0bd6b8c2c8f556831c349',
  );
  assert.equal(
    digestOfAttributes({ ordinal: { type: 'Number', value: '1' }, category: { type: 'String', value: 'test' } }),
    'd21ae90c49061e927f57df5f5d72be1f',
  );
});

test('of no attributes there is none, and their order does not matter', () => {
  assert.equal(digestOfAttributes({}), undefined);
  const [a, b] = [
    { type: 'String', value: 'x' },
    { type: 'Binary', value: 'AP8=' },
  ];
  assert.equal(digestOfAttributes({ a, b }), digestOfAttributes({ b, a }));
  assert.notEqual(digestOfAttributes({ a, b }), digestOfAttributes({ a, b: { type: 'Binary', value: 'AP4=' } }));
});
