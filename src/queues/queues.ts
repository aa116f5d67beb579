// The room put together: queues, and the ways of their messages.

import { askResourcePolicy, type Asker } from '#identity';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { DeliveryClaim, MessageCounts, Store } from '#store';
import { MessageReceipts, type ReceiptResult, type VisibilityRequest } from './message-receipts.ts';
import { MessageReceiving, type ReceiveOptions } from './message-receiving.ts';
import { MessageRetention } from './message-retention.ts';
import { MessageSending, type MessageToSend, type SendOutcome } from './message-sending.ts';
import { MoveTasks } from './move-tasks.ts';
import { noSuchQueue } from './queue-answers.ts';
import { QueueAdministration } from './queue-administration.ts';
import { QueueDirectory } from './queue-directory.ts';
import { queueMessageOf, type QueueMessage } from './queue-message.ts';
import { parseQueueArn, type QueueAddress } from './queue-names.ts';
import { QueueWaiters } from './queue-waiters.ts';
import { ReceiveAttempts } from './receive-attempts.ts';
import type { Queue } from './queue.ts';

export interface QueuesOptions {
  readonly store: Pick<Store, 'messages' | 'resources'>;
  /** Accounts and regions that are served, for the redrives that an earlier process began. */
  readonly scopes: readonly Scope[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface PolicyQuestion {
  readonly asker: Asker;
  /** `sqs:SendMessage` */
  readonly action: string;
  /** The topic, rule or bucket on whose behalf, and its account. */
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
}

/**
 * Queues are named by their address: scope and name, as `parseQueueArn` makes it of an ARN. What names a queue that is not there throws
 * QueueDoesNotExist.
 */
export interface Queues {
  readonly administration: QueueAdministration;
  readonly moveTasks: Pick<MoveTasks, 'start' | 'cancel' | 'list'>;
  /** Undefined where the ARN is none, or names no queue. */
  describe(arn: string): Promise<Queue | undefined>;
  /** The queue's own policy, and nothing else. False where there is no such queue. */
  policyAllows(arn: string, question: PolicyQuestion): Promise<boolean>;
  /** One outcome for each message, in their order; what was sent is on the disk, in one step. */
  send(queue: QueueAddress, messages: readonly MessageToSend[], sender: string): Promise<readonly SendOutcome[]>;
  /**
   * One message, in the step that settles the delivery that it comes from: it is in the queue once, whatever is killed when. `lost`: the claim on
   * the delivery was, and nothing is sent. Throws what a send would be refused with.
   */
  sendSettling(queue: QueueAddress, message: MessageToSend, sender: string, claim: DeliveryClaim): Promise<'sent' | 'lost'>;
  /** At once when there is something, else as soon as there is, within the wait. */
  receive(queue: QueueAddress, options: ReceiveOptions): Promise<readonly QueueMessage[]>;
  /** Deletes. Undefined for what is deleted, or gone already. */
  remove(queue: QueueAddress, receiptHandles: readonly string[]): Promise<readonly ReceiptResult[]>;
  changeVisibility(queue: QueueAddress, requests: readonly VisibilityRequest[]): Promise<readonly ReceiptResult[]>;
  /** Resolves when a message may be there to receive, or when `signal` aborts. Takes nothing. */
  waitForMessages(queue: QueueAddress, signal: AbortSignal): Promise<void>;
  /** What a receive would bring first, left as it is: the receipt handles are good for nothing. */
  peek(queue: QueueAddress, limit: number): Promise<readonly QueueMessage[]>;
  counts(queue: QueueAddress): Promise<MessageCounts>;
  /** Watches over retention from now on, and takes up the redrives that an earlier process began. */
  start(): void;
  /** Ends every wait. */
  close(): Promise<void>;
}

export function createQueues({ store, scopes, clock, random, log }: QueuesOptions): Queues {
  const { messages } = store;
  const directory = new QueueDirectory(messages);
  const waiters = new QueueWaiters(clock);
  const retention = new MessageRetention({ store: messages, clock, log });
  const sending = new MessageSending({ store: messages, directory, waiters, retention, clock, random });
  const attempts = new ReceiveAttempts(messages, clock);
  const receiving = new MessageReceiving({ store: messages, directory, waiters, retention, attempts, clock });
  const receipts = new MessageReceipts({ store: messages, directory, waiters, clock });
  const moveTasks = new MoveTasks({
    store: messages,
    resources: store.resources,
    directory,
    waiters,
    retention,
    clock,
    random,
    log,
  });
  let resumed: Promise<void> | undefined;
  const describe = async (arn: string): Promise<Queue | undefined> => {
    const address = parseQueueArn(arn);
    return address === undefined ? undefined : directory.find(address);
  };
  return {
    administration: new QueueAdministration({ store: messages, directory, waiters, retention, clock }),
    moveTasks,
    describe,
    async policyAllows(arn, question) {
      const queue = await describe(arn);
      return queue !== undefined && policyAllows(queue, question);
    },
    send: (queue, toSend, sender) => sending.send(queue, toSend, sender),
    sendSettling: (queue, message, sender, claim) => sending.sendSettling(queue, { message, sender, claim }),
    receive: (queue, options) => receiving.receive(queue, options),
    remove: (queue, handles) => receipts.remove(queue, handles),
    changeVisibility: (queue, requests) => receipts.changeVisibility(queue, requests),
    waitForMessages: (queue, signal) => receiving.wait(queue, signal),
    async peek(address, limit) {
      const queue = await directory.need(address);
      const nowMs = clock.now();
      return (await messages.peek(queue.number, nowMs, limit)).map((message) => queueMessageOf(queue, message, nowMs));
    },
    async counts(address) {
      const queue = await directory.need(address);
      const found = await messages.counts(queue.number, clock.now());
      if (found === undefined) throw noSuchQueue();
      return found;
    },
    start() {
      retention.start();
      resumed = resume(moveTasks, scopes, log);
    },
    async close() {
      waiters.close();
      await resumed;
      await moveTasks.close();
      await retention.close();
    },
  };
}

/** Nothing waits for it, and what it cannot read now stays for the next start. */
async function resume(moveTasks: MoveTasks, scopes: readonly Scope[], log: Log): Promise<void> {
  try {
    for (const scope of scopes) await moveTasks.resume(scope);
  } catch (error) {
    log.write('warn', 'queues.redrives-not-resumed', { error });
  }
}

function policyAllows(queue: Queue, { asker, action, sourceArn, sourceAccount }: PolicyQuestion): boolean {
  if (queue.resourcePolicy === undefined) return false;
  const context = { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': sourceAccount };
  return askResourcePolicy(queue.resourcePolicy, { asker, action, resource: queue.arn, context }) === 'allowed';
}
