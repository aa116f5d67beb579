// MD5s by which clients check what SQS understood.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation

import { createHash, hash } from 'node:crypto';
import type { MessageAttributes } from './message-attributes.ts';

export function digestOfBody(body: string): string {
  return hash('md5', body);
}

const TEXT = Buffer.from([1]);
const BINARY = Buffer.from([2]);

/** Undefined of no attributes. In the order of the names, each part after its length in four bytes. */
export function digestOfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes);
  if (names.length === 0) return undefined;
  const digest = createHash('md5');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.length);
    digest.update(length).update(bytes);
  };
  // By UTF-16 units, as Java's and JavaScript's clients sort.
  for (const name of names.sort((left, right) => (left < right ? -1 : 1))) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    const isBinary = attribute.type.startsWith('Binary');
    add(Buffer.from(name));
    add(Buffer.from(attribute.type));
    digest.update(isBinary ? BINARY : TEXT);
    add(Buffer.from(attribute.value, isBinary ? 'base64' : 'utf8'));
  }
  return digest.digest('hex');
}
