// The key that signs SNS's messages, in the data folder: made when the first message is signed, the same ever since, so that whoever keeps
// its certificate can go on checking signatures.

import { join } from 'node:path';
import type { Clock, Random } from '#kernel';
import { newSigningKey } from '#topics';
import { readIfThere, readOrMake } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';

export function topicSigningKeyOf(
  folder: Pick<DataFolder, 'path'>,
  ambient: { readonly clock: Clock; readonly random: Random },
): () => Promise<string> {
  const path = join(folder.path, 'sns-signing-key.pem');
  return async () => {
    const existing = readIfThere(path) ?? readOrMake(path, Buffer.from(await newSigningKey(ambient))).content;
    return existing.toString();
  };
}
