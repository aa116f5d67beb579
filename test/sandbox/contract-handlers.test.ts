// What every launcher promises about handlers, names, context and errors. The same chapters run on each isolation level that this machine has.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { LaunchRequest, Specialisation } from '#sandbox';
import { levels } from './support/levels.ts';
import { describeOutcome, errorOf, GENERIC, invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { runFunction, startFunction, textOf } from './support/running.ts';
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
    const run = (source: string, event: unknown = {}, request: LaunchRequest = GENERIC): Promise<unknown> =>
      runFunction(house, source, event, request);

    it('promises in one sentence that names its level', () => {
      assert.equal(house.launcher.level, level);
      assert.match(house.launcher.promise, new RegExp(`^${level}: .+\\.$`));
    });

    describe('handlers', () => {
      it('may be async, promise or callback, in every runtime', async () => {
        for (const runtime of ['nodejs22.x', 'nodejs24.x'] as const) {
          const request = { ...GENERIC, runtime };
          assert.deepEqual(await run('exports.handler = async (e) => ({ got: e })', { a: 1 }, request), { got: { a: 1 } });
          assert.equal(await run('exports.handler = (e) => Promise.resolve(e.a)', { a: 2 }, request), 2);
          assert.equal(await run('exports.handler = (e, c, cb) => cb(null, e.a)', { a: 3 }, request), 3);
          assert.equal(await run('exports.handler = (e, c, cb) => { setTimeout(() => cb(null, "late"), 5) }', {}, request), 'late');
          assert.equal(await run('exports.handler = (e, c) => { c.succeed("ok") }', {}, request), 'ok');
          assert.equal(await run('exports.handler = (e, c) => { c.done(null, "ok") }', {}, request), 'ok');
        }
      });

      it('answer null for undefined, and for a callback that is never called', async () => {
        assert.equal(await run('exports.handler = async () => {}'), null);
        assert.equal(await run('exports.handler = async () => () => 1'), null);
        assert.equal(await run('exports.handler = (e, c, cb) => {}'), null);
      });

      it('answer what they return synchronously from Node 24 on, as on Lambda', async () => {
        assert.equal(await run('exports.handler = (e) => 5'), 5);
        assert.equal(await run('exports.handler = (e) => 5', {}, { ...GENERIC, runtime: 'nodejs22.x' }), null);
      });

      it('wait for an empty event loop only while callbackWaitsForEmptyEventLoop is true', async () => {
        const source = (wait: boolean): string =>
          `let done = false; exports.handler = (e, c, cb) => { if (e.ask) return cb(null, done); c.callbackWaitsForEmptyEventLoop = ${wait}; setTimeout(() => { done = true }, 60); cb(null, 'x') }`;
        for (const wait of [true, false]) {
          await using running = await start({ 'index.js': source(wait) });
          await running.sandbox.invoke(invocation({}));
          const ask = await running.sandbox.invoke(invocation({ ask: true }));
          if (wait) assert.equal(valueOf(ask), true);
          else assert.equal(ask.kind, 'returned');
        }
      });

      it('that never settle and have nothing left to do are told apart from slow ones', async () => {
        await using running = await start({ 'index.js': 'exports.handler = async () => { await new Promise(() => {}) }' });
        assert.equal(errorOf(await running.sandbox.invoke(invocation())).errorType, 'Runtime.NodeJsExit');
      });

      it('stream their response when wrapped by awslambda.streamifyResponse', async () => {
        const source = `exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('{"a":'); stream.write('1}'); stream.end() })`;
        assert.deepEqual(await run(source), { a: 1 });
      });

      it('keep their globals from one invocation to the next', async () => {
        await using running = await start({ 'index.js': 'let n = 0; exports.handler = async () => ++n' });
        for (const expected of [1, 2, 3]) assert.equal(valueOf(await running.sandbox.invoke(invocation())), expected);
      });

      it('get payloads of six megabytes and answer with them', async () => {
        const text = 'ü'.repeat(3 * 1024 * 1024 - 8);
        assert.equal(await run('exports.handler = async (e) => e', text), text);
      });
    });

    describe('the context', () => {
      it('has everything that Lambda documents', async () => {
        const source = `exports.handler = async (e, c) => ({ ...c, callbackWaitsForEmptyEventLoop: c.callbackWaitsForEmptyEventLoop, left: c.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID })`;
        await using running = await start({ 'index.js': source });
        const value = valueOf(
          await running.sandbox.invoke(
            invocation(
              {},
              {
                requestId: 'id-1',
                clientContext: '{"custom":{"a":1}}',
                cognitoIdentity: '{"cognitoIdentityId":"x"}',
                traceHeader: 'Root=1-2-3',
              },
            ),
          ),
        );
        assert(typeof value === 'object' && value !== null && 'left' in value && typeof value.left === 'number');
        assert(value.left > 0 && value.left <= 10_000);
        assert.deepEqual(
          { ...value, left: 0 },
          {
            awsRequestId: 'id-1',
            callbackWaitsForEmptyEventLoop: true,
            clientContext: { custom: { a: 1 } },
            functionName: 'probe',
            functionVersion: '$LATEST',
            identity: { cognitoIdentityId: 'x' },
            invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
            left: 0,
            logGroupName: '/aws/lambda/probe',
            logStreamName: 'stream',
            memoryLimitInMB: '128',
            trace: 'Root=1-2-3',
          },
        );
      });
    });

    describe('handler names', () => {
      const answers = `exports.handler = async () => __filename.split('/').pop(); exports.a = { b: { handler: async () => 'nested' } }`;

      it('resolve to files as Lambda does', async () => {
        const cases: [Files, string, string][] = [
          [{ 'index.js': answers }, 'index.handler', 'index.js'],
          [{ 'index.cjs': answers }, 'index.handler', 'index.cjs'],
          [{ 'src/deep/app.js': answers }, 'src/deep/app.handler', 'app.js'],
          [{ 'index.js': answers }, 'index.a.b.handler', 'nested'],
          [{ 'index.mjs': `export const handler = async () => 'mjs'` }, 'index.handler', 'mjs'],
          [{ 'index.js': `export const handler = async () => 'esm'`, 'package.json': '{"type":"module"}' }, 'index.handler', 'esm'],
          [
            { 'f/index.js': `export const handler = async () => 'above'`, 'package.json': '{"type":"module"}' },
            'f/index.handler',
            'above',
          ],
          [{ 'index.mjs': `const x = await Promise.resolve('tla'); export const handler = async () => x` }, 'index.handler', 'tla'],
          [
            {
              'index.mjs': `import { loaded } from './late.mjs'; export const handler = async () => loaded.join(); loaded.push('index')`,
              'late.mjs': `export const loaded = ['late']; await null; loaded.push('settled')`,
            },
            'index.handler',
            'late,settled,index',
          ],
          [
            { 'index.mjs': `export const handler = async () => 'named'; export { x as 'module.exports' }; const x = {}` },
            'index.handler',
            'named',
          ],
          [{ 'node_modules/pkg/index.js': answers }, 'pkg.handler', 'index.js'],
        ];
        for (const [files, handler, expected] of cases) {
          await using running = await start(files, { handler });
          assert.deepEqual(running.ready, { kind: 'ready' }, `${handler}: ${describeOutcome(running.ready)}`);
          assert.equal(valueOf(await running.sandbox.invoke(invocation())), expected, handler);
        }
      });

      it('of ES modules that stand alone are as the ordinary loader makes them', async () => {
        const self = `export const handler = async () => `;
        const cases: [Files, unknown][] = [
          [
            { 'index.mjs': `${self} [typeof import.meta.url, import.meta.filename.startsWith(import.meta.dirname)]` },
            ['string', true],
          ],
          [{ 'index.mjs': `${self} import.meta.resolve('./x.mjs').endsWith('/x.mjs')` }, true],
          [{ 'index.mjs': `${self} typeof (await import('node:os')).cpus` }, 'function'],
          [{ 'index.mjs': `import os, { EOL } from 'os'; ${self} os.EOL === EOL` }, true],
          [
            {
              'index.mjs': `${self} (await import('./other.mjs')).same(handler)`,
              'other.mjs': `import { handler } from './index.mjs'; export const same = (other) => other === handler`,
            },
            true,
          ],
          [
            {
              'index.mjs': `import fs, { existsSync } from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; fs.existsSync = () => 'patched'; syncBuiltinESMExports(); ${self} existsSync('/')`,
            },
            'patched',
          ],
          [{ 'index.mjs': `import { one } from '@own/one'; ${self} one`, 'node_modules/@own/one/index.js': 'exports.one = 1' }, 1],
        ];
        for (const [files, expected] of cases) {
          await using running = await start(files);
          assert.deepEqual(valueOf(await running.sandbox.invoke(invocation())), expected, files['index.mjs']);
        }
        await using missing = await start({ 'index.mjs': `import { nothing } from 'node:fs'; ${self} nothing` });
        assert.match(describeOutcome(missing.ready), /does not provide an export named/);
      });

      it('resolve to TypeScript sources, whose types are stripped, in every runtime', async () => {
        const cases: [Files, string][] = [
          [{ 'index.ts': `const x: string = 'ts'; export const handler = async (): Promise<string> => x` }, 'ts'],
          [{ 'index.mts': `import type { X } from './none.ts'; export const handler = async (): Promise<string> => 'mts'` }, 'mts'],
          [{ 'index.cts': `exports.handler = async (): Promise<string> => 'cts'` }, 'cts'],
          [{ 'index.ts': `exports.handler = async (): Promise<string> => 'common'` }, 'common'],
          [
            {
              'index.ts': `import { y } from './other.ts'; export const handler = async () => y`,
              'other.ts': `export const y: string = 'two'`,
            },
            'two',
          ],
        ];
        for (const runtime of ['nodejs22.x', 'nodejs24.x'] as const) {
          for (const [files, expected] of cases) {
            await using running = await start(files, {}, { ...GENERIC, runtime });
            assert.deepEqual(running.ready, { kind: 'ready' }, `${runtime} ${expected}: ${describeOutcome(running.ready)}`);
            assert.equal(valueOf(await running.sandbox.invoke(invocation())), expected, runtime);
          }
        }
      });

      it('that lead nowhere are explained with Lambda’s error types', async () => {
        const cases: [Record<string, string>, string, string, RegExp][] = [
          [{ 'index.js': '' }, 'index.handler', 'Runtime.HandlerNotFound', /index\.handler is undefined or not exported/],
          [{ 'index.js': 'exports.handler = 5' }, 'index.handler', 'Runtime.HandlerNotFound', /is not a function/],
          [{ 'index.js': '' }, 'other.handler', 'Runtime.ImportModuleError', /Cannot find module 'other'/],
          [{ 'index.js': `require('nothing-here')` }, 'index.handler', 'Runtime.ImportModuleError', /nothing-here/],
          [{ 'index.mjs': `import 'nothing-here'` }, 'index.handler', 'Runtime.ImportModuleError', /nothing-here/],
          [{ 'index.js': 'exports.handler = (' }, 'index.handler', 'Runtime.UserCodeSyntaxError', /Unexpected/],
          [{ 'index.mjs': 'export const = 1' }, 'index.handler', 'Runtime.UserCodeSyntaxError', /Unexpected/],
          [{ 'index.js': '' }, 'index', 'Runtime.MalformedHandlerName', /Bad handler/],
          [
            { 'index.js': '' },
            '../index.handler',
            'Runtime.MalformedHandlerName',
            /'\.\.\/index\.handler' is not a valid handler name/,
          ],
          [{ 'index.js': `throw new TypeError('at load')` }, 'index.handler', 'TypeError', /^at load$/],
          [{ 'index.mjs': `await new Promise(() => {})` }, 'index.handler', 'Runtime.NodeJsExit', /never settled/],
        ];
        for (const [files, handler, errorType, message] of cases) {
          await using running = await start(files, { handler });
          const error = errorOf(running.ready);
          assert.equal(error.errorType, errorType, describeOutcome(running.ready));
          assert.match(error.errorMessage, message);
          assert(Array.isArray(error.trace));
        }
      });
    });

    describe('errors', () => {
      const failing = async (source: string): Promise<ReturnType<typeof errorOf>> => {
        await using running = await start({ 'index.js': source });
        return errorOf(await running.sandbox.invoke(invocation()));
      };

      it('carry type, message and trace', async () => {
        const error = await failing(
          `class Mine extends Error { name = 'Mine' }; exports.handler = async () => { throw new Mine('no') }`,
        );
        assert.equal(error.errorType, 'Mine');
        assert.equal(error.errorMessage, 'no');
        assert.match(error.trace.join('\n'), /index\.js:1/);
      });

      it('are cut where they are larger than the platform takes', async () => {
        await using running = await start({
          'index.js': `exports.handler = async (e) => { if (e.size > 0) throw new Error('\\u0000'.repeat(e.size)); return 1 }`,
        });
        const error = errorOf(await running.sandbox.invoke(invocation({ size: 200_000 })));
        assert.deepEqual([error.errorType, error.errorMessage.length], ['Error', 32_001]);
        assert.match(error.trace.join('\n'), /index\.js:1/);
        assert.equal(valueOf(await running.sandbox.invoke(invocation({ size: 0 }))), 1, 'nothing broke the rules');
      });

      it('may be anything that can be thrown', async () => {
        assert.deepEqual(await failing(`exports.handler = async () => { throw 'text' }`), {
          errorType: 'string',
          errorMessage: 'text',
          trace: [],
        });
        assert.equal((await failing(`exports.handler = (e, c, cb) => cb('x')`)).errorMessage, 'x');
        assert.equal((await failing(`exports.handler = async () => { throw null }`)).errorMessage, 'handled');
        assert.equal((await failing(`exports.handler = async () => { throw { get name() { throw 1 } } }`)).errorType, 'handled');
      });

      it('come from results that JSON cannot hold', async () => {
        assert.equal(
          (await failing(`exports.handler = async () => { const a = {}; a.a = a; return a }`)).errorType,
          'Runtime.MarshalError',
        );
        assert.equal((await failing(`exports.handler = async () => 1n`)).errorType, 'Runtime.MarshalError');
      });

      it('that nobody caught end the sandbox after they were told', async () => {
        for (const [source, type] of [
          [`exports.handler = () => new Promise(() => { setImmediate(() => { throw new RangeError('loose') }) })`, 'RangeError'],
          [
            `exports.handler = () => new Promise(() => { Promise.reject(new Error('loose')) })`,
            'Runtime.UnhandledPromiseRejection',
          ],
        ] as const) {
          await using running = await start({ 'index.js': source });
          let isGone = false;
          void running.sandbox.gone.then(() => {
            isGone = true;
          });
          const error = errorOf(await running.sandbox.invoke(invocation()));
          assert.equal(error.errorType, type);
          assert.match(error.errorMessage, /loose/);
          assert(isGone, 'gone before the outcome');
        }
      });

      it('are logged as Lambda logs them', async () => {
        await using running = await start({ 'index.js': `exports.handler = async () => { throw new Error('boom') }` });
        await running.sandbox.invoke(invocation({}, { requestId: 'id-9' }));
        assert.match(
          textOf(running.lines),
          /^\S+\tid-9\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"boom","stack":\[/,
        );
      });
    });
  });
}
