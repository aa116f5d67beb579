// Which messages pass which filters: AWS's table of bodies and patterns.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordFilter } from './record-filter.ts';

const passes = (patterns: readonly object[], document: Readonly<Record<string, unknown>>) =>
  recordFilter(patterns.map((pattern) => JSON.stringify(pattern)))({ document });

test('without filters, everything passes', () => {
  assert.equal(passes([], { body: 'anything' }), true);
});

test('a pattern that looks into the body wants JSON', () => {
  const pattern = { body: { kind: ['order'], price: [{ numeric: ['>', 10] }] } };
  assert.equal(passes([pattern], { body: '{"kind":"order","price":11}' }), true);
  assert.equal(passes([pattern], { body: '{"kind":"order","price":9}' }), false);
  assert.equal(passes([pattern], { body: 'order' }), false);
  assert.equal(passes([pattern], { body: '{"kind":"order",' }), false);
});

test('a pattern that names the body wants text', () => {
  assert.equal(passes([{ body: ['order'] }], { body: 'order' }), true);
  assert.equal(passes([{ body: [{ prefix: 'or' }] }], { body: 'order' }), true);
  assert.equal(passes([{ body: ['order'] }], { body: 'bill' }), false);
  assert.equal(passes([{ body: [{ exists: true }] }], { body: '{"kind":"order"}' }), false);
});

test('a pattern without a body looks at what is around it', () => {
  const pattern = { attributes: { MessageGroupId: ['a'] } };
  assert.equal(passes([pattern], { body: 'x', attributes: { MessageGroupId: 'a' } }), true);
  assert.equal(passes([pattern], { body: '{}', attributes: { MessageGroupId: 'b' } }), false);
});

test('one of several is enough', () => {
  const patterns = [{ body: { kind: ['order'] } }, { body: ['ping'] }];
  assert.equal(passes(patterns, { body: 'ping' }), true);
  assert.equal(passes(patterns, { body: '{"kind":"order"}' }), true);
  assert.equal(passes(patterns, { body: '{"kind":"bill"}' }), false);
});

test('alternatives may look into the body, at its text, or around it', () => {
  const pattern = { $or: [{ body: { kind: ['order'] } }, { body: ['ping'] }, { attributes: { MessageGroupId: ['a'] } }] };
  assert.equal(passes([pattern], { body: '{"kind":"order"}' }), true);
  assert.equal(passes([pattern], { body: 'ping' }), true);
  assert.equal(passes([pattern], { body: '{"kind":"bill"}', attributes: { MessageGroupId: 'a' } }), true);
  assert.equal(passes([pattern], { body: '{"kind":"bill"}', attributes: { MessageGroupId: 'b' } }), false);
  assert.equal(passes([{ $or: [{ body: [{ exists: true }] }, { x: ['y'] }] }], { body: '{"kind":"order"}' }), false);
});
