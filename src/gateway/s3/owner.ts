// The owner of everything in an account, by the canonical id that S3 uses beside the account's number.

import { createHash } from 'node:crypto';
import type { Scope } from '#kernel';

/** 64 hexadecimal digits, always the same for an account. */
export function ownerOf({ account }: Scope): { readonly ID: string; readonly DisplayName: string } {
  return { ID: createHash('sha256').update(`canonical user of account ${account}`).digest('hex'), DisplayName: account };
}
