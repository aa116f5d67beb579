// How many resources there are: counted once, then kept up, and counted again after a fault.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPE } from '../../../test/support/logs-house.ts';
import { ResourceCount } from './resource-count.ts';

test('a count that fails is its askers alone, also where something was removed meanwhile, and is made again', async () => {
  let isBroken = true;
  const count = new ResourceCount(
    {
      async list() {
        if (isBroken) throw new Error('The disk is gone.');
        return [{ key: { scope: SCOPE, kind: 'thing', name: 'a' }, body: {}, revision: 1 }];
      },
    } as never,
    'thing',
  );
  const asked = count.of(SCOPE);
  // Nobody ever asks for the count that this leaves.
  count.removed(SCOPE);
  await assert.rejects(asked, /disk/);
  await new Promise((resolve) => setImmediate(resolve));
  isBroken = false;
  assert.equal(await count.of(SCOPE), 1);
  count.added(SCOPE);
  assert.equal(await count.of(SCOPE), 2);
});
