// A body that is not what its headers announced or its signature covers: thrown while it is read, answered by the gateway.

export type BodyRejection =
  | 'BadDigest'
  | 'IncompleteBody'
  | 'InvalidChunkSizeError'
  | 'InvalidDigest'
  | 'InvalidRequest'
  | 'MalformedTrailerError'
  | 'RequestTimeout'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

/** S3's codes, since only S3 streams; other services are told in their own words. */
export class BodyRejected extends Error {
  readonly code: BodyRejection;

  constructor(code: BodyRejection, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BodyRejected';
    this.code = code;
  }
}
