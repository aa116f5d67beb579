// When setup thinks that the dependencies are installed.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { isInstalled } from './dependencies.mjs';

const WANTED = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/other-system': { version: '1.0.0', optional: true },
};

function checkout(context: TestContext, installed?: unknown): string {
  const root = mkdtempSync(join(tmpdir(), 'mayfly setup '));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: WANTED }));
  mkdirSync(join(root, 'node_modules'));
  if (installed !== undefined) {
    const text = typeof installed === 'string' ? installed : JSON.stringify({ packages: installed });
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), text);
  }
  return root;
}

test('everything of the lock file is there, but for packages of other systems', (context) => {
  assert.equal(isInstalled(checkout(context, { 'node_modules/a': WANTED['node_modules/a'] })), true);
});

test('a missing, older, foreign or half-written installation is none', (context) => {
  const a = WANTED['node_modules/a'];
  const broken: readonly unknown[] = [
    undefined,
    '{ "packages": {',
    {},
    { 'node_modules/a': { ...a, version: '0.9.0' } },
    { 'node_modules/a': { ...a, integrity: 'sha512-other' } },
    { 'node_modules/a': a, 'node_modules/stranger': { version: '1.0.0' } },
    { 'node_modules/a': a, 'node_modules/other-system': { version: '0.9.0', optional: true } },
  ];
  for (const installed of broken) assert.equal(isInstalled(checkout(context, installed)), false, JSON.stringify(installed));
});

test('a folder without a lock file is no checkout', (context) => {
  const root = checkout(context);
  rmSync(join(root, 'package-lock.json'));
  assert.throws(() => isInstalled(root), /package-lock\.json is missing/);
});
