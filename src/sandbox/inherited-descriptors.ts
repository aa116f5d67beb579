// Descriptors that whoever started the platform left open for all its descendants: a supervisor's pipe, a job server, a folder. Every child that the platform
// starts would have them, a sandbox too, and a folder of the host among them is a way out (CVE-2024-21626 was one).

import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';

import type { Log } from '#kernel';
import { hasCode } from './slots/link-tree.ts';

const STDIO_MAX = 2;
/** Octal in /proc/self/fdinfo, by the kernel's include/uapi/asm-generic/fcntl.h. */
const O_CLOEXEC = 0o2000000;

/**
 * Closes them in this process. All that Node itself opens is marked close-on-exec, and it marks low inherited numbers at its start; what is
 * left without the mark nobody here uses. Elsewhere than on Linux, libuv gives children nothing that it was not told to.
 */
export function closeInheritedDescriptors(log: Log): void {
  if (!existsSync('/proc/self/fdinfo')) return;
  for (const name of readdirSync('/proc/self/fdinfo')) {
    const descriptor = Number(name);
    if (descriptor <= STDIO_MAX || isClosedOnExec(descriptor)) continue;
    closeSync(descriptor);
    log.write('info', 'sandbox.inherited-descriptor-closed', { descriptor });
  }
}

function isClosedOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
  } catch (error) {
    // The one that the listing itself used.
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}
