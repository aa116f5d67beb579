// Durable functions as their users deploy them: a handler written for AWS's own SDK, bundled with it.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** An archive's `index.mjs`, from a module that imports `@aws/durable-execution-sdk-js`. AWS's client comes with the runtime, as on Lambda. */
export async function durableBundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: PROJECT, sourcefile: 'index.ts', loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['@aws-sdk/*'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
