// The processor's time that a process has taken, which only Linux tells of others.

import { readFileSync } from 'node:fs';

/** Linux counts it in hundredths of a second, whatever the kernel's own ticks are. */
const TICK_MS = 10;
/** After the name, which may hold anything, its parenthesis, and the state. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const USER = 11;
const SYSTEM = 12;

/** In milliseconds; zero where nobody tells, or the process is gone. */
export function processorMs(pid: number): number {
  const fields = statusOf(pid).split(') ').at(-1)?.split(' ') ?? [];
  const ticks = Number(fields[USER]) + Number(fields[SYSTEM]);
  return Number.isFinite(ticks) ? ticks * TICK_MS : 0;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // Another system, or a process that has just ended: the time of the clock bounds it in any case.
    return '';
  }
}
