// Lets root do something with another user's rights: what lies in a folder of that user may be links to anywhere, and the kernel then asks whether
// that user may follow them.

import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The work has to be done when it returns: the whole process has that identity meanwhile. */
export function asUser<Result>(id: number, work: () => Result): Result {
  if (id === 0 || process.geteuid?.() !== 0) return work();
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(id);
  process.seteuid?.(id);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

/** Removes what is in a folder, with the rights of whoever owns the folder. */
export function emptyFolder(folder: string): void {
  asUser(lstatSync(folder).uid, () => emptyHere(folder));
}

/** Folders of code trees are closed to writing, also for their owner. */
function emptyHere(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) emptyHere(path);
    rmSync(path, { recursive: true, force: true });
  }
}
