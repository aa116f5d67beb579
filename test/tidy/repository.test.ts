// What must not be anywhere in the repository, and what must.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files } from './tree.ts';

const everything = files(['.'], /\.(ts|mjs|cjs|json|md|yaml|yml|html|css|npmrc|sh)$|\.ci\/run$|LICENSE$/);

test('no file names a package registry, and the lock file keeps no addresses', () => {
  const host = new RegExp(['registry', 'npmjs'].join('\\.') + '|' + ['registry', 'yarnpkg'].join('\\.'));
  const naming = everything.filter((file) => host.test(file.text)).map((file) => file.path);
  assert.deepEqual(naming, []);
  const lock = everything.find((file) => file.path === 'package-lock.json');
  assert.ok(lock, 'package-lock.json is in the repository');
  assert.doesNotMatch(lock.text, /"resolved"/);
});

test('the documents that a reader looks for are there', () => {
  const present = new Set(everything.map((file) => file.path));
  const wanted = [
    'README.md',
    'LICENSE',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'ARCHITECTURE.md',
    'docs/compatibility.md',
    'docs/benchmarks.md',
  ];
  assert.deepEqual(
    wanted.filter((path) => !present.has(path)),
    [],
  );
});

test('links between documents lead somewhere', () => {
  const present = new Set(files(['.'], /./).map((file) => file.path));
  const folders = new Set(
    [...present].flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
    ),
  );
  const broken = everything
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) =>
      [...file.text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => {
        const target = new URL(match[1] ?? '', `file:///${file.path}`).pathname.slice(1).replace(/\/$/, '');
        return present.has(target) || folders.has(target) ? '' : `${file.path} → ${match[1]}`;
      }),
    )
    .filter(Boolean);
  assert.deepEqual(broken, []);
});
