// A queue as the room knows it: its settings in their own types, and how they are kept in the store.

import type { ResourcePolicy } from '#identity';
import { parseResourcePolicy } from '#identity';
import type { Scope } from '#kernel';
import type { Json, QueueRow, QueueSettings } from '#store';
import { parseQueueArn, queueArn, type QueueAddress } from './queue-names.ts';

export interface QueueOptions {
  readonly delaySeconds: number;
  readonly messageBytesMax: number;
  readonly retentionSeconds: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  readonly redrive: RedrivePolicy | undefined;
  readonly redriveAllow: RedriveAllowPolicy | undefined;
  /** As it was written. */
  readonly policy: string | undefined;
  readonly kmsReuseSeconds: number | undefined;
  readonly hasContentDeduplication: boolean;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly throughputLimit: 'perQueue' | 'perMessageGroupId';
}

export interface RedrivePolicy {
  readonly deadLetterArn: string;
  readonly receivesMax: number;
}

export type RedriveAllowPolicy =
  | { readonly kind: 'allowAll' | 'denyAll' }
  | { readonly kind: 'byQueue'; readonly sourceArns: readonly string[] };

export type Tags = Readonly<Record<string, string>>;

export interface Queue extends QueueAddress {
  readonly scope: Scope;
  readonly name: string;
  readonly arn: string;
  /** Never reused, not even for a queue of the same name. */
  readonly number: number;
  readonly revision: number;
  readonly isFifo: boolean;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly purgedAtMs: number | undefined;
  readonly options: QueueOptions;
  readonly tags: Tags;
  /** Read once; undefined for a queue without one. */
  readonly resourcePolicy: ResourcePolicy | undefined;
}

/** What is stored beside what the store acts on. */
export interface QueueBody {
  readonly modifiedAtMs: number;
  readonly purgedAtMs?: number | undefined;
  readonly options: QueueOptions;
  readonly tags: Tags;
}

export function queueOfRow(row: QueueRow): Queue {
  // Written by `bodyOf` alone.
  const body = row.attributes as unknown as QueueBody;
  return {
    scope: row.scope,
    name: row.name,
    arn: queueArn(row),
    number: row.number,
    revision: row.revision,
    isFifo: row.settings.isFifo,
    createdAtMs: row.createdAtMs,
    modifiedAtMs: body.modifiedAtMs,
    purgedAtMs: body.purgedAtMs,
    options: body.options,
    tags: body.tags,
    resourcePolicy: resourcePolicyOf(body.options.policy),
  };
}

/** JSON leaves out what is undefined. */
export function bodyOf({ modifiedAtMs, purgedAtMs, options, tags }: QueueBody): Json {
  return { modifiedAtMs, purgedAtMs, options, tags } as unknown as Json;
}

/** What the store acts on. A dead-letter queue is in the scope of its source. */
export function settingsOf(isFifo: boolean, { retentionSeconds, redrive }: QueueOptions): QueueSettings {
  const deadLetter = redrive === undefined ? undefined : parseQueueArn(redrive.deadLetterArn);
  return {
    isFifo,
    retentionMs: retentionSeconds * 1000,
    ...(redrive === undefined || deadLetter === undefined
      ? {}
      : { deadLetter: { name: deadLetter.name, receivesMax: redrive.receivesMax } }),
  };
}

function resourcePolicyOf(text: string | undefined): ResourcePolicy | undefined {
  if (text === undefined) return undefined;
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw new Error(`The stored policy of a queue cannot be read: ${parsed.reason}`);
  return parsed.policy;
}
