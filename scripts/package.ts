// Builds dist/ for the published package (`npm pack` runs it): Node strips no types below node_modules, so what runs there is bundled.
//
// Every source file keeps its own idea of where it is: `import.meta.url` becomes the place in the package that mirrors the
// checkout, so files that are read at run time (models, runtimes) are found where they always lie. Only workers move: a URL of
// a .ts file becomes that of its bundle.

import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKER_URL = /new URL\(\s*'(\.[^']*\.ts)',\s*import\.meta\.url,?\s*\)/g;

const workers = findWorkers();
rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: [
    { in: 'cli/main.ts', out: 'cli' },
    { in: 'cli/deploy/function-config.ts', out: 'function-config' },
    ...workers.map((path) => ({ in: path, out: bundleName(path) })),
  ],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  keepNames: true,
  metafile: true,
  legalComments: 'none',
  plugins: [keepPlaces()],
});
writeTypes();
const sizes = Object.keys(metafile.outputs).map((path) => statSync(join(ROOT, path)).size);
console.log(
  `dist: ${sizes.length} files, ${Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024)} KiB, ${workers.length} workers`,
);

function sourceFiles(): readonly string[] {
  return globSync(['src/**/*.ts', 'cli/**/*.ts'], { cwd: ROOT, exclude: (path) => path.endsWith('.test.ts') });
}

function findWorkers(): readonly string[] {
  const found = sourceFiles().flatMap((path) => {
    const source = readFileSync(join(ROOT, path), 'utf8');
    return [...source.matchAll(WORKER_URL)].map((match) => relative(ROOT, resolve(ROOT, dirname(path), match[1] ?? '')));
  });
  return [...new Set(found)].toSorted();
}

/** `src/store/sqlite/worker.ts` → `worker-store-sqlite-worker`: all bundles lie in dist itself, one level below the package's root. */
function bundleName(path: string): string {
  return `worker-${path
    .replace(/^src[/\\]/, '')
    .replace(/\.ts$/, '')
    .replaceAll(/[/\\]/g, '-')}`;
}

function keepPlaces(): Plugin {
  return {
    name: 'keep-places',
    setup(esbuild) {
      esbuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const place = relative(ROOT, path).split(sep).join('/');
        const source = await readFile(path, 'utf8');
        const other = /import\.meta\.(?!url\b)\w+/.exec(source);
        if (other !== null) throw new Error(`${place} uses ${other[0]}, which the package cannot keep: use import.meta.url.`);
        const contents = source
          .replaceAll(
            WORKER_URL,
            (_whole, target: string) =>
              `new URL('./${bundleName(relative(ROOT, resolve(dirname(path), target)))}.mjs', import.meta.DIST)`,
          )
          .replaceAll('import.meta.url', `new URL('../${place}', import.meta.url).href`)
          .replaceAll('import.meta.DIST', 'import.meta.url');
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** `satisfies import('mayfly').FunctionConfig` in a function's file needs this one declaration. */
function writeTypes(): void {
  const flags = [
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    'dist',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--ignoreConfig',
  ];
  execFileSync(process.execPath, [join(ROOT, 'node_modules', '.bin', 'tsc'), ...flags, 'cli/deploy/function-config.ts'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}
