// Hands an entry to its target, whichever kind that is.

import type { Clock } from '#kernel';
import type { OutboxEntry } from '#outbox';
import { bucketCarrier } from './bucket-target.ts';
import { busCarrier } from './bus-target.ts';
import type { Attempt } from './carrier.ts';
import { emailCarrier } from './email-target.ts';
import { functionCarrier } from './function-target.ts';
import { httpCarrier } from './http-target.ts';
import { logGroupCarrier } from './log-group-target.ts';
import type { Outcome } from './outcome.ts';
import type { CourierPorts } from './ports.ts';
import { stateMachineCarrier } from './state-machine-target.ts';
import { queueCarrier } from './queue-target.ts';
import { topicCarrier } from './topic-target.ts';

export type Carry = (entry: OutboxEntry, attempt: Attempt) => Promise<Outcome>;

export function createCarry({ clock, ports }: { readonly clock: Clock; readonly ports: CourierPorts }): Carry {
  const toFunction = functionCarrier(ports.functions);
  const toQueue = queueCarrier(ports.queues);
  const toTopic = topicCarrier(ports.topics);
  const toBus = busCarrier(ports.buses);
  const toLogGroup = logGroupCarrier(ports.logs);
  const toBucket = bucketCarrier(ports.buckets);
  const toStateMachine = stateMachineCarrier(ports.stateMachines);
  const toServer = httpCarrier({ clock, http: ports.http, connections: ports.connections });
  const toAddress = emailCarrier(ports.mail);
  return (entry, attempt) => {
    const { target } = entry;
    switch (target.kind) {
      case 'function':
        return toFunction(entry, target, attempt);
      case 'queue':
        return toQueue(entry, target, attempt);
      case 'topic':
        return toTopic(entry, target, attempt);
      case 'bus':
        return toBus(entry, target, attempt);
      case 'logGroup':
        return toLogGroup(entry, target, attempt);
      case 'bucket':
        return toBucket(entry, target, attempt);
      case 'http':
        return toServer(entry, target, attempt);
      case 'email':
        return toAddress(entry, target, attempt);
      case 'stateMachine':
        return toStateMachine(entry, target, attempt);
      default:
        return target satisfies never;
    }
  };
}
