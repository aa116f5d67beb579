// Sending: one message or a batch, checked one by one, stored in one step.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import { hash } from 'node:crypto';
import { ApiError, LIMITS, type Clock, type Random } from '#kernel';
import type { DeliveryClaim, MessageStore, NewMessage, SentMessage } from '#store';
import { digestOfAttributes, digestOfBody } from './message-digests.ts';
import { checkAttributes, checkBody, sizeOf, type MessageAttributes } from './message-attributes.ts';
import { detailsText } from './message-details.ts';
import { checkId } from './message-ids.ts';
import type { MessageRetention } from './message-retention.ts';
import { invalid, invalidValue, missing, noSuchQueue, notForThisQueue } from './queue-answers.ts';
import type { QueueDirectory } from './queue-directory.ts';
import { sequenceNumber } from './queue-message.ts';
import type { QueueAddress } from './queue-names.ts';
import type { QueueWaiters } from './queue-waiters.ts';
import type { Queue } from './queue.ts';

export interface MessageToSend {
  readonly body: string;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
  readonly delaySeconds?: number | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export interface AcceptedMessage {
  readonly kind: 'sent';
  readonly id: string;
  readonly digestOfBody: string;
  readonly digestOfAttributes: string | undefined;
  /** FIFO. */
  readonly sequenceNumber: string | undefined;
}

export type SendOutcome = AcceptedMessage | { readonly kind: 'refused'; readonly error: ApiError };

export interface SendingDependencies {
  readonly store: MessageStore;
  readonly directory: QueueDirectory;
  readonly waiters: QueueWaiters;
  readonly clock: Clock;
  readonly random: Random;
  /** Told when what was sent expires. */
  readonly retention: Pick<MessageRetention, 'expiresAt'>;
}

interface Settling {
  readonly message: MessageToSend;
  readonly sender: string;
  readonly claim: DeliveryClaim;
}

export class MessageSending {
  readonly #dependencies: SendingDependencies;

  constructor(dependencies: SendingDependencies) {
    this.#dependencies = dependencies;
  }

  /** One outcome for each message, in their order. Those that are sent are on the disk, in one step. Throws when there is no such queue. */
  async send(address: QueueAddress, messages: readonly MessageToSend[], sender: string): Promise<readonly SendOutcome[]> {
    const { directory } = this.#dependencies;
    const queue = directory.known(address) ?? (await directory.need(address));
    const prepared = messages.map((message) => this.#prepare(queue, message, sender));
    const accepted = prepared.flatMap((each) => (each.kind === 'prepared' ? [each.message] : []));
    const sent = accepted.length === 0 ? [] : await this.#store(queue, accepted);
    let next = 0;
    return prepared.map((each): SendOutcome => {
      if (each.kind === 'refused') return each;
      const message = sent[next];
      next += 1;
      if (message === undefined) throw new Error('The store has stored fewer messages than it was given.');
      return {
        kind: 'sent',
        id: message.id,
        digestOfBody: each.digestOfBody,
        digestOfAttributes: each.digestOfAttributes,
        sequenceNumber: queue.isFifo ? sequenceNumber(message.sequence) : undefined,
      };
    });
  }

  /** One message, in the step that settles what it comes from. Throws what it is refused with. */
  async sendSettling(address: QueueAddress, { message, sender, claim }: Settling): Promise<'sent' | 'lost'> {
    const { directory, store } = this.#dependencies;
    const queue = directory.known(address) ?? (await directory.need(address));
    const prepared = this.#prepare(queue, message, sender);
    if (prepared.kind === 'refused') throw prepared.error;
    const messages = [prepared.message];
    const sent = await store.sendSettling(queue.number, messages, claim);
    if (sent === 'lost') return 'lost';
    this.#sent(queue, messages, sent);
    return 'sent';
  }

  async #store(queue: Queue, messages: readonly NewMessage[]): Promise<readonly SentMessage[]> {
    const sent = await this.#dependencies.store.send(queue.number, messages);
    return this.#sent(queue, messages, sent);
  }

