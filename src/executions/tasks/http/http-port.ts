// What HTTP tasks want of whoever sends requests to servers elsewhere, and of connections.

import type { Scope } from '#kernel';

export type HttpRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** What is read of an answer. */
  readonly answerBytes: number;
  readonly signal: AbortSignal;
};

/** `refused`: the platform sends nothing there, or nothing of this form. `unreachable`: no whole answer came. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly statusText: string;
      /** Lower-case names, in the order in which they came. */
      readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
      readonly content: Uint8Array;
      /** There was more than `answerBytes`. */
      readonly isCut: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface HttpPort {
  exchange(request: HttpRequest): Promise<HttpAnswer>;
}

/** What a connection adds to a request. */
export type ConnectionAdditions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
};

export interface ConnectionPort {
  /** Throws ApiError when there is no such connection, or nothing to say who we are with. With `renew` a token that a server did not take is not used again. */
  additionsOf(scope: Scope, connectionArn: string, options: { readonly renew: boolean }): Promise<ConnectionAdditions>;
}
