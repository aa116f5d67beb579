// The keys that encrypt what must not lie about in plain, the environments of functions: the operator's, or the data folder's own.
// A key comes in a file and never in a variable or an argument, which every process of the same user can read in /proc.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '#kernel';
import { readIfThere, readOrMake } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';

export interface SecretKeys {
  /** 32 bytes. Encrypts from now on. */
  readonly secretKey: Uint8Array;
  /** Encrypted before, and still open what they encrypted. */
  readonly earlierSecretKeys: readonly Uint8Array[];
}

const KEY_BYTES = 32;
const NAMED = 'MAYFLY_SECRET_KEY_FILE';
const EARLIER = 'MAYFLY_EARLIER_SECRET_KEY_FILES';

/** Those that the operator named, whose files may be open to the user alone who started the platform. */
export interface OperatorKeys {
  readonly named: Uint8Array | undefined;
  readonly earlier: readonly Uint8Array[];
}

export function operatorKeysOf(environment: NodeJS.ProcessEnv): OperatorKeys {
  const named = environment[NAMED];
  const earlier = (environment[EARLIER] ?? '').split(':').filter((each) => each !== '');
  return {
    named: named === undefined ? undefined : operatorsKey(named, NAMED),
    earlier: earlier.map((each) => operatorsKey(each, EARLIER)),
  };
}

/** With a key of the operator's the folder's own is not made; one that is there stays an earlier key, so that nothing is lost by the change. */
export function secretKeysOf(folder: DataFolder, { named, earlier }: OperatorKeys, random: Random): SecretKeys {
  const path = join(folder.path, 'secret.key');
  if (named === undefined)
    return { secretKey: foldersKey(readOrMake(path, random.bytes(KEY_BYTES)).content, path), earlierSecretKeys: earlier };
  const own = readIfThere(path);
  return { secretKey: named, earlierSecretKeys: own === undefined ? earlier : [...earlier, foldersKey(own, path)] };
}

function foldersKey(content: Buffer, path: string): Uint8Array {
  if (content.length === KEY_BYTES) return content;
  throw new Error(
    `${path} must hold exactly ${KEY_BYTES} bytes and holds ${content.length}. Put the right file back: without it the environments of functions cannot be read.`,
  );
}

function operatorsKey(path: string, variable: string): Uint8Array {
  const key = decoded(contentOf(path, variable));
  if (key !== undefined) return key;
  // Nothing of the content is repeated: it may be a key that was cut short.
  throw new Error(
    `${path} (${variable}) holds no key: 32 bytes are needed, as they are, in base64 or in hexadecimal. \`openssl rand -base64 32\` makes one.`,
  );
}

function contentOf(path: string, variable: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`The key file ${path} (${variable}) cannot be read.`, { cause });
  }
}

function decoded(content: Buffer): Uint8Array | undefined {
  if (content.length === KEY_BYTES) return content;
  const text = content.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
