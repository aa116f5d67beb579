// What an expression throws when it cannot be written, or cannot be evaluated. Caught where a state's field is evaluated, which knows its name.

/** The text is no expression; found when a definition is created. */
export class InvalidExpression extends Error {
  override readonly name = 'InvalidExpression';
}

export type EvaluationReason =
  | { readonly kind: 'path-not-found'; readonly path: string }
  | { readonly kind: 'unknown-variable'; readonly variable: string }
  | { readonly kind: 'intrinsic'; readonly expression: string }
  | { readonly kind: 'jsonata'; readonly expression: string; readonly code: string | undefined }
  | { readonly kind: 'undefined'; readonly expression: string }
  | { readonly kind: 'limit' };

/** The expression met a document that it does not fit. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly reason: EvaluationReason;

  constructor(reason: EvaluationReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
