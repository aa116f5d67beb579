// Encrypts the environments of functions for the disk: AES-256-GCM, a fresh nonce each time, bound to the function it belongs to.

import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import assert from 'node:assert/strict';
import type { FunctionName, Random, Scope } from '#kernel';
import { ApiError } from '#kernel';

/** Base64 throughout. `keyId` says which key opens it, so that keys can be changed without rewriting everything at once. */
export interface SealedEnvironment {
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

export interface Sealer {
  seal(owner: SealOwner, environment: Readonly<Record<string, string>>): SealedEnvironment;
  /** Throws KMSNotFoundException when the key is missing or the text was changed; it names the function and nothing of the content. */
  open(owner: SealOwner, sealed: SealedEnvironment): Readonly<Record<string, string>>;
}

export interface SealOwner {
  readonly scope: Scope;
  readonly name: FunctionName;
}

export interface SealerDependencies {
  /** 32 bytes: seals from now on. */
  readonly secretKey: Uint8Array;
  /** Keys that were used before: they still open. */
  readonly earlierSecretKeys?: readonly Uint8Array[];
  readonly random: Random;
}

const NONCE_BYTES = 12;

export function createSealer({ secretKey, earlierSecretKeys = [], random }: SealerDependencies): Sealer {
  const current = derive(secretKey);
  const keys = new Map([...earlierSecretKeys.map(derive), current].map(({ keyId, key }) => [keyId, key]));

  return {
    seal(owner, environment) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(bindingOf(owner));
      const ciphertext = Buffer.concat([cipher.update(JSON.stringify(environment), 'utf8'), cipher.final()]);
      return {
        keyId: current.keyId,
        nonce: Buffer.from(nonce).toString('base64'),
        ciphertext: ciphertext.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
      };
    },
    open(owner, sealed) {
      const key = keys.get(sealed.keyId);
      if (key === undefined)
        throw unreadable(
          `The environment of ${owner.name} was encrypted with key ${sealed.keyId}, which is not there. Put that key back (the data folder's secret.key, or what MAYFLY_SECRET_KEY_FILE named then), or set the variables again.`,
        );
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: 16 });
        decipher.setAAD(bindingOf(owner)).setAuthTag(Buffer.from(sealed.tag, 'base64'));
        const text = Buffer.concat([decipher.update(Buffer.from(sealed.ciphertext, 'base64')), decipher.final()]);
        return JSON.parse(text.toString('utf8')) as Record<string, string>;
      } catch (cause) {
        throw unreadable(
          `The environment of ${owner.name} cannot be decrypted: it was changed on the disk, or belongs elsewhere.`,
          cause,
        );
      }
    },
  };
}

/** As Lambda answers where the key of an environment is gone. */
const unreadable = (message: string, cause?: unknown) =>
  new ApiError('KMSNotFoundException', message, { cause, fields: { Type: 'Service' } });

/** Whether `open` has thrown because it could not read. */
export const isUnreadable = (error: unknown) => error instanceof ApiError && error.code === 'KMSNotFoundException';

function derive(secret: Uint8Array): { readonly keyId: string; readonly key: Buffer } {
  assert(secret.length >= 32, 'the secret key has at least 32 bytes');
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'mayfly function environments', 32));
  return { keyId: createHash('sha256').update(key).digest('hex').slice(0, 12), key };
}

/** What is moved to another function's record does not open there. */
const bindingOf = ({ scope, name }: SealOwner) => Buffer.from(JSON.stringify([scope.account, scope.region, name]));
