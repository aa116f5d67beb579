// What is still to happen within a step, in the order in which it came up.

import type { Json } from '../expressions/json.ts';
import type { ItemOrigin } from './messages.ts';
import type { Failure } from './state-failure.ts';

export type Work =
  | { readonly kind: 'result'; readonly threadId: string; readonly waitedFor: string; readonly result: Json }
  | { readonly kind: 'failure'; readonly threadId: string; readonly waitedFor: string; readonly failure: Failure }
  | { readonly kind: 'waited'; readonly threadId: string; readonly waitedFor: string }
  | {
      readonly kind: 'items';
      readonly threadId: string;
      readonly waitedFor: string;
      readonly items: readonly Json[];
      readonly origin: ItemOrigin | undefined;
    }
  | { readonly kind: 'next-iteration'; readonly threadId: string; readonly waitedFor: string; readonly previousEventId: number };
