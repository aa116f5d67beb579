// Tenants have instance keys of their own, and calls say whom they are for exactly where that matters.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invocable } from '../../test/support/invocable.ts';
import { forTenant, sharedKeyOf } from './tenants.ts';

const isolated = invocable('isolated', { tenantIsolation: true });

test('each tenant has a key, and all of them lead back to the function version', () => {
  const keys = ['blue', 'green', 'isolated/1', ''].map((tenantId) => forTenant(isolated, tenantId).instanceKey);
  assert.equal(new Set([...keys, isolated.instanceKey]).size, keys.length + 1);
  assert.deepEqual(new Set(keys.map(sharedKeyOf)), new Set([isolated.instanceKey]));
  assert.equal(forTenant(isolated, 'blue').tenantId, 'blue');
});

test('a call for nobody, and one for somebody where nobody is kept apart, are refused', () => {
  assert.throws(() => forTenant(isolated, undefined), /Add a valid tenant ID/);
  assert.throws(() => forTenant(invocable('plain'), 'blue'), /Remove the tenant ID/);
  const plain = invocable('plain');
  assert.equal(forTenant(plain, undefined), plain);
});
