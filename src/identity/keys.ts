// Whose secret belongs to an access key id: the root key, and the short-lived keys of running instances.
// Owns: the open sessions, in memory only.
// Never: writes a secret anywhere, or lets one outlive its instance.
// I1: a session's key is known from openSession until close, and never again.

import type { AccountId, Random } from '#kernel';
import type { Principal } from './principal.ts';

export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the gateway needs to verify a signature. */
export interface KnownKey {
  readonly secret: string;
  /** What X-Amz-Security-Token must say; undefined where the key carries none. */
  readonly sessionToken: string | undefined;
  readonly principal: Principal;
}

export interface SessionRequest {
  readonly account: AccountId;
  readonly functionArn: string;
  readonly roleArn: string;
}

/** Credentials of one instance of a function, as they go into its environment. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  close(): void;
}

export interface Keys {
  secretFor(accessKeyId: string): KnownKey | undefined;
  openSession(request: SessionRequest): Session;
}

export function createKeys({ account, rootKey, random }: { account: AccountId; rootKey: RootKey; random: Random }): Keys {
  const sessions = new Map<string, KnownKey>();
  const root: KnownKey = {
    secret: rootKey.secretAccessKey,
    sessionToken: undefined,
    principal: { kind: 'root', account, accessKeyId: rootKey.accessKeyId },
  };

  return {
    secretFor: (accessKeyId) => (accessKeyId === rootKey.accessKeyId ? root : sessions.get(accessKeyId)),
    openSession({ account, functionArn, roleArn }) {
      const accessKeyId = newAccessKeyId('ASIA', random);
      const secretAccessKey = newSecret(random);
      const sessionToken = Buffer.from(random.bytes(48)).toString('base64');
      const principal: Principal = { kind: 'function', account, accessKeyId, functionArn, roleArn };
      sessions.set(accessKeyId, { secret: secretAccessKey, sessionToken, principal });
      return { accessKeyId, secretAccessKey, sessionToken, close: () => void sessions.delete(accessKeyId) };
    },
  };
}

/** A root key for a first start. `AKIA` and twenty characters, as every tool expects one to look. */
export function newRootKey(random: Random): RootKey {
  return { accessKeyId: newAccessKeyId('AKIA', random), secretAccessKey: newSecret(random) };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function newAccessKeyId(prefix: 'AKIA' | 'ASIA', random: Random): string {
  let id: string = prefix;
  for (const byte of random.bytes(16)) id += BASE32[byte & 31];
  return id;
}

/** 240 bits in forty characters, none of which a shell or a URL would mind. */
function newSecret(random: Random): string {
  return Buffer.from(random.bytes(30)).toString('base64url');
}
