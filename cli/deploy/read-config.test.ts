// Configs of functions: how they are found in a source, read and checked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from './config-schema.ts';
import { readSource } from './read-config.ts';

const readConfig = async (source: string, place: string): Promise<unknown> => (await readSource(source, place)).config;

test('reads the config of a TypeScript function without its types', async () => {
  const source = `
    import type { S3Handler } from 'aws-lambda';
    export const config = { memory: 512, on: [{ s3: 'uploads', suffix: '.jpg' }] as const } satisfies import('mayfly').FunctionConfig;
    export const handler: S3Handler = async (event) => { throw new Error('never runs') };`;
  assert.deepEqual(await readConfig(source, 'functions/thumb.ts'), { memory: 512, on: [{ s3: 'uploads', suffix: '.jpg' }] });
});

test('reads the config of a CommonJS function', async () => {
  assert.deepEqual(await readConfig(`exports.handler = async () => 1;\nexports.config = { timeout: 9 };`, 'a.js'), { timeout: 9 });
  assert.deepEqual(await readConfig(`module.exports.config = { timeout: 9 };`, 'a.cjs'), { timeout: 9 });
  const together = await readSource(
    'const config = { timeout: 9 };\nconst handler = async () => 1;\nmodule.exports = { handler, config };',
    'a.js',
  );
  assert.deepEqual(together, { config: { timeout: 9 }, exports: ['handler', 'config'] });
});

test('a file without a config has none', async () => {
  assert.equal(await readConfig('export const handler = async () => 1;', 'a.mjs'), undefined);
});

test('is not taken in by a config inside a string, a comment or a function', async () => {
  const source = `
const sample = \`
export const config = { memory: 1 };
\`;
/*!
export const config = { memory: 2 };
*/
function inner() {
const config = { memory: 3 };
return config;
}
export const config = { memory: 4 };
export const handler = () => [sample, inner];`;
  assert.deepEqual(await readConfig(source, 'a.mjs'), { memory: 4 });
});

test('says what is wrong with a config that is computed', async () => {
  await assert.rejects(readConfig('export const config = { memory: Number(process.env.M) };', 'functions/a.ts'), {
    message: /^functions\/a\.ts: config\.memory is not plain data: Number\(process\.env\.M\)/,
  });
  await assert.rejects(readConfig(`export { config } from './b.ts';`, 'functions/a.ts'), { message: /comes from another place/ });
  await assert.rejects(readConfig('export const config = {', 'functions/a.ts'), { message: /^functions\/a\.ts:1:\d+: / });
});

test('fills in what a config leaves out', () => {
  const checked = checkConfig({ on: [{ s3: 'uploads' }, { http: '/', auth: 'none' }] }, 'a.ts');
  assert.equal(checked.runtime, 'nodejs24.x');
  assert.equal(checked.memory, 128);
  assert.equal(checked.timeout, 3);
  assert.deepEqual(checked.on[0], { s3: 'uploads', events: ['s3:ObjectCreated:*'], prefix: '', suffix: '' });
  assert.deepEqual(checkConfig(undefined, 'a.ts').on, []);
});

test('names every mistake of a config by its place', () => {
  const wrong = {
    memory: 64,
    timout: 3,
    env: { '9': 'x' },
    on: [{ s3: 'Uploads' }, { mail: 'jobs' }, { http: 'GET /', auth: 'none' }, { http: '/' }],
  };
  assert.throws(
    () => checkConfig(wrong, 'functions/a.ts'),
    (error: Error) => {
      for (const part of [
        'functions/a.ts',
        'config.memory',
        '"timout"',
        'config.env.9',
        'config.on.0.s3',
        'config.on.1',
        'config.on.2.http',
        'config.on.3.auth',
      ]) {
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      }
      return true;
    },
  );
});
