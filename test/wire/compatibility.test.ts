// docs/compatibility.md says what is registered.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compatibilityDocument } from '../../scripts/compatibility-document.ts';

test('docs/compatibility.md is current; scripts/generate-compatibility.ts writes it', () => {
  const written = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  assert.equal(written, compatibilityDocument());
});
