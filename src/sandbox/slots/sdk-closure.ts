// Which packages a function finds without bringing them: the AWS SDK clients that the platform itself depends on, and all that these need.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

export interface PlacedPackage {
  readonly folder: string;
  /** Below the node_modules folder that functions see. */
  readonly place: string;
  readonly identity: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** `projectRoot` holds the package.json whose `@aws-sdk/*` dependencies are the roots; packages may be hoisted to any node_modules above it. */
export function sdkClosure(projectRoot: string): readonly PlacedPackage[] {
  const roots = Object.keys(readManifest(projectRoot).dependencies ?? {}).filter((name) => name.startsWith('@aws-sdk/'));
  const placed = new Map<string, PlacedPackage>();
  const waiting = roots.map((name) => findPackage(name, projectRoot));
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (placed.has(folder)) continue;
    const { name, version, dependencies = {} } = readManifest(folder);
    placed.set(folder, { folder, place: placeOf(folder), identity: `${placeOf(folder)}=${name}@${version}` });
    for (const dependency of Object.keys(dependencies)) waiting.push(findPackage(dependency, folder));
  }
  return [...placed.values()].sort((a, b) => a.place.localeCompare(b.place));
}

/** As Node looks for it: node_modules of the folder, then of each folder above. */
function findPackage(name: string, from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (basename(folder) !== 'node_modules' && existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder))
      throw new Error(`The package ${name} that ${from} depends on is not installed; run npm install in the project`);
  }
}

/** Nested packages stay nested: the place is the path from the outermost node_modules on. */
function placeOf(folder: string): string {
  let outermost = folder;
  for (let current = folder; current !== dirname(current); current = dirname(current))
    if (basename(current) === 'node_modules') outermost = current;
  return relative(outermost, folder);
}

function readManifest(folder: string): Manifest {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!isManifest(manifest)) throw new Error(`${join(folder, 'package.json')} names no package and version`);
  return manifest;
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && 'name' in value && 'version' in value;
}

/** Of a package, what `require` and `import` reach in Node; its other builds, types and sources are three quarters of the files. */
export function isForNode(path: string): boolean {
  if (/(?:^|\/)(?:dist-es|dist-types|node_modules)(?:\/|$)/.test(path)) return false;
  return !/\.(?:d\.ts|d\.mts|d\.cts|map|md|flow)$/.test(path) && !/\.(?:browser|native)\.js$/.test(path);
}
