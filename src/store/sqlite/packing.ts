// How calls travel to the database's thread: in one flat list, and deliveries and steps of journals as rows. Structured clone writes and finds again the name
// of every member of every object; that cost more than an event's statements (measured: 3.4 µs an event as objects, 1.0 packed).

import type { NewDelivery } from '../deliveries.ts';
import type { JournalStep, NewJournal } from '../journals.ts';
import { packJournal, packStep, unpackJournal, unpackStep } from './journal-packing.ts';
import type { Call } from './messages.ts';

/** Number, room, verb and values of one call after another. */
export type PackedCalls = readonly unknown[];

export function packCalls(calls: readonly Call[]): PackedCalls {
  const packed: unknown[] = [];
  for (const call of calls) packed.push(call.number, call.room, call.verb, packValues(call));
  return packed;
}

export function unpackCalls(packed: PackedCalls, into: Call[]): void {
  for (let at = 0; at < packed.length; at += 4) {
    const [number, room, verb, values] = packed.slice(at, at + 4) as [Call['number'], Call['room'], Call['verb'], Call['values']];
    into.push({ number, room, verb, values: unpackValues({ room, verb, values }) });
  }
}

type Values = Call['values'];

function packValues({ room, verb, values }: Pick<Call, 'room' | 'verb' | 'values'>): Values {
  if (room === 'deliveries' && accepts(verb)) return [packDeliveries(values[0] as readonly NewDelivery[]), ...values.slice(1)];
  if (room === 'journals' && verb === 'append') return [values[0], values[1], ...packStep(values[2] as JournalStep)];
  if (room === 'journals' && verb === 'begin') return packJournal(values[0] as NewJournal);
  return values;
}

function unpackValues({ room, verb, values }: Pick<Call, 'room' | 'verb' | 'values'>): Values {
  if (room === 'deliveries' && accepts(verb)) return [unpackDeliveries(values[0] as readonly unknown[]), ...values.slice(1)];
  if (room === 'journals' && verb === 'append') return [values[0], values[1], unpackStep(values.slice(2))];
  if (room === 'journals' && verb === 'begin') return [unpackJournal(values)];
  return values;
}

/** The verbs that every event passes; their first value is what they accept. */
function accepts(verb: string): boolean {
  return verb === 'accept' || verb === 'acceptClaimed';
}

/** Members in the order in which `unpackDeliveries` takes them. */
function packDeliveries(deliveries: readonly NewDelivery[]): readonly unknown[] {
  const packed: unknown[] = [];
  for (const { id, scope, lane, target, payload, attributes, acceptedAtMs, dueAtMs } of deliveries)
    packed.push(id, scope.account, scope.region, lane, target, payload, attributes, acceptedAtMs, dueAtMs);
  return packed;
}

const DELIVERY_LENGTH = 9;

function unpackDeliveries(packed: readonly unknown[]): readonly NewDelivery[] {
  const deliveries: NewDelivery[] = [];
  for (let at = 0; at < packed.length; at += DELIVERY_LENGTH)
    deliveries.push({
      id: packed[at] as NewDelivery['id'],
      scope: { account: packed[at + 1], region: packed[at + 2] } as NewDelivery['scope'],
      lane: packed[at + 3] as NewDelivery['lane'],
      target: packed[at + 4] as NewDelivery['target'],
      payload: packed[at + 5] as NewDelivery['payload'],
      attributes: packed[at + 6] as NewDelivery['attributes'],
      acceptedAtMs: packed[at + 7] as NewDelivery['acceptedAtMs'],
      dueAtMs: packed[at + 8] as NewDelivery['dueAtMs'],
    });
  return deliveries;
}
