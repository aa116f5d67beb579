// The three operations that invoke a function. Who may call them was decided before (identity's decide): the account's root, and
// any function of the account for functions of that account; the policies of roles are not evaluated yet.

import type * as Lambda from '@aws-sdk/client-lambda';
import type { Handlers } from '../operation.ts';
import { createInvoke } from './invoke.ts';
import type { InvokeRooms } from './invoke.ts';
import { createInvokeAsync } from './invoke-async.ts';
import { createInvokeWithResponseStream } from './invoke-with-response-stream.ts';

export type { InvokeRooms } from './invoke.ts';

export type InvokeHandlers = Pick<Handlers<typeof Lambda>, 'Invoke' | 'InvokeAsync' | 'InvokeWithResponseStream'>;

export function createInvokeHandlers(rooms: InvokeRooms): InvokeHandlers {
  return {
    Invoke: createInvoke(rooms),
    InvokeAsync: createInvokeAsync(rooms),
    InvokeWithResponseStream: createInvokeWithResponseStream(rooms),
  };
}
