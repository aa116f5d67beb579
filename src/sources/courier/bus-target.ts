// Event buses: the payload is the event's detail.

import { DELIVERED } from './outcome.ts';
import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { BusPort } from './ports.ts';

export function busCarrier(buses: BusPort): Carrier<'bus'> {
  return async (entry, { arn, source, detailType, resources, timeMs, origin }) => {
    const { scope, sender, traceHeader } = entry;
    await buses.put({ scope, arn, sender, source, detailType, resources, timeMs, origin, detail: textOf(entry), traceHeader });
    return DELIVERED;
  };
}