  /** Wakes who waits for them. */
  #sent(queue: Queue, messages: readonly NewMessage[], sent: readonly SentMessage[] | undefined): readonly SentMessage[] {
    const { directory, waiters } = this.#dependencies;
    if (sent === undefined) {
      directory.forget(queue);
      throw noSuchQueue();
    }
    let arrived = 0;
    const nowMs = this.#dependencies.clock.now();
    for (const [index, { visibleAtMs }] of messages.entries()) {
      if (sent[index]?.isDuplicate === true) continue;
      if (visibleAtMs <= nowMs) arrived += 1;
      else waiters.dueAt(queue.number, visibleAtMs);
    }
    this.#dependencies.retention.expiresAt(nowMs + queue.options.retentionSeconds * 1000);
    if (arrived > 0) waiters.arrived(queue.number, arrived);
    return sent;
  }

  #prepare(queue: Queue, message: MessageToSend, sender: string): Prepared {
    try {
      checkMessage(queue, message);
      return this.#prepared(queue, message, sender);
    } catch (error) {
      if (error instanceof ApiError) return { kind: 'refused', error };
      throw error;
    }
  }

  #prepared(queue: Queue, message: MessageToSend, sender: string): Prepared {
    const { body, attributes, traceHeader, groupId } = message;
    const nowMs = this.#dependencies.clock.now();
    const bodyDigest = digestOfBody(body);
    const deduplicationId = queue.isFifo ? deduplicationIdOf(queue, message) : undefined;
    const details = detailsText({ sender, digest: bodyDigest, attributes, traceHeader, groupId, deduplicationId });
    return {
      kind: 'prepared',
      digestOfBody: bodyDigest,
      digestOfAttributes: attributes === undefined ? undefined : digestOfAttributes(attributes),
      message: {
        id: this.#dependencies.random.uuid(),
        body,
        details,
        sentAtMs: nowMs,
        visibleAtMs: nowMs + (message.delaySeconds ?? queue.options.delaySeconds) * 1000,
        ...(deduplicationId === undefined || groupId === undefined
          ? {}
          : {
              group: groupId,
              deduplication: {
                key: queue.options.deduplicationScope === 'queue' ? deduplicationId : `${groupId}\n${deduplicationId}`,
                untilMs: nowMs + LIMITS.queueDeduplicationMs,
              },
            }),
      },
    };
  }
}

type Prepared =
  | { readonly kind: 'refused'; readonly error: ApiError }
  | {
      readonly kind: 'prepared';
      readonly message: NewMessage;
      readonly digestOfBody: string;
      readonly digestOfAttributes: string | undefined;
    };

function checkMessage(queue: Queue, { body, attributes, delaySeconds, groupId, deduplicationId }: MessageToSend): void {
  if (body === '') throw missing('MessageBody');
  checkBody(body);
  if (attributes !== undefined) checkAttributes(attributes);
  if (sizeOf(body, attributes) > queue.options.messageBytesMax) {
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.options.messageBytesMax} bytes.`,
    );
  }
  checkDelay(queue, delaySeconds);
  if (groupId === undefined && queue.isFifo) throw missing('MessageGroupId');
  if (groupId !== undefined) checkId(groupId, 'MessageGroupId');
  if (deduplicationId === undefined) return;
  if (!queue.isFifo) throw notForThisQueue(deduplicationId, 'MessageDeduplicationId');
  checkId(deduplicationId, 'MessageDeduplicationId');
}

function checkDelay(queue: Queue, delaySeconds: number | undefined): void {
  if (delaySeconds === undefined) return;
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > LIMITS.queueDelaySeconds) {
    throw invalidValue(delaySeconds, 'DelaySeconds', `DelaySeconds must be >= 0 and <= ${LIMITS.queueDelaySeconds}.`);
  }
  // Clients send the default along; what differs from it would break the order.
  if (queue.isFifo && delaySeconds !== 0) throw notForThisQueue(delaySeconds, 'DelaySeconds');
}

function deduplicationIdOf(queue: Queue, { body, deduplicationId }: MessageToSend): string {
  if (deduplicationId !== undefined) return deduplicationId;
  // Of the body alone, as AWS does: attributes do not make another message.
  if (queue.options.hasContentDeduplication) return hash('sha256', body);
  throw invalid('The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly');
}
