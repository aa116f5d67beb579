// The functions whose cold starts are measured, and how long a Node takes that is started for one of them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

export interface Source {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

const SMALL = `async () => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ hello: 'world' }) });`;

const SDK = `
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
const client = new S3Client({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
export const handler = async () => ({ statusCode: 200, body: typeof client.send + new ListBucketsCommand({}).constructor.name });`;

export const SMALL_SOURCES: readonly Source[] = [
  { name: 'small ES module', file: 'index.mjs', text: `export const handler = ${SMALL}` },
  { name: 'small CommonJS', file: 'index.cjs', text: `exports.handler = ${SMALL}` },
];

/** As developers bundle them: esbuild, for Node, with the SDK inside. */
export async function sdkSources(): Promise<readonly Source[]> {
  const requireIn = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;
  const [commonJs, module] = await Promise.all([bundle('cjs', ''), bundle('esm', requireIn)]);
  // Its process would be counted among the sandboxes.
  await stop();
  return [
    { name: 'SDK bundle, CommonJS', file: 'index.cjs', text: commonJs },
    { name: 'SDK bundle, ES module', file: 'index.mjs', text: module },
  ];
}

async function bundle(format: 'cjs' | 'esm', banner: string): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: SDK, resolveDir: root },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format,
    banner: { js: banner },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** Writes it into a folder of its own, with the script that a Node would be started with. */
export function writeSource(parent: string, { file, text }: Source): string {
  const folder = join(parent, `${file}-${text.length}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), text);
  const script = join(folder, 'run.mjs');
  writeFileSync(script, `import { handler } from './${file}';\nprocess.stdout.write(JSON.stringify(await handler({})));\n`);
  return script;
}

/** A folder with the source alone, as a sandbox gets it. */
export function codeTreeOf(parent: string, source: Source): string {
  const tree = join(parent, `tree-${source.file}-${source.text.length}`);
  mkdirSync(tree, { recursive: true });
  cpSync(join(writeSource(parent, source), '..', source.file), join(tree, source.file));
  return tree;
}

/** From the spawn to the handler's answer. */
export async function spawnAndLoadMs(script: string): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  const tookMs = performance.now() - beganMs;
  await exit;
  return tookMs;
}
