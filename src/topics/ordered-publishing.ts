// FIFO topics: messages are numbered, known again for five minutes, and accepted in their order.
// Owns: the next number of each topic that this process has published to.
// I1: a number is used once. Whoever else numbered the stream meanwhile is told by the store, and everything is numbered anew behind it.

import { LIMITS, type Clock, type Scope } from '#kernel';
import type { NewDelivery, Publication, PublicationStore } from '#store';
import type { Message } from './message.ts';
import { changedMeanwhile } from './topic-answers.ts';

export interface OrderedPublishingParts {
  readonly clock: Clock;
  readonly publications: PublicationStore;
}

export interface OrderedRequest {
  readonly scope: Scope;
  readonly topic: string;
  /** Without their numbers. */
  readonly messages: readonly Message[];
  /** Every group has its own memory of what was published. */
  readonly isKnownByGroup: boolean;
  /** What follows from a message once it has its number. */
  readonly deliveriesOf: (message: Message) => Promise<readonly NewDelivery[]>;
}

/** What a publisher is told; for a message that was there already, what it was told then. */
export interface Ordered {
  readonly messageId: string;
  readonly sequenceNumber: string;
}

const ATTEMPTS = 8;
/** Twenty digits from the first one, as AWS's have. */
const FIRST = 10n ** 19n;

export class OrderedPublishing {
  readonly #parts: OrderedPublishingParts;
  readonly #last = new Map<string, Promise<{ last: number }>>();

  constructor(parts: OrderedPublishingParts) {
    this.#parts = parts;
  }

  async publish(request: OrderedRequest): Promise<readonly Ordered[]> {
    const { clock, publications } = this.#parts;
    const { scope, topic, messages } = request;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const counter = await this.#counter(scope, topic);
      const numbered = messages.map((message) => ({ message, sequence: ++counter.last }));
      const nowMs = clock.now();
      const result = await publications.publish({
        scope,
        stream: topic,
        publications: await Promise.all(numbered.map((each) => publicationOf(request, each))),
        nowMs,
        knownUntilMs: nowMs + LIMITS.topicDeduplicationMs,
      });
      // I1
      if (result.kind === 'overtaken') counter.last = Math.max(counter.last, result.last);
      else
        return numbered.map(({ message, sequence }, place) => {
          const outcome = result.outcomes[place];
          return outcome?.kind === 'duplicate'
            ? { messageId: outcome.id, sequenceNumber: numberText(outcome.sequence) }
            : { messageId: message.id, sequenceNumber: numberText(sequence) };
        });
    }
    throw changedMeanwhile();
  }

  /** A topic that has ended is read again, should there be another of its name. */
  forget(scope: Scope, topic: string): void {
    this.#last.delete(idOf(scope, topic));
  }

  #counter(scope: Scope, topic: string): Promise<{ last: number }> {
    const id = idOf(scope, topic);
    let counter = this.#last.get(id);
    if (counter === undefined) {
      counter = this.#parts.publications.lastSequence(scope, topic).then((last) => ({ last }));
      // A failure of the store is the publisher's answer, and the next one reads again.
      counter.catch(() => this.#last.delete(id));
      this.#last.set(id, counter);
    }
    return counter;
  }
}

async function publicationOf(
  { isKnownByGroup, deliveriesOf }: OrderedRequest,
  { message, sequence }: { readonly message: Message; readonly sequence: number },
): Promise<Publication> {
  const { id, groupId = '', deduplicationId = '' } = message;
  return {
    key: isKnownByGroup ? `${groupId} ${deduplicationId}` : deduplicationId,
    id,
    sequence,
    deliveries: await deliveriesOf({ ...message, sequenceNumber: numberText(sequence) }),
  };
}

function numberText(sequence: number): string {
  return String(FIRST + BigInt(sequence));
}

function idOf({ account, region }: Scope, topic: string): string {
  return `${account}/${region}/${topic}`;
}
