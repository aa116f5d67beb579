// Lays out packages that are shipped as they are, with everything that they depend on, the way npm would: node_modules for a zip.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { findPackage, readManifest } from './native-packages.ts';

export interface ShippedFile {
  /** In the zip, with forward slashes. */
  readonly path: string;
  /** On this machine. */
  readonly source: string;
  readonly executable: boolean;
  readonly bytes: number;
}

const FILES_MAX = 50_000;

/** A package at its place: `['a', 'b']` is node_modules/a/node_modules/b. */
interface Placed {
  readonly folder: string;
  readonly chain: readonly string[];
}

/** @param roots Folders of the packages by the name under which the bundle asks for them. */
export function packageClosure(roots: ReadonlyMap<string, string>): readonly ShippedFile[] {
  const placed = new Map<string, Placed>();
  const queue: Placed[] = [];
  const place = (chain: readonly string[], folder: string): void => {
    const entry = { folder, chain };
    placed.set(locationOf(chain), entry);
    queue.push(entry);
  };
  for (const [name, folder] of roots) place([name], folder);
  // Breadth first: a package's own dependencies are all placed before theirs, so nothing slips between a package and what it already sees.
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { folder, chain } = next;
    for (const name of dependenciesOf(folder)) {
      const dependency = findPackage(name, folder);
      if (dependency === undefined || dependency === folder) continue;
      const visible = visibleFrom(placed, chain, name);
      if (visible === undefined) place([name], dependency);
      else if (visible.folder !== dependency) place([...chain, name], dependency);
    }
  }
  return [...placed.values()].flatMap(filesOf);
}

function locationOf(chain: readonly string[]): string {
  return chain.map((name) => `node_modules/${name}`).join('/');
}

/** What a package gets for `name`: its own copy, its parent's, and so on to the top. */
function visibleFrom(placed: ReadonlyMap<string, Placed>, chain: readonly string[], name: string): Placed | undefined {
  for (let depth = chain.length; depth >= 0; depth -= 1) {
    const found = placed.get(locationOf([...chain.slice(0, depth), name]));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Optional ones that are not there are those of other systems, or truly optional; a required one that is missing breaks where it is required. */
function dependenciesOf(folder: string): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies } = readManifest(folder);
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).toSorted();
}

function filesOf({ folder, chain }: Placed): readonly ShippedFile[] {
  const location = locationOf(chain);
  const files: ShippedFile[] = [];
  const walk = (inner: string): void => {
    for (const name of readdirSync(join(folder, inner)).toSorted()) {
      // Its node_modules are laid out by the closure; links are followed, since a zip for a function may hold none.
      if (name === 'node_modules' || name === '.git') continue;
      const path = inner === '' ? name : `${inner}/${name}`;
      const source = join(folder, path);
      const found = statSync(source);
      if (found.isDirectory()) walk(path);
      else if (found.isFile())
        files.push({ path: `${location}/${path}`, source, executable: (found.mode & 0o111) !== 0, bytes: found.size });
      if (files.length > FILES_MAX)
        throw new Failure(`The package in ${folder} has more than ${FILES_MAX} files.`, { code: 'PackageTooLarge' });
    }
  };
  walk('');
  return files;
}
