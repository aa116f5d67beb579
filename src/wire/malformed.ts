// A request that cannot be read: thrown by every codec, turned into the service's own error name by the gateway.

/** Its message is for the caller, in AWS's words where they are known. */
export class MalformedRequest extends Error {
  /** `value`: the document can be read, and a value in it can never be right; services call that a validation error. */
  readonly kind: 'syntax' | 'value';

  constructor(message: string, kind: 'syntax' | 'value' = 'syntax') {
    super(message);
    this.name = 'MalformedRequest';
    this.kind = kind;
  }
}

/** How deep a document may nest. DynamoDB's 32 levels of attributes are 65 of shapes; nothing legitimate is deeper. */
export const DEPTH_MAX = 128;

export function checkDepth(depth: number): void {
  if (depth > DEPTH_MAX) throw new MalformedRequest(`The document nests deeper than ${DEPTH_MAX} levels.`);
}
