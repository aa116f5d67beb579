// Log groups: the payload is one log event, in a stream for each day of whoever sends it.

import { DELIVERED } from './outcome.ts';
import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { LogPort } from './ports.ts';

export function logGroupCarrier(logs: LogPort): Carrier<'logGroup'> {
  return async (entry, { arn }, { nowMs }) => {
    const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
    const service = entry.sender.service.split('.')[0] ?? 'events';
    await logs.put({ scope: entry.scope, group: groupOf(arn), stream: `${service}/${day}`, message: textOf(entry) });
    return DELIVERED;
  };
}

/** `arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders:*` → `/aws/events/orders` */
function groupOf(arn: string): string {
  return arn.split(':')[6] ?? '';
}
