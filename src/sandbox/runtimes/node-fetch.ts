// Fetches a pinned Node through npm, which knows the operator's registry, proxy and cache; checks what came against the pin, and keeps the one
// file that is needed. npm runs as a child with a bounded time and no more of the environment than it asks for.
//
// Owns: one draft folder while it runs. Invariant: a folder that has its name holds a whole, checked binary.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import type { Random } from '#kernel';
import { hasCode } from '../slots/link-tree.ts';
import type { PinnedNode } from './pinned-nodes.ts';
import { copyTarEntry } from './tar-entry.ts';

export interface NodeFetchOptions {
  readonly pinned: PinnedNode;
  /** Becomes a folder with bin/node, as /var/lang. */
  readonly target: string;
  readonly random: Random;
  /** The operator's; only what npm needs of it is passed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (step: 'downloading' | 'checking' | 'unpacking') => void;
}

/** 43 MiB: half a minute on a slow line. */
const TIMEOUT_MS = 180_000;
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

const run = promisify(execFile);

/** Rejects with an error whose message says what to do. */
export async function fetchNode({ pinned, target, random, environment, onProgress }: NodeFetchOptions): Promise<void> {
  const draft = `${target}.draft-${Buffer.from(random.bytes(6)).toString('hex')}`;
  const downloads = join(draft, 'downloads');
  await mkdir(join(draft, 'bin'), { recursive: true, mode: 0o755 });
  await mkdir(downloads);
  try {
    onProgress('downloading');
    const archive = await download(pinned, downloads, environment);
    onProgress('checking');
    const integrity = await integrityOf(archive);
    if (integrity !== pinned.integrity)
      throw new Error(
        `npm's copy of ${nameOf(pinned)} has the checksum ${integrity}, not the pinned ${pinned.integrity}; it is not used`,
      );
    onProgress('unpacking');
    await unpack(archive, join(draft, 'bin', 'node'));
    await rm(downloads, { recursive: true });
    await settle(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const nameOf = ({ packageName, version }: PinnedNode) => `${packageName}@${version}`;

async function download(
  pinned: PinnedNode,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const env = npmEnvironment(environment);
  const command = ['pack', nameOf(pinned), '--ignore-scripts', '--pack-destination', folder, '--loglevel', 'error'];
  // Whoever gave its rights away still has the home of who it was.
  if (!(await isWritable(env['HOME']))) command.push('--cache', join(folder, 'cache'));
  try {
    await run('npm', command, { cwd: folder, env, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX });
  } catch (error) {
    throw new Error(`npm could not fetch ${nameOf(pinned)}: ${npmFailure(error)}`, { cause: error });
  }
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm said that it fetched ${nameOf(pinned)}, and left no archive`);
  return join(folder, archive);
}

async function isWritable(folder = ''): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch {
    // Not there or not ours: npm cannot keep anything in it.
    return false;
  }
}

function npmFailure(error: unknown): string {
  if (hasCode(error, 'ENOENT')) return 'there is no npm on the PATH of the platform';
  if (error instanceof Error && 'killed' in error && error.killed === true) return `it took longer than ${TIMEOUT_MS / 1000} s`;
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = said.split('\n').filter((line) => /^npm (?:error|ERR!)/.test(line) && !line.includes('complete log'));
  return lines.length === 0 ? said.trim().slice(0, 500) : lines.slice(0, 4).join('; ').slice(0, 500);
}

/** What npm reads to find its own configuration and the way out. The platform's keys and secrets are none of its business. */
const NPM_VARIABLES =
  /^(?:PATH|HOME|TMPDIR|LANG|npm_config_(?!_).*|NPM_CONFIG_(?!_).*|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/;

function npmEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const passed: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/' };
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && NPM_VARIABLES.test(name)) passed[name] = value;
  return passed;
}

async function integrityOf(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest('base64')}`;
}

async function unpack(archive: string, binary: string): Promise<void> {
  const file = await open(binary, 'wx', 0o755);
  try {
    if (!(await copyTarEntry(archive, 'package/bin/node', file))) throw new Error('the fetched package has no bin/node');
    // Synced: a folder that has its name is believed to be whole, also after a power cut.
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whatever the umask: sandboxes have uids of their own. */
async function settle(draft: string, target: string): Promise<void> {
  for (const path of ['', 'bin', 'bin/node']) await chmod(join(draft, path), 0o755);
  await rename(draft, target);
}
