// Takes messages for many subscriptions further, step by step: see publisher.ts.
// Owns: the claims on the lane `topic`.
// Never: holds more than one step's entries of a message in memory.
// I1: a step settles the delivery before it, and accepts its entries and the next step's delivery, all at once.

import { ApiError, LIMITS } from '#kernel';
import { DeliveryLane, type Claim } from '#lanes';
import type { DeliveryQueue, NewDelivery, Unsubscribe } from '#store';
import { subscribersOf, type Audience, type Audiences, type Subscriber } from './audience.ts';
import { deliveriesOf, entryBytes, prepareMessage, type EntryTools } from './entries.ts';
import { fanOutDelivery, fanOutOf, TOPIC_LANE, type FanOut } from './fan-out-delivery.ts';
import { parseTopicArn } from './topic-names.ts';

export interface FanOutParts extends EntryTools {
  readonly audiences: Audiences;
  readonly deliveries: DeliveryQueue;
  readonly onChanged: (listener: () => void) => Unsubscribe;
}

/** A few messages at a time: each step is a transaction of its own. */
const BOUNDS = { inFlight: 8, inFlightPerTarget: 4, bytesInFlight: 8 * LIMITS.topicMessageBytes };

export function createFanOutLane(parts: FanOutParts): DeliveryLane {
  const { clock, log, deliveries, onChanged } = parts;
  return new DeliveryLane({
    clock,
    log,
    deliveries,
    onChanged,
    lane: TOPIC_LANE,
    bounds: BOUNDS,
    run: (claim) => takeStep(parts, claim),
  });
}

async function takeStep(parts: FanOutParts, claim: Claim): Promise<void> {
  const fanOut = fanOutOf(claim.delivery);
  const audience = await audienceOf(parts.audiences, fanOut);
  // The topic was deleted meanwhile, and all its subscriptions with it.
  if (audience === undefined) await claim.settle();
  else await claim.settle(await followUpsOf(parts, audience, fanOut));
}

async function followUpsOf(
  parts: FanOutParts,
  audience: Audience,
  { scope, message, after }: FanOut,
): Promise<readonly NewDelivery[]> {
  const steps = Math.floor(LIMITS.topicFanOutBytes / entryBytes(message));
  const { taken, last } = nextSubscribers(audience.subscribers, after, Math.max(1, Math.min(LIMITS.topicFanOutEntries, steps)));
  const wanting = subscribersOf(taken, message);
  const entries = deliveriesOf(await prepareMessage(parts, audience, message, wanting), wanting);
  if (last === undefined) return entries;
  return [...entries, fanOutDelivery({ id: parts.random.uuid(), scope, message, after: last })];
}

async function audienceOf(audiences: Audiences, { scope, message }: FanOut): Promise<Audience | undefined> {
  try {
    return await audiences.of(scope, parseTopicArn(scope, message.topicArn));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** The next ones by their ids. `last` is undefined when there are no more behind them. */
export function nextSubscribers(
  subscribers: readonly Subscriber[],
  after: string,
  count: number,
): { readonly taken: readonly Subscriber[]; readonly last: string | undefined } {
  let low = 0;
  let high = subscribers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((subscribers[middle]?.record.id ?? '') <= after) low = middle + 1;
    else high = middle;
  }
  const taken = subscribers.slice(low, low + count);
  return { taken, last: low + count < subscribers.length ? taken.at(-1)?.record.id : undefined };
}
