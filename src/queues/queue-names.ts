// Names, ARNs and URLs of queues.

import type { AccountId, Region, Scope } from '#kernel';
import { invalid, noSuchQueue } from './queue-answers.ts';

/** Where a queue is: all that the room needs to find it. */
export interface QueueAddress {
  readonly scope: Scope;
  readonly name: string;
}

const STANDARD = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO = /^[A-Za-z0-9_-]{1,75}\.fifo$/;
const ARN = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

/** What is asked of a name that is given to a new queue. */
export function checkNewName(name: string, isFifo: boolean): void {
  if (isFifo && !FIFO.test(name)) {
    throw invalid(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  if (!isFifo && !STANDARD.test(name)) {
    throw invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
}

export function queueArn({ scope, name }: QueueAddress): string {
  return `arn:aws:sqs:${scope.region}:${scope.account}:${name}`;
}

/** Undefined for what is no queue's ARN. */
export function parseQueueArn(arn: string): QueueAddress | undefined {
  const [, region, account, name] = ARN.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined) return undefined;
  return { scope: { account: account as AccountId, region: region as Region }, name };
}

/** `http://127.0.0.1:4566/000000000000/orders` */
export function queueUrl(endpoint: string, { scope, name }: QueueAddress): string {
  return `${endpoint}/${scope.account}/${name}`;
}

/**
 * The queue that a URL names, whatever host it says: those of AWS, of other emulators (`sqs.us-east-1.localhost…`, `…/queue/us-east-1/…`),
 * and a bare name, as the CLI of some accepts. An account that is not served has no queues here.
 */
export function parseQueueUrl(scope: Scope, url: string): QueueAddress {
  const [path = ''] = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').split(/[?#]/, 1);
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.at(-1);
  const account = parts.at(-2);
  if (name === undefined || (account !== undefined && account !== scope.account)) throw noSuchQueue();
  return { scope, name };
}
