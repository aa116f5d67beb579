// What every launcher promises about the life of a sandbox: its end, its output, the place that a function finds, freezing, metering. The same
// chapters run on each isolation level that this machine has.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { LaunchRequest, Launcher, Specialisation } from '#sandbox';
import { levels } from './support/levels.ts';
import { describeOutcome, GENERIC, invocation, openHouse, specialisation, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction, textOf } from './support/running.ts';
import type { Files, Running } from './support/running.ts';

for (const { level, skip } of await levels()) {
  describe(`a sandbox at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    const start = (files: Files, changes: Partial<Specialisation> = {}, request: LaunchRequest = GENERIC): Promise<Running> =>
      startFunction(house, files, changes, request);

    describe('the end', () => {
      it('comes with process.exit, with its code', async () => {
        await using running = await start({ 'index.js': `exports.handler = async () => { console.log('bye'); process.exit(7) }` });
        const outcome = await running.sandbox.invoke(invocation());
        assert(outcome.kind === 'crashed');
        assert.equal(outcome.exitCode, 7);
        assert.match(textOf(running.lines), /bye/);
        await running.sandbox.gone;
        assert.equal((await running.sandbox.invoke(invocation())).kind, 'recalled', 'a dead sandbox says that it did not begin');
      });

      it('comes with process.exit while loading', async () => {
        await using running = await start({ 'index.js': `process.exit(3)` });
        assert(running.ready.kind === 'crashed');
        assert.equal(running.ready.exitCode, 3);
      });

      it('comes with the timeout, whatever the function does', async () => {
        for (const body of [
          'await new Promise((r) => setTimeout(r, 60000))',
          'for (;;);',
          `process.on('SIGTERM', () => {}); for (;;);`,
        ]) {
          await using running = await start({ 'index.js': `exports.handler = async () => { ${body} }` });
          assert.deepEqual(await running.sandbox.invoke(invocation({}, { timeoutMs: 150 })), { kind: 'timedOut', afterMs: 150 });
          await running.sandbox.gone;
        }
      });

      it('comes with the init timeout', async () => {
        await using running = await start({ 'index.js': 'for (;;);' }, { initTimeoutMs: 150 });
        assert.deepEqual(running.ready, { kind: 'timedOut', afterMs: 150 });
      });

      it('comes with destroy, also in the middle of an invocation, and twice', async () => {
        await using running = await start({ 'index.js': 'exports.handler = () => new Promise((r) => setTimeout(r, 60000))' });
        const outcome = running.sandbox.invoke(invocation());
        await Promise.all([running.sandbox.destroy(), running.sandbox.destroy()]);
        assert.equal((await outcome).kind, 'crashed');
        await running.sandbox.gone;
      });

      it('does not come with a response over the limit alone: the size is told', async () => {
        await using running = await start({ 'index.js': `exports.handler = async () => 'x'.repeat(6 * 1024 * 1024 + 99)` });
        assert.deepEqual(await running.sandbox.invoke(invocation()), { kind: 'tooLarge', bytes: 6 * 1024 * 1024 + 101 });
      });
    });

    describe('output', () => {
      it('is one event per console call, with level and request id, in order', async () => {
        const source = `exports.handler = async () => { console.log('a', { b: 1 }); console.error('two\\nlines'); console.warn('w'); console.debug('d'); console.trace('t'); console.info('i') }`;
        await using running = await start({ 'index.js': source });
        await running.sandbox.invoke(invocation({}, { requestId: 'r' }));
        const parts = running.lines.map(({ text }) => text.split('\t').slice(1));
        assert.deepEqual(parts, [
          ['r', 'INFO', 'a { b: 1 }'],
          ['r', 'ERROR', 'two\nlines'],
          ['r', 'WARN', 'w'],
          ['r', 'DEBUG', 'd'],
          ['r', 'TRACE', 't'],
          ['r', 'INFO', 'i'],
        ]);
        assert(running.lines.every(({ timestampMs }) => timestampMs > 1.7e12));
      });

      it('is JSON where the function is configured so, filtered by level', async () => {
        const source = `exports.handler = async () => { console.info('hidden'); console.warn({ a: 1 }); console.error('x', new TypeError('y')) }`;
        await using running = await start(
          { 'index.js': source },
          { environment: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' } },
        );
        await running.sandbox.invoke(invocation({}, { requestId: 'r' }));
        const events: unknown[] = running.lines.map(({ text }) => JSON.parse(text));
        assert.equal(events.length, 2);
        assert.deepEqual(
          { ...Object(events[0]), timestamp: '' },
          { timestamp: '', level: 'WARN', requestId: 'r', message: { a: 1 } },
        );
        assert.equal(Object(events[1]).errorType, 'TypeError');
      });

      it('is complete when the outcome is there, however much was printed on whichever pipe', async () => {
        const source = `exports.handler = async () => { for (let i = 0; i < 2000; i++) { process.stdout.write('o' + i + 'x'.repeat(100) + '\\n'); process.stderr.write('e' + i + '\\n') } process.stdout.write('unfinished'); require('child_process').execSync('echo from a child >&2', { stdio: 'inherit' }) }`;
        await using running = await start({ 'index.js': source });
        for (let round = 0; round < 3; round++) {
          running.lines.length = 0;
          await running.sandbox.invoke(invocation());
          const of = (stream: string): string[] => running.lines.filter((line) => line.stream === stream).map(({ text }) => text);
          assert.deepEqual(
            of('stdout').map((text) => text.slice(0, 8)),
            [...Array.from({ length: 2000 }, (_, i) => `o${i}${'x'.repeat(100)}`.slice(0, 8)), 'unfinish'],
          );
          assert.deepEqual(of('stderr'), [...Array.from({ length: 2000 }, (_, i) => `e${i}`), 'from a child']);
        }
      });

      it('of loading is delivered too, and nothing of what the agent did before', async () => {
        await using running = await start({ 'index.js': `console.log('loading'); exports.handler = async () => 1` });
        assert.deepEqual(
          running.lines.map(({ text }) => text.split('\t').slice(1)),
          [['undefined', 'INFO', 'loading']],
        );
      });
    });

    describe('the place', () => {
      it('has the function’s environment and Lambda’s, and nothing of the platform’s', async () => {
        process.env['MAYFLY_TEST_SECRET'] = 'platform';
        await using running = await start(
          { 'index.js': 'exports.handler = async () => process.env' },
          { environment: { MINE: 'yes', TZ: 'Asia/Tokyo' } },
        );
        const env = Object(valueOf(await running.sandbox.invoke(invocation())));
        delete process.env['MAYFLY_TEST_SECRET'];
        assert.equal(env.MINE, 'yes');
        assert.equal(env.TZ, 'Asia/Tokyo');
        assert.equal(env.MAYFLY_TEST_SECRET, undefined);
        for (const name of ['PATH', 'NODE_PATH', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', 'LANG', 'HOME'])
          assert.equal(typeof env[name], 'string', name);
      });

      it('has the AWS SDK to require and to import', async () => {
        const source = `import { S3Client } from '@aws-sdk/client-s3'; import { createRequire } from 'node:module';
          export const handler = async () => [typeof S3Client, typeof createRequire(import.meta.url)('@aws-sdk/lib-dynamodb').DynamoDBDocumentClient]`;
        await using running = await start({ 'index.mjs': source });
        assert.deepEqual(running.ready, { kind: 'ready' }, describeOutcome(running.ready));
        assert.deepEqual(valueOf(await running.sandbox.invoke(invocation())), ['function', 'function']);
      });

      it('has layers merged in order, the later winning', async () => {
        const layers = [
          await house.codeTree({
            'nodejs/node_modules/one/index.js': 'module.exports = "one of 1"',
            'nodejs/node_modules/both/index.js': 'module.exports = "1"',
            data: 'file',
          }),
          await house.codeTree({ 'nodejs/node_modules/both/index.js': 'module.exports = "2"', 'data/inner': 'folder' }),
        ];
        await using running = await start(
          { 'index.js': `exports.handler = async () => [require('one'), require('both')]` },
          { layerTrees: layers },
        );
        assert.deepEqual(valueOf(await running.sandbox.invoke(invocation())), ['one of 1', '2']);
      });

      it('has a temporary folder that is its own', async () => {
        const source = `const fs = require('fs'); exports.handler = async () => { const f = require('os').tmpdir() + '/f'; const before = fs.existsSync(f); fs.writeFileSync(f, 'x'); return before }`;
        for (let round = 0; round < 2; round++) {
          await using running = await start({ 'index.js': source });
          assert.equal(valueOf(await running.sandbox.invoke(invocation())), false);
          assert.equal(valueOf(await running.sandbox.invoke(invocation())), true);
        }
      });

      it('serves many sandboxes of one code tree at once', async () => {
        const codeTree = await house.codeTree({ 'index.js': 'exports.handler = async (e) => e * 2', 'lib/data.txt': 'x' });
        const answers = await Promise.all(
          Array.from({ length: 6 }, async (_, n) => {
            const sandbox = await house.launcher.launch(GENERIC);
            await sandbox.specialise(specialisation(codeTree));
            const value = valueOf(await sandbox.invoke(invocation(n)));
            await sandbox.destroy();
            return value;
          }),
        );
        assert.deepEqual(answers, [0, 2, 4, 6, 8, 10]);
      });

      it('honours what has to be there before the runtime starts', async () => {
        const codeTree = await house.codeTree({
          'index.js': 'exports.handler = async () => [globalThis.early, process.env.NODE_OPTIONS, require("vm").x]',
          'early.cjs': 'globalThis.early = 1',
        });
        const path = level !== 'process' ? '/var/task/early.cjs' : `${codeTree}/early.cjs`;
        const startEnvironment = { NODE_OPTIONS: `--require ${path} --no-warnings` };
        const sandbox = await house.launcher.launch({ ...GENERIC, startEnvironment, placed: { codeTree, layerTrees: [] } });
        assert.deepEqual(await sandbox.specialise(specialisation(codeTree, { environment: startEnvironment })), { kind: 'ready' });
        assert.deepEqual(valueOf(await sandbox.invoke(invocation())), [1, startEnvironment.NODE_OPTIONS, null]);
        await sandbox.destroy();
      });
    });

    describe('freezing', () => {
      it('stops whatever runs inside, and thawing lets it go on', async () => {
        const source = `let n = 0; setInterval(() => n++, 1); exports.handler = async () => n`;
        await using running = await start({ 'index.js': source });
        const { sandbox } = running;
        await sandbox.freeze();
        const before = sandbox.usage().cpuNanos;
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (before !== undefined) assert.equal(sandbox.usage().cpuNanos, before);
        await sandbox.thaw();
        assert.equal((await sandbox.invoke(invocation())).kind, 'returned');
        await sandbox.freeze();
        await sandbox.destroy();
      });
    });

    describe('metering', () => {
      it('tells the peak of memory since it was reset, never more than the function has', async () => {
        const source = `exports.handler = async (e) => Buffer.alloc(e * 1048576, 1).length`;
        await using running = await start({ 'index.js': source }, { memoryMiB: 256 });
        const { sandbox } = running;
        await sandbox.invoke(invocation(1));
        const low = sandbox.usage().peakBytes;
        sandbox.resetPeak();
        await sandbox.invoke(invocation(100));
        const high = sandbox.usage().peakBytes;
        if (low === undefined || high === undefined) return;
        assert(level === 'process' || high - low > 60 * 1048576, `${low} → ${high}`);
        assert(high <= 256 * 1048576);
      });
    });

    describe('a code cache', () => {
      const many = 'function f() { return 1 }\n'.repeat(2000);
      const manyNamed = Array.from({ length: 2000 }, (_, index) => `function f${index}() { return 1 }`).join('\n');
      const entries: [string, string][] = [
        [
          'index.js',
          `${many}\nexports.handler = async () => [f(), __filename.endsWith('index.js'), typeof require, require.resolve('./index.js') === __filename]`,
        ],
        [
          'index.mjs',
          `${manyNamed}\nexport const handler = async () => [f7(), import.meta.filename.endsWith('index.mjs'), 'function', true]`,
        ],
      ];
      for (const [name, source] of entries)
        it(`of ${name} is made after a run and taken by the next sandbox`, async () => {
          const codeTree = await house.codeTree({ [name]: source });
          let codeCache: Uint8Array = new Uint8Array(0);
          for (let round = 0; round < 2; round++) {
            const sandbox = await house.launcher.launch(GENERIC);
            assert.deepEqual(await sandbox.specialise(specialisation(codeTree, { codeCache })), { kind: 'ready' });
            assert.deepEqual(valueOf(await sandbox.invoke(invocation())), [1, true, 'function', true]);
            if (round === 0) codeCache = (await sandbox.makeCodeCache()) ?? codeCache;
            assert(codeCache.byteLength > 100);
            await sandbox.destroy();
          }
        });

      it('that is rubbish is not used, and modules that import others have none', async () => {
        for (const [name, source] of [
          ['index.js', 'exports.handler = async () => 1'],
          ['index.mjs', 'export const handler = async () => 1'],
        ] as const) {
          await using bad = await start({ [name]: source }, { codeCache: Buffer.from('rubbish') });
          assert.equal(valueOf(await bad.sandbox.invoke(invocation())), 1, name);
        }
        const files = {
          'index.mjs': `import { one } from './one.mjs'; export const handler = async () => one`,
          'one.mjs': 'export const one = 1',
        };
        await using module = await start(files, { codeCache: new Uint8Array(0) });
        assert.equal(valueOf(await module.sandbox.invoke(invocation())), 1);
        assert.equal(await module.sandbox.makeCodeCache(), undefined);
      });
    });

    it('leaves nothing when the launcher is closed', async () => {
      const other = await openHouse(level);
      const launched: Launcher = other.launcher;
      const sandboxes = await Promise.all([launched.launch(GENERIC), launched.launch(GENERIC)]);
      await other[Symbol.asyncDispose]();
      await Promise.all(sandboxes.map(({ gone }) => gone));
      await assert.rejects(launched.launch(GENERIC), /closed/);
    });
  });
}
