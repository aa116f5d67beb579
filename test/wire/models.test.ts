// The frozen models: they are those of the installed packages, and say of each service what a server needs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadService, SERVICES } from '../../src/wire/index.ts';

test('the frozen models are those of the installed packages', async () => {
  const script = fileURLToPath(new URL('../../scripts/generate-models.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [script, '--check']);
});

test('every service loads, and its operations and errors are whole', () => {
  let operations = 0;
  for (const [name, facts] of SERVICES) {
    const model = loadService(name);
    assert.deepEqual([model.signingName, model.version, model.target], [facts.signingName, facts.version, facts.target]);
    for (const operation of model.operations.values()) {
      operations++;
      assert.ok(operation.http !== undefined || !model.protocols[0]?.startsWith('rest'), operation.name);
    }
    for (const [error, { status, fault }] of model.errors) {
      assert.ok(status >= 300 && status < 600, error);
      assert.equal(fault, status >= 500 ? 'server' : fault, error);
    }
  }
  assert.equal(SERVICES.size, 18);
  assert.ok(operations > 1200);
});
