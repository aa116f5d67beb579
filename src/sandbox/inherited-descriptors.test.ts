// What a platform was started with must not reach those that it starts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

const INHERITED = 40;

/** A platform that has a folder of its starter as descriptor 40, and a child of it that lists what it has. */
function descriptorsOfGrandchild(prelude: string): readonly string[] {
  const folder = openSync('/', 'r');
  const stdio = ['ignore', 'pipe', 'inherit', ...Array.from({ length: INHERITED - 3 }, () => 'ignore' as const), folder] as const;
  const source = `${prelude}; const { execFileSync } = await import('node:child_process'); process.stdout.write(execFileSync('/bin/ls', ['/proc/self/fd']))`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { stdio: [...stdio] });
  closeSync(folder);
  return stdout.toString().trim().split('\n');
}

it(
  'descriptors that the platform inherited are closed before it starts anything',
  { skip: platform() === 'linux' ? false : 'needs /proc' },
  () => {
    assert(descriptorsOfGrandchild('').includes(String(INHERITED)), 'the control: without it they are passed on');
    const module = JSON.stringify(join(import.meta.dirname, 'inherited-descriptors.ts'));
    const prelude = `const { closeInheritedDescriptors } = await import(${module}); closeInheritedDescriptors({ write() {} })`;
    assert(!descriptorsOfGrandchild(prelude).includes(String(INHERITED)));
  },
);
