// The package's own manifest: its version, and which AWS SDK clients functions find on the platform.

import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest;

export const VERSION = manifest.version;

/** The clients that a function can require without bringing them, as on Lambda: those that Mayfly itself depends on. */
export const PROVIDED_CLIENTS: ReadonlySet<string> = new Set(
  Object.keys(manifest.dependencies).filter((name) => name.startsWith('@aws-sdk/')),
);
