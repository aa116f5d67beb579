// What layers bring is found where Lambda has it, by every kind of runtime: modules, programs, shared libraries.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';
import { zipOf } from '../../support/zip.ts';
import { pythonMissing, shellBootstrap } from './programs.ts';

const compiler = existsSync('/usr/bin/gcc') ? false : 'there is no C compiler';

let platform: RunningPlatform;
let Layers: string[];
before(async () => {
  platform = await runPlatform();
  const files: Record<string, string | Uint8Array> = {
    'nodejs/node_modules/plain/index.js': 'module.exports = "plain";',
    'nodejs/node24/node_modules/versioned/index.js': 'module.exports = "for 24";',
    'nodejs/node22/node_modules/versioned/index.js': 'module.exports = "for 22";',
    'python/plain.py': 'WHO = "plain"\n',
    'bin/tool': '#!/bin/sh\necho the tool\n',
    ...(compiler === false ? { 'lib/libanswer.so': sharedLibrary() } : {}),
  };
  const ZipFile = await zipOf(files, { executable: ['bin/tool'] });
  const { LayerVersionArn = '' } = await platform.lambda.send(
    new PublishLayerVersionCommand({ LayerName: 'everything', Content: { ZipFile } }),
  );
  Layers = [LayerVersionArn];
});
after(() => platform.close());

function sharedLibrary(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-library-'));
  try {
    const path = join(folder, 'libanswer.so');
    execFileSync('/usr/bin/gcc', ['-shared', '-fPIC', '-o', path, '-x', 'c', '-'], { input: 'int answer(void) { return 42; }' });
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const major of [22, 24])
  test(`Node ${major} finds modules for all and for its version, and programs`, async () => {
    const source = `const { execFileSync } = require('node:child_process');
      exports.handler = async () => [require('plain'), require('versioned'), execFileSync('tool').toString()];`;
    const Code = { ZipFile: await zipOf({ 'index.js': source }) };
    await platform.deploy(`node-${major}`, '', { Runtime: `nodejs${major}.x` as 'nodejs24.x', Layers, Code });
    assert.deepEqual((await platform.invoke(`node-${major}`)).document, ['plain', `for ${major}`, 'the tool\n']);
  });

test(
  'Python finds modules, programs and shared libraries',
  { skip: pythonMissing() === false ? compiler : pythonMissing() },
  async () => {
    const source = `import ctypes, plain, subprocess
def handler(event, context):
    return [plain.WHO, subprocess.check_output(["tool"], text=True), ctypes.CDLL("libanswer.so").answer()]
`;
    const Code = { ZipFile: await zipOf({ 'index.py': source }) };
    await platform.deploy('python', '', { Runtime: 'python3.11', Layers, Code });
    assert.deepEqual((await platform.invoke('python')).document, ['plain', 'the tool\n', 42]);
  },
);

test('a program of one’s own finds programs, and the path of libraries', async () => {
  const script = `answer() { ANSWER="[\\"$(tool)\\",\\"$LD_LIBRARY_PATH\\"]"; }`;
  const Code = { ZipFile: await zipOf({ bootstrap: shellBootstrap(script) }, { executable: ['bootstrap'] }) };
  await platform.deploy('custom', '', { Runtime: 'provided.al2023', Layers, Code });
  const [said, libraries = ''] = (await platform.invoke('custom')).document as readonly string[];
  assert.equal(said, 'the tool');
  assert.match(libraries, /\/opt\/lib$/);
});
