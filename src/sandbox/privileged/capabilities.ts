// Which of root's powers the launcher process keeps. The others leave its bounding set before it starts, so it cannot have them back.

import { existsSync, readFileSync } from 'node:fs';

/** Numbers from the kernel's include/uapi/linux/capability.h. */
const KEPT: Readonly<Record<string, number>> = {
  // Lots belong to the platform and to the group of a sandbox.
  chown: 0,
  fowner: 3,
  // A lot gives its group to what is made in it.
  fsetid: 4,
  // Groups belong to the platform; a process is written into them.
  dac_override: 1,
  kill: 5,
  // bwrap runs under the uid of its sandbox.
  setgid: 6,
  setuid: 7,
  // Processes of an earlier platform are known by their environment.
  sys_ptrace: 19,
};

const SETPRIV = '/usr/bin/setpriv';

/** The command as it is to be started; as it is where util-linux brings no setpriv: the process is then as mighty as root. */
export function withKeptCapabilities(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (!existsSync(SETPRIV)) return command;
  const bounding = BigInt(`0x${/^CapBnd:\s+([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0'}`);
  // A container may have taken some already; asking for those would fail.
  const names = Object.keys(KEPT).filter((name) => ((bounding >> BigInt(KEPT[name] ?? 0)) & 1n) === 1n);
  return [SETPRIV, '--inh-caps=-all', `--bounding-set=-all,${names.map((name) => `+${name}`).join(',')}`, '--', ...command];
}
