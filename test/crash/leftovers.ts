// What a platform may leave behind on the machine when it dies: processes, cgroups, mounts, slots.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Leftovers {
  readonly processes: readonly string[];
  readonly cgroups: readonly string[];
  readonly mounts: readonly string[];
}

/** Host uids of sandboxes begin here when the platform runs as root. */
const FIRST_SANDBOX_UID = 200_000;

export function leftovers(): Leftovers {
  return { processes: sandboxProcesses(), cgroups: sandboxCgroups(), mounts: platformMounts() };
}

function sandboxProcesses(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const uid = readOrNothing(() => statSync(`/proc/${pid}`).uid) ?? 0;
      const command = readOrNothing(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')) ?? '';
      const state = readOrNothing(() => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) ?? '';
      return uid >= FIRST_SANDBOX_UID && uid < FIRST_SANDBOX_UID + 65_536 && state !== 'Z' ? [`${pid} ${command}`] : [];
    });
}

function sandboxCgroups(): readonly string[] {
  const roots = [
    '/sys/fs/cgroup',
    ...(readOrNothing(() => readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))) ?? []),
  ];
  return roots.flatMap((root) => {
    const ours = join(root, 'mayfly');
    if (!existsSync(ours)) return [];
    return foldersUnder(ours, 2);
  });
}

function foldersUnder(folder: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  const children = readOrNothing(() => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) ?? [];
  return children.flatMap((entry) => [join(folder, entry.name), ...foldersUnder(join(folder, entry.name), depth - 1)]);
}

function platformMounts(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => /mayfly/.test(line));
}

/** Processes and cgroups vanish while one looks. */
function readOrNothing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
