// The tasks of package.json's scripts, run with Node 24 after setup.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NODE_FLAGS } from '../../bin/node-flags.mjs';
import { inForeground, quietly } from './run.mjs';
import { say, SetupFailed } from './say.mjs';

/**
 * `sandbox`: the task runs functions, so setup looks after bubblewrap first. `tests`: and after what only tests need.
 *
 * @typedef {{ root: string, node: string, args: readonly string[] }} Place
 * @type {Record<string, { sandbox: boolean, tests?: boolean, run: (place: Place) => Promise<number> }>}
 */
export const TASKS = {
  start: { sandbox: true, run: (place) => script(place, 'scripts/start.ts') },
  test: { sandbox: true, tests: true, run: test },
  'test:long': { sandbox: true, tests: true, run: testLong },
  check: { sandbox: false, run: check },
  bench: { sandbox: true, run: bench },
  example: { sandbox: true, run: example },
  models: { sandbox: false, run: (place) => script(place, 'scripts/generate-models.ts') },
  compatibility: { sandbox: false, run: (place) => script(place, 'scripts/generate-compatibility.ts') },
  package: { sandbox: false, run: (place) => script(place, 'scripts/package.ts') },
};

function script({ root, node, args }, path) {
  return inForeground(node, [...NODE_FLAGS, join(root, path), ...args]);
}

const BENCHES = ['warm', 'cold', 'objects', 'store', 'sim', 'functions', 'events', 'flows'];

/** The one that is named, with the arguments that follow; all of them one after another where none is. */
async function bench({ args: [name, ...args], ...place }) {
  if (name === undefined) {
    for (const one of BENCHES) {
      const code = await script({ ...place, args: [] }, `bench/${one}.ts`);
      if (code !== 0) return code;
    }
    return 0;
  }
  if (!BENCHES.includes(name)) throw new SetupFailed(`usage: npm run bench ${BENCHES.join('|')}\nThere is no benchmark "${name}".`);
  return script({ ...place, args }, `bench/${name}.ts`);
}

const EXAMPLES = ['contact-form', 'payments'];

/** One that tells its story in one command. */
function example({ args: [name = '', ...args], ...place }) {
  if (!EXAMPLES.includes(name)) throw new SetupFailed(`usage: node scripts/setup.mjs example ${EXAMPLES.join('|')}`);
  return script({ ...place, args }, `examples/${name}/run.mjs`);
}

/** Everything, or with arguments only the tests below the named files and folders. */
async function test(place) {
  if (place.args.length > 0) return nodeTest(place, place.args.flatMap(patternsBelow));
  const checked = await check(place);
  const tested = await nodeTest(place, ['src', 'cli', 'scripts', 'test'].flatMap(patternsBelow));
  if (checked !== 0) say('npm run check failed, see above.');
  return tested === 0 ? checked : tested;
}

/** The same tests with as many rounds, runs and kills as they have (test/support/effort.ts). */
function testLong(place) {
  const paths = place.args.length > 0 ? place.args : ['src', 'test'];
  return nodeTest(place, paths.flatMap(patternsBelow), { environment: { MAYFLY_LONG: '1' }, timeoutMinutes: 60 });
}

function patternsBelow(path) {
  return /\.[a-z]+$/.test(path) ? [path] : [`${path.replace(/\/$/, '')}/**/*.test.ts`];
}

/** The counts come last, also after a long list of failures. */
async function nodeTest({ root, node }, patterns, { environment = {}, timeoutMinutes = 5 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-test-'));
  const counts = join(folder, 'counts');
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${pathToFileURL(join(root, 'scripts/setup/count-reporter.mjs')).href}`,
    `--test-reporter-destination=${counts}`,
  ];
  const limits = ['--test-concurrency=2', `--test-timeout=${timeoutMinutes * 60_000}`];
  const flags = [...limits, ...reporters, '--disable-warning=ExperimentalWarning'];
  const code = await inForeground(node, ['--test', ...flags, ...patterns], { cwd: root, env: { ...process.env, ...environment } });
  if (existsSync(counts)) say(readFileSync(counts, 'utf8'));
  rmSync(folder, { recursive: true });
  return code;
}

/** Format, types, lint, dead code: side by side, each in one line where it has nothing to say. */
async function check({ root, node }) {
  const tools = {
    format: ['oxfmt', '--check', '.'],
    types: ['tsc', '--noEmit', '-p', '.'],
    lint: ['oxlint', '--type-aware', '.'],
    'dead code': ['knip'],
  };
  const results = await Promise.all(
    Object.entries(tools).map(async ([name, [bin, ...args]]) => {
      const { code, output } = await quietly(node, [join(root, 'node_modules', '.bin', bin), ...args], { cwd: root });
      say(`check ${name}: ${code === 0 ? 'ok' : `failed (${bin} ${args.join(' ')})\n${output.trimEnd()}`}`);
      return code;
    }),
  );
  return results.every((code) => code === 0) ? 0 : 1;
}

/** @param {string | undefined} name */
export function taskNamed(name) {
  if (name !== undefined && Object.hasOwn(TASKS, name)) return TASKS[name];
  throw new SetupFailed(
    `usage: node scripts/setup.mjs ${Object.keys(TASKS).join('|')} [arguments]${name === undefined ? '' : `\nThere is no task "${name}".`}`,
  );
}
