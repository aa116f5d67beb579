// What every sandbox sees of the platform: the Node binaries, the agent, the AWS SDK and a small /etc, under an opaque work folder, since a
// sandbox can read the source path of each of its mounts. Made once per content out of hard links; a copy where links cannot be made.
//
// Owns: `image/` in the work folder. Never changes an image after it has its name.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';

import type { Random } from '#kernel';
import { NAME_SERVER } from '../network/rules.ts';
import type { RuntimeName } from '../sandbox.ts';
import { hasCode, linkFile, linkTree } from './link-tree.ts';
import { openUp } from './open-up.ts';
import { isForNode, sdkClosure } from './sdk-closure.ts';
import { writeDurable } from './write-durable.ts';

/** Changes when the layout of an image does. */
const FORMAT = 3;

export interface Image {
  /** Agents, supervisor, self-test and node_modules: /var/runtime. */
  readonly runtimeFolder: string;
  /** Those that were installed with the platform; each holds bin/node. */
  readonly langFolders: Readonly<Partial<Record<RuntimeName, string>>>;
  readonly etcFolder: string;
}

export interface ImageOptions {
  readonly projectRoot: string;
  readonly workDir: string;
  readonly random: Random;
}

const BINARY_PACKAGES: Readonly<Partial<Record<RuntimeName, string>>> = { 'nodejs22.x': 'node22', 'nodejs24.x': 'node24' };

/** The Node binaries that were installed with the platform for this machine. */
export function nodeBinaries(projectRoot: string): Readonly<Partial<Record<RuntimeName, string>>> {
  const require = createRequire(join(projectRoot, 'package.json'));
  const found: Partial<Record<RuntimeName, string>> = {};
  for (const [runtime, prefix] of Object.entries(BINARY_PACKAGES)) {
    try {
      const manifest = require.resolve(`${prefix}-${platform()}-${arch()}/package.json`);
      const binary = join(dirname(manifest), 'bin', 'node');
      if (existsSync(binary) && isRuntimeName(runtime)) found[runtime] = binary;
    } catch (error) {
      // An optional dependency that npm left out: that runtime is not offered here.
      if (!hasCode(error, 'MODULE_NOT_FOUND')) throw error;
    }
  }
  return found;
}

function isRuntimeName(name: string): name is RuntimeName {
  return name in BINARY_PACKAGES;
}

export async function prepareImage({ projectRoot, workDir, random }: ImageOptions): Promise<Image> {
  const binaries = nodeBinaries(projectRoot);
  const root = join(workDir, 'image', digestOf(projectRoot, binaries));
  if (!existsSync(root)) {
    const draft = join(workDir, 'image', `draft-${Buffer.from(random.bytes(8)).toString('hex')}`);
    await buildImage({ draft, projectRoot, binaries });
    await rename(draft, root);
  }
  await chmod(join(workDir, 'image'), 0o711);
  return {
    runtimeFolder: join(root, 'runtime'),
    etcFolder: join(root, 'etc'),
    langFolders: Object.fromEntries(Object.keys(binaries).map((runtime) => [runtime, join(root, runtime)])),
  };
}

