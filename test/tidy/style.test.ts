// What the house style says and a machine can hold: sizes, names, first lines, bans.

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { files } from './tree.ts';

const code = files(['src', 'cli', 'scripts', 'test', 'bench', 'bin', 'runtimes'], /\.(ts|mjs|cjs)$/);
const rooms = files(['src'], /\.ts$/);
const production = rooms.filter((file) => !file.path.endsWith('.test.ts'));

const LINES_MAX = 400;

test('no file has more than 400 lines', () => {
  const long = code.filter((file) => file.lines.length > LINES_MAX).map((file) => `${file.path}: ${file.lines.length}`);
  assert.deepEqual(long, []);
});

test('a file opens with one line that says what it is', () => {
  const silent = code.filter((file) => !/^(#!.*\n)?(\/\/ .{10}|\/\*\* .{10})/.test(file.text)).map((file) => file.path);
  assert.deepEqual(silent, []);
});

test('names are kebab-case and say something', () => {
  const vague = /^(utils?|helpers?|types?|manager|common|misc|shared)(\.|$)/;
  const bad = code.filter(
    (file) => !/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(basename(file.path)) || file.path.split('/').some((part) => vague.test(part)),
  );
  assert.deepEqual(
    bad.map((file) => file.path),
    [],
  );
});

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly in: readonly { readonly path: string; readonly lines: readonly string[] }[];
  readonly except?: RegExp;
  /** Whether comments count too; in code alone otherwise. */
  readonly comments?: true;
}

const BANS: readonly Ban[] = [
  { what: 'export *', pattern: /^export \*/, in: code },
  { what: 'default exports', pattern: /^export default\b/, in: code },
  { what: 'enums and namespaces', pattern: /^\s*(export )?(const )?(enum|namespace) \w/, in: code },
  { what: 'the any type', pattern: /(:|<|as) any\b/, in: code },
  { what: 'commented-out code', pattern: /^\s*\/\/ (const|let|return|if \(|await|import) .*[;{]$/, in: code, comments: true },
  { what: 'TODO and FIXME: write an issue', pattern: /\b(TODO|FIXME|XXX)\b/, in: code, except: /^test\/tidy\//, comments: true },
  {
    what: 'the wall clock outside main',
    pattern: /\bDate\.now\(|new Date\(\)|performance\.now\(/,
    in: production,
    except: /^src\/main(\.ts|\/)/,
  },
  {
    what: 'randomness outside main',
    pattern: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/,
    in: production,
    except: /^src\/main(\.ts|\/)/,
  },
  { what: 'the environment outside main', pattern: /\bprocess\.(env|argv)\b/, in: production, except: /^src\/main(\.ts|\/)/ },
  { what: 'console in rooms', pattern: /\bconsole\.\w+\(/, in: production, except: /^src\/main(\.ts|\/)/ },
  { what: 'skipped errors', pattern: /catch\s*(\(\w*\))?\s*\{\s*\}/, in: code, except: /^runtimes\/|^test\// },
];

const COMMENT = /^\s*(\/\/|\*)/;

for (const ban of BANS)
  test(`nobody uses ${ban.what}`, () => {
    const found = ban.in
      .filter((file) => !ban.except?.test(file.path))
      .flatMap((file) => file.lines.map((line, index) => ({ line, at: `${file.path}:${index + 1}` })))
      .filter(({ line }) => ban.pattern.test(line) && (ban.comments ?? !COMMENT.test(line)))
      .map(({ at, line }) => `${at} ${line.trim()}`);
    assert.deepEqual(found, []);
  });
