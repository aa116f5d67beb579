// wire: AWS's protocols in general, derived from frozen models. Reads a request into an operation's input, writes outputs and errors, verifies
// signatures. Promises that what it hands on has passed the model, and that no input makes it fail otherwise than by saying what is wrong with it.
// Knows no service's meaning, and holds nothing but compiled codecs and derived keys.

export { CHUNK_BYTES_MAX, chunkScheme, decodeChunks } from './aws-chunked.ts';
export type { ChunkSigning } from './aws-chunked.ts';
export { BodyRejected } from './body-rejected.ts';
export type { BodyRejection } from './body-rejected.ts';
export { checkBody, readExpectations } from './checked-body.ts';
export { newChecksum } from './checksum.ts';
export { findError, writeError } from './error-answer.ts';
export type { ErrorService, WireError } from './error-answer.ts';
export type { StreamError } from './event-stream.ts';
export { findQuery, headerValue, parseQuery } from './http.ts';
export type { QueryParameter, WireAnswer, WireBody, WireRequest } from './http.ts';
export { MalformedRequest } from './malformed.ts';
export { loadService, SERVICES } from './model.ts';
export type {
  Member,
  Operation,
  Protocol,
  ServiceFacts,
  ServiceModel,
  ServiceName,
  Shape,
  SimpleShape,
  StructureShape,
} from './model.ts';
export { readInput, writeOutput } from './protocol.ts';
export { parseForm } from './query.ts';
export { isStreamingInput } from './rest.ts';
export { findRoute } from './route.ts';
export type { RouteMatch } from './route.ts';
export { checkNumber, dateFromSeconds, parseNumber, parseTimestamp, setOwn, toBase64 } from './scalar.ts';
export { readPresignedV2, verifyPresignedV2 } from './sigv2.ts';
export type { PresignedV2Claim } from './sigv2.ts';
export { EMPTY_SHA256, readClaim, signingKey, unsignedAmzHeaders, verifySignature } from './sigv4.ts';
export type { SignatureClaim } from './sigv4.ts';
export { describeViolations, validate } from './validate.ts';
export type { Violation } from './validate.ts';
