// What a sandbox may have left on the host: looked for outside, by uid, folder and group.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { House } from './real-house.ts';

/** Processes of the house's uids, wherever they have gone, by name. */
export function processesOf(house: House): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const status = read(`/proc/${pid}/status`);
      const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? -1);
      const isOurs = uid >= house.uidRange.first && uid < house.uidRange.first + house.uidRange.count;
      return isOurs && !/^State:\s+[ZX]/m.test(status) ? [/^Name:\s+(.*)$/m.exec(status)?.[1] ?? pid] : [];
    });
}

/** Where every sandbox has a uid of its own, slots lie in lots, which stay. */
export function slotsOf(house: House): readonly string[] {
  const slots = join(house.workDir, 'slots');
  const found = existsSync(slots) ? readdirSync(slots) : [];
  return found.flatMap((name) => (/^\d{1,4}$/.test(name) ? readdirSync(join(slots, name)) : [name]));
}

/** The groups of the house's sandboxes, as its own record names their parents. */
export function groupsOf(house: House): readonly string[] {
  const folders: readonly string[] = JSON.parse(readFileSync(join(house.workDir, 'cgroups.json'), 'utf8'));
  return folders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []))
      : [],
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
}
