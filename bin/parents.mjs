// A process that somebody started through others has to end when they do: nobody else knows of it. Plain JavaScript for Node 20 and later.

import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

/**
 * For a child that was started with a channel (`stdio: 'ipc'`): the channel closes when its parent ends, however it ends, and the
 * child is asked to stop.
 */
export function endWithParent() {
  if (process.channel === undefined) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

/**
 * npm and npx start commands through a shell, which passes no signals on. Who ends npx ends the shell at best, and the command goes
 * on with another process as its parent; who kills npx leaves the shell waiting, with another parent in its turn. No event tells of
 * either, so this looks. It costs a timer and a small read in a process that does nothing else.
 *
 * @param {() => void} onOrphaned
 */
export function endWithNpm(onOrphaned) {
  if (process.env.npm_lifecycle_event === undefined || process.channel !== undefined) return;
  const before = starters();
  const timer = setInterval(() => {
    if (starters() === before) return;
    clearInterval(timer);
    onOrphaned();
  }, LOOK_MS);
  timer.unref();
}

/** The shell that npm put between, and npm; where there is no shell between, or no /proc to ask, the parent alone. */
function starters() {
  const parent = process.ppid;
  if (process.platform !== 'linux') return String(parent);
  try {
    if (!readFileSync(`/proc/${parent}/cmdline`, 'utf8').includes('\0-c\0')) return String(parent);
    // proc(5): "pid (name) state ppid …"; the name may hold anything but ends with the last parenthesis.
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    return `${parent} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    // Gone between two lines: the next look sees another parent.
    return String(parent);
  }
}
