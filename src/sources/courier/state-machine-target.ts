// State machines: the payload is the input of an execution, whose name is drawn from the entry's id. Started twice, it is there once.

import { ApiError, derivedUuid } from '#kernel';
import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import { DELIVERED } from './outcome.ts';
import type { StateMachinePort } from './ports.ts';

export function stateMachineCarrier(machines: StateMachinePort): Carrier<'stateMachine'> {
  return async (entry, { arn, name }) => {
    const { id, scope, traceHeader } = entry;
    try {
      await machines.start({ scope, arn, name: name ?? executionNameOf(id), input: textOf(entry), traceHeader });
      return DELIVERED;
    } catch (error) {
      // An earlier attempt got as far as this. Where it was the user who chose the name, somebody else may have taken it, as on AWS.
      if (name === undefined && error instanceof ApiError && error.code === 'ExecutionAlreadyExists') return DELIVERED;
      throw error;
    }
  };
}

const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=:)/;

/** The same for every attempt, and unique; with the id of the event in front where there is one, as EventBridge does it, so that people find it. */
export function executionNameOf(entryId: string): string {
  const eventId = EVENT_ID.exec(entryId)?.[0];
  const own = derivedUuid(`${entryId} execution`);
  return eventId === undefined ? own : `${eventId}_${own}`;
}
