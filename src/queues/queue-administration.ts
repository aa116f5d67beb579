// What is done to queues: made, changed, emptied, removed, listed.

import { ApiError, LIMITS, type Clock, type Scope } from '#kernel';
import type { MessageStore } from '#store';
import type { MessageRetention } from './message-retention.ts';
import { changedMeanwhile, invalidAttribute, invalidValue, noSuchQueue, queueExists, unknownAttribute } from './queue-answers.ts';
import { attributeTexts, FRESH, withAttributes, type AttributeTexts } from './queue-attributes.ts';
import type { QueueDirectory } from './queue-directory.ts';
import { checkNewName, parseQueueArn, queueArn, type QueueAddress } from './queue-names.ts';
import { withPermission, withoutPermission, type Permission } from './queue-permissions.ts';
import { withoutTags, withTags } from './queue-tags.ts';
import type { QueueWaiters } from './queue-waiters.ts';
import { bodyOf, settingsOf, type Queue, type QueueBody, type QueueOptions, type Tags } from './queue.ts';
import { allowsSource, redrivePolicyText } from './redrive-policies.ts';

export interface QueuePageQuery {
  readonly scope: Scope;
  readonly prefix?: string | undefined;
  /** The dead-letter queue that they name. */
  readonly deadLetter?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface QueuePage {
  readonly names: readonly string[];
  /** The name after which the next page begins, when there is one. */
  readonly next: string | undefined;
}

export interface AdministrationDependencies {
  readonly store: MessageStore;
  readonly directory: QueueDirectory;
  readonly waiters: Pick<QueueWaiters, 'arrived'>;
  readonly retention: Pick<MessageRetention, 'expiresAt'>;
  readonly clock: Clock;
}

/** Changes of one queue by compare-and-set; each attempt lost means that somebody else's was made. */
const ATTEMPTS = 8;

export class QueueAdministration {
  readonly #store: MessageStore;
  readonly #directory: QueueDirectory;
  readonly #clock: Clock;

  readonly #waiters: Pick<QueueWaiters, 'arrived'>;
  readonly #retention: Pick<MessageRetention, 'expiresAt'>;

  constructor({ store, directory, waiters, retention, clock }: AdministrationDependencies) {
    this.#store = store;
    this.#directory = directory;
    this.#waiters = waiters;
    this.#retention = retention;
    this.#clock = clock;
  }

