// Bundles one function: its own code and what it imports into one file, native packages beside it as they are.

import { dirname } from 'node:path';
import { build } from 'esbuild';
import type { BuildFailure, BuildOptions, BuildResult, Message, Plugin } from 'esbuild';
import { PROVIDED_CLIENTS } from '../package-json.ts';
import type { FoundFunction } from './find-functions.ts';
import { findPackage, isNative, packageName } from './native-packages.ts';
import { packageClosure } from './package-closure.ts';
import type { ShippedFile } from './package-closure.ts';
import { buildFailure } from './read-config.ts';

export interface Bundle {
  /** Generated files by their path in the zip. */
  readonly generated: ReadonlyMap<string, Uint8Array>;
  /** Files of packages that are shipped as they are. */
  readonly shipped: readonly ShippedFile[];
  /** Those packages by name. */
  readonly unbundled: readonly string[];
}

export interface BundleOptions {
  /** Lets stack traces name the lines of the sources; costs memory and time at each cold start. */
  readonly sourceMaps: boolean;
}

export async function bundleFunction(found: FoundFunction, { sourceMaps }: BundleOptions): Promise<Bundle> {
  const roots = new Map<string, string>();
  const options = {
    entryPoints: [found.entry],
    // Paths in the output are relative to this, so that the same sources give the same bytes wherever they are built.
    absWorkingDir: dirname(found.entry),
    outdir: 'out',
    entryNames: 'index',
    bundle: true,
    write: false,
    platform: 'node',
    target: found.config.runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    format: 'cjs',
    keepNames: true,
    sourcemap: sourceMaps ? 'linked' : false,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [leavePackagesOut(roots, found.config.unbundled)],
    ...(sourceMaps && { banner: { js: 'process.setSourceMapsEnabled(true);' } }),
  } satisfies BuildOptions;
  const result = await buildOrExplain(options, found.place);
  const generated = new Map(result.outputFiles.map((file) => [file.path.slice(file.path.lastIndexOf('/') + 1), file.contents]));
  return { generated, shipped: packageClosure(roots), unbundled: [...roots.keys()].toSorted() };
}

type Output = BuildResult<{ write: false }>;

/** CommonJS, since it starts faster here (V8's code cache takes it); an ES module only where the code can be nothing else. */
async function buildOrExplain(options: BuildOptions & { readonly write: false }, place: string): Promise<Output> {
  try {
    const result = await build(options);
    return result.warnings.some(needsModule) ? await build(asModule(options)) : result;
  } catch (cause) {
    const { errors = [] } = cause as Partial<BuildFailure>;
    if (!errors.some(needsModule)) throw buildFailure(cause, place);
  }
  try {
    return await build(asModule(options));
  } catch (cause) {
    throw buildFailure(cause, place);
  }
}

function needsModule({ id, text }: Message): boolean {
  return id === 'empty-import-meta' || text.startsWith('Top-level await is currently not supported');
}

function asModule(options: BuildOptions & { readonly write: false }): BuildOptions & { readonly write: false } {
  // CommonJS packages inside the bundle still call require.
  const require = `import { createRequire as mayflyCreateRequire } from 'node:module'; const require = mayflyCreateRequire(import.meta.url);`;
  return {
    ...options,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: `${require}${options.banner?.['js'] ?? ''}` },
  };
}

/** Leaves out what the platform provides and what cannot be bundled; the latter is noted in `roots` with its folder. */
function leavePackagesOut(roots: Map<string, string>, unbundled: readonly string[]): Plugin {
  const native = new Map<string, boolean>();
  return {
    name: 'packages',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[^./]/ }, ({ path, resolveDir, kind }) => {
        const name = kind === 'entry-point' ? undefined : packageName(path);
        if (name === undefined) return undefined;
        if (PROVIDED_CLIENTS.has(name)) return { path, external: true };
        const folder = findPackage(name, resolveDir);
        if (folder === undefined) return undefined;
        const known = native.get(folder) ?? isNative(folder);
        native.set(folder, known);
        if (!known && !unbundled.includes(name)) return undefined;
        roots.set(name, folder);
        return { path, external: true };
      });
    },
  };
}
