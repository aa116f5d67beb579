// Tokens that whoever owns an endpoint sends back: they name their subscription and prove that the message was received. Only their hashes
// are kept.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '#kernel';

const SECRET_BYTES = 48;

/** Hexadecimal, as AWS's tokens are: the subscription's id, then what nobody can guess. */
export function newToken(random: Random, subscriptionId: string): string {
  return `${subscriptionId.replaceAll('-', '')}${Buffer.from(random.bytes(SECRET_BYTES)).toString('hex')}`;
}

/** The id of the subscription that a token is for, or undefined for what is no token. */
export function subscriptionOfToken(token: string): string | undefined {
  if (!/^[0-9a-f]+$/.test(token) || token.length !== 32 + 2 * SECRET_BYTES) return undefined;
  return token.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function isTokenOf(hash: string | undefined, token: string): boolean {
  return hash !== undefined && timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(token)));
}