  /** The queue of that name, if it has the attributes that are asked for. */
  async create(address: QueueAddress, texts: AttributeTexts, tags: Tags = {}): Promise<Queue> {
    const { scope, name } = address;
    const isFifo = isFifoAsked(texts);
    checkNewName(name, isFifo);
    const options = withAttributes(isFifo, FRESH, texts);
    await this.#checkRedrive(address, isFifo, options);
    const createdAtMs = this.#clock.now();
    const { kind, queue: row } = await this.#store.createQueue({
      scope,
      name,
      createdAtMs,
      settings: settingsOf(isFifo, options),
      attributes: bodyOf({ modifiedAtMs: createdAtMs, options, tags: withTags({}, tags) }),
    });
    const queue = this.#directory.changed(row);
    if (kind === 'created') return queue;
    const different = differenceOf(queue, { ...queue, options }, texts);
    if (different !== undefined) throw queueExists(different);
    return queue;
  }

  need(address: QueueAddress): Promise<Queue> {
    return this.#directory.need(address);
  }

  async setAttributes(address: QueueAddress, texts: AttributeTexts): Promise<void> {
    if (Object.keys(texts).length === 0) return;
    await this.#change(address, async (queue) => {
      if (texts['FifoQueue'] !== undefined) {
        throw queue.isFifo && texts['FifoQueue'] === 'true'
          ? invalidAttribute('FifoQueue', 'It cannot be changed.')
          : unknownAttribute('FifoQueue');
      }
      const options = withAttributes(queue.isFifo, queue.options, texts);
      if (texts['RedrivePolicy'] !== undefined) await this.#checkRedrive(queue, queue.isFifo, options);
      // A shorter retention holds for the messages that are there.
      this.#retention.expiresAt(this.#clock.now());
      return { ...queue, modifiedAtMs: this.#clock.now(), options };
    });
  }

  async remove(address: QueueAddress): Promise<void> {
    const queue = await this.#directory.need(address);
    this.#directory.forget(address);
    const wasThere = await this.#store.removeQueue(queue.number);
    this.#directory.forget(address);
    // Whoever waits learns that there is no such queue.
    this.#waiters.arrived(queue.number, Infinity);
    if (!wasThere) throw noSuchQueue();
  }

  /** Also what is in flight. Once a minute, as on AWS. */
  async purge(address: QueueAddress): Promise<void> {
    const { number } = await this.#change(address, (queue) => {
      const nowMs = this.#clock.now();
      if (queue.purgedAtMs !== undefined && Math.abs(nowMs - queue.purgedAtMs) < LIMITS.queuePurgePeriodMs) {
        throw new ApiError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`);
      }
      return { ...queue, purgedAtMs: nowMs };
    });
    if (!(await this.#store.purge(number))) throw noSuchQueue();
  }

  /** By name. */
  async list({ scope, prefix, deadLetter, after, limit }: QueuePageQuery): Promise<QueuePage> {
    const rows = await this.#store.listQueues({
      scope,
      limit: limit + 1,
      ...(prefix === undefined ? {} : { prefix }),
      ...(deadLetter === undefined ? {} : { deadLetter }),
      ...(after === undefined ? {} : { after }),
    });
    const names = rows.slice(0, limit).map(({ name }) => name);
    return { names, next: rows.length > limit ? names.at(-1) : undefined };
  }

  async tag(address: QueueAddress, tags: Tags): Promise<void> {
    await this.#change(address, (queue) => ({ ...queue, tags: withTags(queue.tags, tags) }));
  }

  async untag(address: QueueAddress, keys: readonly string[]): Promise<void> {
    await this.#change(address, (queue) => ({ ...queue, tags: withoutTags(queue.tags, keys) }));
  }

  async addPermission(address: QueueAddress, permission: Permission): Promise<void> {
    await this.#change(address, (queue) => withPolicy(queue, withPermission(queue, permission), this.#clock.now()));
  }

  async removePermission(address: QueueAddress, label: string): Promise<void> {
    await this.#change(address, (queue) => withPolicy(queue, withoutPermission(queue, label), this.#clock.now()));
  }

  async #change(address: QueueAddress, change: (queue: Queue) => QueueBody | Promise<QueueBody>): Promise<Queue> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const queue = await this.#directory.need(address);
      const body = await change(queue);
      const row = await this.#store.changeQueue({
        number: queue.number,
        revision: queue.revision,
        settings: settingsOf(queue.isFifo, body.options),
        attributes: bodyOf(body),
        ...delayChange(queue, body),
      });
      if (row !== undefined) {
        // What was delayed may be due now, or later than whoever waits was told.
        this.#waiters.arrived(queue.number);
        return this.#directory.changed(row);
      }
      this.#directory.forget(address);
    }
    throw changedMeanwhile();
  }

  async #checkRedrive(address: QueueAddress, isFifo: boolean, { redrive }: QueueOptions): Promise<void> {
    if (redrive === undefined) return;
    const text = redrivePolicyText(redrive);
    const target = parseQueueArn(redrive.deadLetterArn);
    if (target?.scope.account !== address.scope.account || target.scope.region !== address.scope.region) {
      throw invalidValue(text, 'RedrivePolicy', 'Dead letter target must be in the same account and region as the source.');
    }
    const deadLetters = await this.#directory.find(target);
    if (deadLetters === undefined) throw invalidValue(text, 'RedrivePolicy', 'Dead letter target does not exist.');
    if (deadLetters.isFifo !== isFifo) {
      throw invalidValue(text, 'RedrivePolicy', 'Dead-letter queue must be same type of queue as the source.');
    }
    if (!allowsSource(deadLetters.options.redriveAllow, queueArn(address))) {
      throw invalidValue(text, 'RedrivePolicy', "The dead-letter queue's redrive allow policy does not allow this source queue.");
    }
  }
}

/** Of a FIFO queue the delay is that of the messages which are there, too; of a standard queue it is not. */
function delayChange(queue: Queue, { options }: QueueBody): { readonly delayMs?: number } {
  const isChanged = queue.isFifo && options.delaySeconds !== queue.options.delaySeconds;
  return isChanged ? { delayMs: options.delaySeconds * 1000 } : {};
}

/** `FifoQueue` is true or left out: there is no such attribute of standard queues. */
function isFifoAsked(texts: AttributeTexts): boolean {
  const text = texts['FifoQueue'];
  if (text === undefined) return false;
  if (text.toLowerCase() === 'true') return true;
  throw text.toLowerCase() === 'false' ? unknownAttribute('FifoQueue') : invalidAttribute('FifoQueue');
}

/** The first attribute among those that were asked for that the queue has otherwise. */
function differenceOf(queue: Queue, asked: Queue, texts: AttributeTexts): string | undefined {
  const [has, wants] = [attributeTexts(queue), attributeTexts(asked)];
  return Object.keys(texts).find((name) => has[name] !== wants[name]);
}

function withPolicy(queue: Queue, policy: string | undefined, modifiedAtMs: number): QueueBody {
  return { ...queue, modifiedAtMs, options: { ...queue.options, policy } };
}
