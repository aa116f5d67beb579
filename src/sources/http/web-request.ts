// A request of the platform's own to a server elsewhere, and what came of it.

export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For everything together: the name, the connection, the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** What is read of the answer; LIMITS.webAnswerBytes where nothing is said. */
  readonly answerBytes?: number;
}

/** `refused`: the platform sends nothing there, or nothing of this form. `unreachable`: no whole answer came. */
export type WebAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly statusText: string;
      /** Lower-case names, each once. */
      readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
      /** At most `answerBytes` of it. */
      readonly content: Buffer;
      readonly isCut: boolean;
    }
  | Exclude<WebResult, { readonly kind: 'answered' }>;

export type WebResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** At most LIMITS.webAnswerBytes of it. */
      readonly body: string;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly isTimeout: boolean; readonly reason: string };
