// The data folder: where everything is kept, and how the secrets in it are made on a first start.
// Owns: root-key.json; secret.key is secret-keys.ts's (both readable by the owner alone).
// Never: replaces a secret that is there; a half-written one is never seen (temporary name, sync, link).

import { mkdirSync, openSync, closeSync, fsyncSync, linkSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { RootKey } from '#identity';
import { newRootKey } from '#identity';
import type { Random } from '#kernel';
import { SERVICE_UID } from '#sandbox';
import { workFolderOf } from './work-folder.ts';

export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly blobs: string;
  readonly usage: string;
  readonly logs: string;
  /** Where the things lie that sandboxes see: see work-folder.ts. */
  readonly work: string;
}

/** Root may open a folder of the user too that it gives its rights away to. */
export function openDataFolder(path: string, serviceUid = SERVICE_UID): DataFolder {
  const folder = resolve(path);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`The data folder ${folder} cannot be made. Choose another with --data, or make it yourself.`, { cause });
  }
  const uid = process.getuid?.();
  const owner = statSync(folder).uid;
  if (uid !== undefined && owner !== uid && !(uid === 0 && owner === serviceUid))
    throw new Error(
      `The data folder ${folder} belongs to another user (uid ${owner}). Run as that user, or choose another with --data.`,
    );
  return {
    path: folder,
    store: join(folder, 'store'),
    blobs: join(folder, 'blobs'),
    usage: join(folder, 'usage'),
    logs: join(folder, 'logs'),
    work: workFolderOf(folder),
  };
}

/** The root key: the operator's, or the folder's own, made on the first start. `made` says that it is new and must be shown. */
export function rootKeyOf(
  folder: DataFolder,
  environment: NodeJS.ProcessEnv,
  random: Random,
): { readonly key: RootKey; readonly made: boolean } {
  const accessKeyId = environment['MAYFLY_ROOT_ACCESS_KEY_ID'];
  const secretAccessKey = environment['MAYFLY_ROOT_SECRET_ACCESS_KEY'];
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { key: parseRootKey({ accessKeyId, secretAccessKey }, 'the environment'), made: false };
  if (accessKeyId !== undefined || secretAccessKey !== undefined)
    throw new Error('MAYFLY_ROOT_ACCESS_KEY_ID and MAYFLY_ROOT_SECRET_ACCESS_KEY go together: set both or neither.');

  const path = join(folder.path, 'root-key.json');
  const proposal = `${JSON.stringify(newRootKey(random), null, 2)}\n`;
  const { content, made } = readOrMake(path, Buffer.from(proposal));
  return { key: parseRootKey(parseJson(content.toString(), path), path), made };
}

function parseRootKey(value: unknown, where: string): RootKey {
  if (typeof value === 'object' && value !== null && 'accessKeyId' in value && 'secretAccessKey' in value) {
    const { accessKeyId, secretAccessKey } = value;
    if (
      typeof accessKeyId === 'string' &&
      /^\w{3,128}$/.test(accessKeyId) &&
      typeof secretAccessKey === 'string' &&
      secretAccessKey.length >= 8
    )
      return { accessKeyId, secretAccessKey };
  }
  throw new Error(
    `The root key in ${where} is no key: an id of 3 to 128 letters, digits and underscores, and a secret of at least 8 characters are needed.`,
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is not JSON. Put the right file back, or remove it to have a new root key made.`, { cause });
  }
}

/** Reads a secret, or makes it: written aside, synced, then linked under its name, so that of two that race one wins whole. */
export function readOrMake(path: string, proposal: Uint8Array): { readonly content: Buffer; readonly made: boolean } {
  const existing = readIfThere(path);
  if (existing !== undefined) return { content: existing, made: false };
  const aside = `${path}.${process.pid}`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeSync(file, proposal);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { content: readFileSync(path), made: false };
  } finally {
    rmSync(aside);
  }
  return { content: Buffer.from(proposal), made: true };
}

export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
