// An id that is always the same for the same text, in the form of a version 4 UUID: what is done again under it can be told to be the same.

import { hash } from 'node:crypto';

export function derivedUuid(text: string): string {
  const digits = hash('sha256', text, 'hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
