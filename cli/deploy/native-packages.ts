// Which packages cannot be bundled, and where a package lies: Node's own rules of resolution, by hand, since they are about folders.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
  readonly os?: readonly string[];
}

/** `@img/sharp/lib/x` → `@img/sharp`; undefined for relative paths, `#imports` and Node's own modules. */
export function packageName(specifier: string): string | undefined {
  return /^(?![./#]|node:)(@[^/]+\/[^/]+|[^@/][^/]*)/.exec(specifier)?.[1];
}

/** The real folder of a package as a file in `from` would find it. */
export function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}

export function readManifest(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
}

/** Packages that load or build a native add-on at run time. */
const ADD_ON_LOADERS = [
  'bindings',
  'node-gyp-build',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
  'node-addon-api',
  'nan',
  '@napi-rs/cli',
];

/**
 * A package is native when it builds an add-on, carries one, loads one, or gets one from a package for one operating system
 * (the way of sharp, esbuild and everything made with napi-rs). What imports such a package can be bundled; the package itself cannot.
 */
export function isNative(folder: string): boolean {
  const manifest = readManifest(folder);
  if (manifest.gypfile === true || manifest.binary !== undefined || existsSync(join(folder, 'binding.gyp'))) return true;
  const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies };
  if (ADD_ON_LOADERS.some((loader) => Object.hasOwn(dependencies, loader))) return true;
  if (Object.keys(manifest.optionalDependencies ?? {}).some((name) => isForOneSystem(name, folder))) return true;
  return ['.', 'build/Release', 'prebuilds', 'lib', 'dist'].some((inner) => holdsAddOn(join(folder, inner)));
}

function isForOneSystem(name: string, from: string): boolean {
  const folder = findPackage(name, from);
  return folder !== undefined && readManifest(folder).os !== undefined;
}

function holdsAddOn(folder: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  return readdirSync(folder, { withFileTypes: true }).some(
    (child) => child.name.endsWith('.node') || (folder.endsWith('prebuilds') && child.isDirectory()),
  );
}