function digestOf(projectRoot: string, binaries: Readonly<Partial<Record<RuntimeName, string>>>): string {
  const hash = createHash('sha256').update(`${FORMAT}\n`);
  for (const [runtime, binary] of Object.entries(binaries)) {
    const { size, mtimeMs } = statSync(binary);
    hash.update(`${runtime} ${size} ${mtimeMs}\n`);
  }
  for (const source of AGENTS) {
    const agent = join(projectRoot, 'runtimes', source);
    for (const path of readdirSync(agent, { recursive: true, encoding: 'utf8' }).sort()) {
      if (isOwnFile(path) && statSync(join(agent, path)).isFile())
        hash.update(`${source}/${path}\n`).update(readFileSync(join(agent, path)));
    }
  }
  for (const { identity } of sdkClosure(projectRoot)) hash.update(`${identity}\n`);
  for (const path of HOST_FILES) if (existsSync(path)) hash.update(`${path} ${statSync(path).mtimeMs}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function buildImage({
  draft,
  projectRoot,
  binaries,
}: {
  readonly draft: string;
  readonly projectRoot: string;
  readonly binaries: Readonly<Partial<Record<RuntimeName, string>>>;
}): Promise<void> {
  const runtime = join(draft, 'runtime');
  await mkdir(join(runtime, 'node_modules'), { recursive: true, mode: 0o755 });
  // Copied, never linked: an editor that saves the checkout in place must not reach into running sandboxes.
  for (const source of AGENTS) await copyAgent(join(projectRoot, 'runtimes', source), join(runtime, source));
  for (const { folder, place } of sdkClosure(projectRoot)) {
    const to = join(runtime, 'node_modules', place);
    await mkdir(to, { recursive: true, mode: 0o755 });
    await linkTree({ from: folder, to, keep: isForNode });
  }
  for (const [name, binary] of Object.entries(binaries)) {
    const bin = join(draft, name, 'bin');
    await mkdir(bin, { recursive: true, mode: 0o755 });
    await linkFile(binary, join(bin, 'node'));
  }
  await buildEtc(join(draft, 'etc'));
  await openUp(draft);
}

/** Below runtimes/ in the project, and below /var/runtime in a sandbox. */
const AGENTS = ['node', 'python', 'custom'] as const;

/** What a Python that ran from the checkout left there is none of ours. */
const isOwnFile = (path: string) => !path.includes('__pycache__');

async function copyAgent(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!isOwnFile(entry.name)) continue;
    if (entry.isDirectory()) await copyAgent(join(from, entry.name), join(to, entry.name));
    else {
      await writeDurable(join(to, entry.name), await readFile(join(from, entry.name)));
    }
  }
}

const CA_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const HOST_FILES = [...CA_BUNDLES, '/etc/ld.so.cache', '/etc/alternatives'];

/** The few files that programs look for; nothing of the host's users, hosts or settings. */
async function buildEtc(etc: string): Promise<void> {
  await mkdir(join(etc, 'ssl', 'certs'), { recursive: true, mode: 0o755 });
  const files = {
    passwd: `root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:${SANDBOX_UID}:${SANDBOX_GID}::/tmp:/sbin/nologin\n`,
    group: `root:x:0:\nsbx_user1051:x:${SANDBOX_GID}:\n`,
    // Extensions listen for telemetry at sandbox.localdomain.
    hosts: '127.0.0.1 localhost sandbox.localdomain sandbox\n::1 localhost\n',
    'resolv.conf': '# A function has no name server here.\noptions attempts:1 timeout:1\n',
    [INTERNET_RESOLVER]: `nameserver ${NAME_SERVER}\n`,
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'os-release': 'NAME="Mayfly sandbox"\nID=mayfly\n',
  };
  for (const [name, text] of Object.entries(files)) await writeDurable(join(etc, name), text);
  const bundle = CA_BUNDLES.find((path) => existsSync(path));
  if (bundle !== undefined) await writeDurable(join(etc, 'ssl', 'certs', 'ca-certificates.crt'), await readFile(bundle));
  // Which libraries the system has, for the dynamic linker; and the targets of links such as /usr/bin/awk on Debian.
  if (existsSync('/etc/ld.so.cache')) await writeDurable(join(etc, 'ld.so.cache'), await readFile('/etc/ld.so.cache'));
  if (existsSync('/etc/alternatives')) await linkTree({ from: '/etc/alternatives', to: join(etc, 'alternatives') });
  await symlink('/usr/share/zoneinfo/UTC', join(etc, 'localtime'));
}

/** Stands for resolv.conf where a function has the internet. */
export const INTERNET_RESOLVER = 'resolv.internet.conf';

/** Lambda's own numbers. */
export const SANDBOX_UID = 993;
export const SANDBOX_GID = 990;

/** Those of earlier versions, once it is certain that no other platform runs from one in this work folder. */
export async function removeOtherImages({ etcFolder }: Image): Promise<void> {
  const root = dirname(etcFolder);
  for (const name of await readdir(dirname(root))) {
    if (name !== basename(root)) await rm(join(dirname(root), name), { recursive: true, force: true });
  }
}
