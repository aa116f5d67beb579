// The package as it is published: packed, installed into an empty folder, started with npx, given a function in TypeScript.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runningPlatform, stopped } from '../support/mayfly-command.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALL_TIMEOUT_MS = 300_000;

/** The npm that runs the tests, else the one on the PATH; with this Node, whatever node is on the PATH. */
const NPM = process.env['npm_execpath'];
const npmCommand = NPM !== undefined && basename(NPM) === 'npm-cli.js' ? ([process.execPath, NPM] as const) : (['npm'] as const);

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const [program, ...first] = npmCommand;
  const { stdout } = await run(program, [...first, ...args], { cwd, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

test(
  'an installed package serves through npx, runs a function, and ends with npx',
  { timeout: INSTALL_TIMEOUT_MS },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'mayfly package '));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    // Runs `prepack`, which builds dist/; its output would stand before the JSON.
    const output = await npm(['pack', '--json', '--foreground-scripts=false', '--pack-destination', folder], ROOT);
    const [packed] = JSON.parse(output) as readonly [
      { readonly filename: string; readonly files: readonly { readonly path: string }[] },
    ];
    const shipped = packed.files.map((file) => file.path);
    const stray = shipped.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
    assert.deepEqual(stray, [], 'Node strips no types below node_modules');
    for (const path of ['bin/mayfly.mjs', 'dist/cli.mjs', 'dist/function-config.d.ts', 'LICENSE', 'README.md']) {
      assert.ok(shipped.includes(path), path);
    }

    const project = join(folder, 'project');
    mkdirSync(join(project, 'functions'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)], project);
    writeFileSync(
      join(project, 'functions', 'greet.ts'),
      `import { S3Client } from '@aws-sdk/client-s3';
    export const config = { memory: 256 } satisfies import('mayfly').FunctionConfig;
    export const handler = async (event: { readonly name: string }): Promise<string> => \`\${event.name} \${typeof S3Client}\`;`,
    );

    const platform = await runningPlatform(context, { cwd: project, command: [...npmCommand, 'exec', '--', 'mayfly'] });
    const command = [join(project, 'node_modules', '.bin', 'mayfly')] as const;
    const deployed = await platform.run(['deploy'], { command });
    assert.equal(deployed.code, 0, deployed.stderr);
    const invoked = await platform.run(['invoke', 'greet', '-d', '{"name":"hello"}'], { command });
    assert.deepEqual([invoked.stdout, invoked.code], ['"hello function"\n', 0], invoked.stderr);
    await stopped(platform.child, 'SIGKILL');
  },
);
