// All benchmarks, or the ones that are named: npm run bench [invoke|objects|store]. Each runs in a process of its own, one after the other.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = ['invoke', 'objects', 'store'] as const;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !BENCHMARKS.some((known) => known === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${BENCHMARKS.join(', ')}.\n`);
  process.exit(2);
}

for (const name of asked.length > 0 ? asked : BENCHMARKS) {
  process.stdout.write(`\n## ${name}\n\n`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
