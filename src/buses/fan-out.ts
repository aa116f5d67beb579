// An event for many targets goes out in steps of a bounded size, however many rules want it.
// Owns: the claims on the lane `bus`.
// Never: builds more of an event's deliveries at once than one step holds, and one rule's more.
// I1: a step settles the delivery before it, and accepts its entries and the next step's delivery, all at once. So an event that was
//     acknowledged reaches everybody, also through a kill between two steps, and nobody twice because of one.
// I2: rules are taken in the order of their names, as they are when their step is taken.

import { LIMITS, type Clock, type Log, type Scope } from '#kernel';
import { DeliveryLane, type Claim } from '#lanes';
import type { DeliveryQueue, NewDelivery, Unsubscribe } from '#store';
import { BusEvent, type EventMembers } from './bus-event.ts';
import { busArn } from './bus-names.ts';
import type { LiveBus, LiveBuses } from './live-buses.ts';

export const BUS_LANE = 'bus';

/** An event on its way to the rules of a bus. */
export interface Sending {
  readonly scope: Scope;
  readonly bus: string;
  readonly event: BusEvent;
  /** Only these see it: a replay's choice. */
  readonly rules?: readonly string[] | undefined;
}

interface FanOut extends Sending {
  /** The last rule whose targets have their entries. */
  readonly after: string;
}

interface Step {
  readonly deliveries: readonly NewDelivery[];
  readonly bytes: number;
  /** Undefined when no rule is left. */
  readonly last: string | undefined;
}

/** What several events cause, as one step of the store: the entries of their targets; or, of an event for many, what makes them. */
export class Effects {
  readonly deliveries: NewDelivery[] = [];
  #bytes = 0;

  add(bus: LiveBus, sending: Sending, nowMs: number): void {
    const { deliveries, bytes, last } = stepOf(bus, { ...sending, after: '' }, nowMs);
    const isFirst = this.deliveries.length === 0;
    const hasRoom =
      this.deliveries.length + deliveries.length <= LIMITS.busFanOutEntries && this.#bytes + bytes <= LIMITS.busFanOutBytes;
    const taken = last === undefined && (isFirst || hasRoom) ? deliveries : [fanOutDelivery({ ...sending, after: '' }, nowMs)];
    this.deliveries.push(...taken);
    for (const { payload } of taken) this.#bytes += payload.byteLength;
  }
}

export interface FanOutParts {
  readonly live: LiveBuses;
  readonly deliveries: DeliveryQueue;
  readonly onChanged: (listener: () => void) => Unsubscribe;
  readonly clock: Clock;
  readonly log: Log;
}

/** A few events at a time: each step is a transaction of its own. */
const BOUNDS = { inFlight: 8, inFlightPerTarget: 4, bytesInFlight: 8 * LIMITS.busEntriesBytes };

export function createFanOutLane(parts: FanOutParts): DeliveryLane {
  return new DeliveryLane({ ...parts, lane: BUS_LANE, bounds: BOUNDS, run: (claim) => takeStep(parts, claim) });
}

async function takeStep({ live, clock }: FanOutParts, claim: Claim): Promise<void> {
  const fanOut = fanOutOf(claim.delivery);
  const bus = await live.find(fanOut.scope, fanOut.bus);
  // The bus was deleted meanwhile, and all its rules before it.
  if (bus === undefined) {
    await claim.settle();
    return;
  }
  const { deliveries, last } = stepOf(bus, fanOut, clock.now());
  await claim.settle(
    last === undefined ? deliveries : [...deliveries, fanOutDelivery({ ...fanOut, after: last }, claim.delivery.acceptedAtMs)],
  );
}

/** One rule at least, so that there is an end. */
function stepOf(bus: LiveBus, { event, rules, after }: FanOut, nowMs: number): Step {
  const chosen = rules && new Set(rules);
  const names = bus.index.matches(event.document).filter((name) => name > after && (chosen?.has(name) ?? true));
  const deliveries: NewDelivery[] = [];
  let bytes = 0;
  for (const [position, name] of names.toSorted().entries()) {
    for (const delivery of bus.rules.get(name)?.deliveriesFor(event, nowMs) ?? []) {
      deliveries.push(delivery);
      bytes += delivery.payload.byteLength;
    }
    const isFull = deliveries.length >= LIMITS.busFanOutEntries || bytes >= LIMITS.busFanOutBytes;
    if (isFull && position < names.length - 1) return { deliveries, bytes, last: name };
  }
  return { deliveries, bytes, last: undefined };
}

interface Payload {
  readonly members: EventMembers;
  readonly rules?: readonly string[] | undefined;
}

function fanOutDelivery({ scope, bus, event, rules, after }: FanOut, acceptedAtMs: number): NewDelivery {
  const { members } = event;
  const payload: Payload = { members, rules };
  return {
    // The same event that is put twice is on its way once, as with the entries of its targets.
    id: [members.id, members.replayName ?? '', members.hops, bus, after].join(':'),
    scope,
    lane: BUS_LANE,
    target: busArn(scope, bus),
    payload: Buffer.from(JSON.stringify(payload)),
    attributes: { bus, after },
    acceptedAtMs,
    dueAtMs: acceptedAtMs,
  };
}

/** Only what `fanOutDelivery` wrote comes back here, so its shape is believed. */
function fanOutOf({ scope, payload, attributes }: NewDelivery): FanOut {
  const { members, rules } = JSON.parse(Buffer.from(payload).toString()) as Payload;
  const { bus, after } = attributes as { readonly bus: string; readonly after: string };
  return { scope, bus, event: new BusEvent(members, JSON.parse(members.detailText)), rules, after };
}
