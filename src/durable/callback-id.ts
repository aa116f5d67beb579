// The ids that outsiders answer callbacks with: they say which execution waits for the answer, in which operation, and a secret.

import type { Random } from '#kernel';

export interface CallbackPlace {
  readonly journal: number;
  readonly operationId: string;
}

const SECRET_BYTES = 24;
const ID = /^(\d{1,16})\/([a-zA-Z0-9_-]{1,64})\/[a-zA-Z0-9_-]{32}$/;

/** Hexadecimal: within the API's pattern, which is that of base64, and without what would have to be escaped in a link. */
export function newCallbackId(random: Random, journal: number, operationId: string): string {
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
  return Buffer.from(`${journal}/${operationId}/${secret}`).toString('hex');
}

/** Where it belongs, if it is one. Whether the secret is right is for the operation to say, which has the whole id. */
export function placeOf(callbackId: string): CallbackPlace | undefined {
  const [, journal, operationId] = ID.exec(Buffer.from(callbackId, 'hex').toString()) ?? [];
  if (journal === undefined || operationId === undefined) return undefined;
  return { journal: Number(journal), operationId };
}
