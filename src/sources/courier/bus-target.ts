// Event buses: the payload is the event's detail.

import type { Carrier } from './carrier.ts';
import { DELIVERED, outcomeOfCode } from './outcome.ts';
import type { BusPort } from './ports.ts';

export function busCarrier(buses: BusPort): Carrier<'bus'> {
  return async (entry) => {
    const outcome = await buses.deliver(entry);
    return outcome.kind === 'accepted' ? DELIVERED : outcomeOfCode(outcome.code, outcome.message);
  };
}
