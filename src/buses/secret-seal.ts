// Seals the secrets of connections with the data folder's key: AES-256-GCM under a key derived for this purpose alone, bound to the
// connection that they belong to, with a fresh nonce each time.

import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import assert from 'node:assert/strict';
import type { Random, Scope } from '#kernel';

/** Base64 throughout. `keyId` says which key opens it, so that keys can be changed. */
export interface Sealed {
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

export interface SecretKeys {
  /** 32 bytes: seals from now on. */
  readonly secretKey: Uint8Array;
  /** Those that were used before still open. */
  readonly earlierSecretKeys?: readonly Uint8Array[] | undefined;
}

export interface SealedFor {
  readonly scope: Scope;
  /** The id of the connection: unique for ever. */
  readonly id: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class SecretSeal {
  readonly #current: DerivedKey;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #random: Random;

  constructor({ secretKey, earlierSecretKeys = [] }: SecretKeys, random: Random) {
    this.#current = derive(secretKey);
    this.#keys = new Map([...earlierSecretKeys.map(derive), this.#current].map(({ keyId, key }) => [keyId, key]));
    this.#random = random;
  }

  seal(owner: SealedFor, secrets: object): Sealed {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#current.key, nonce).setAAD(bindingOf(owner));
    const ciphertext = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
    return {
      keyId: this.#current.keyId,
      nonce: Buffer.from(nonce).toString('base64'),
      ciphertext: ciphertext.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
    };
  }

  /** Undefined when the key is gone, or the text was changed or belongs elsewhere. */
  open(owner: SealedFor, { keyId, nonce, ciphertext, tag }: Sealed): object | undefined {
    const key = this.#keys.get(keyId);
    if (key === undefined) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: TAG_BYTES });
    decipher.setAAD(bindingOf(owner)).setAuthTag(Buffer.from(tag, 'base64'));
    try {
      const text = Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64')), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as object;
    } catch {
      // All that `final` says is that the tag does not fit.
      return undefined;
    }
  }
}

interface DerivedKey {
  readonly keyId: string;
  readonly key: Buffer;
}

function derive(secret: Uint8Array): DerivedKey {
  assert(secret.length >= 32, 'the secret key has at least 32 bytes');
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'mayfly event connections', 32));
  return { keyId: createHash('sha256').update(key).digest('hex').slice(0, 12), key };
}

const bindingOf = ({ scope, id }: SealedFor) => Buffer.from(JSON.stringify([scope.account, scope.region, id]));
