// Failures that the gateway finds itself, in the words of the service that was asked: one table instead of a condition at every throw.

import { ApiError } from '#kernel';
import type { ErrorCode } from '#kernel';
import { BodyRejected, describeViolations, MalformedRequest } from '#wire';
import type { Protocol, ServiceName, Violation } from '#wire';

/** Whose words: S3 has its own, the query services theirs, and all that speak JSON or CBOR a third. */
type Dialect = 's3' | 'query' | 'json';

export function dialectOf(protocol: Protocol): Dialect {
  return protocol === 'restXml' ? 's3' : protocol === 'awsQuery' ? 'query' : 'json';
}

export type AuthenticationProblem =
  | 'missing'
  | 'malformed'
  | 'unsupported'
  | 'unknown-key'
  | 'bad-token'
  | 'bad-signature'
  | 'wrong-service'
  | 'skewed'
  | 'expired'
  | 'not-yet-valid'
  | 'unsigned-headers'
  | 'wrong-door';

/** A request that did not prove who sent it. */
export class AuthenticationFailure extends Error {
  readonly problem: AuthenticationProblem;

  constructor(problem: AuthenticationProblem, detail: string) {
    super(detail);
    this.name = 'AuthenticationFailure';
    this.problem = problem;
  }
}

/** A body beyond what its operation may have. */
export class BodyTooLarge extends Error {
  constructor(bytesMax: number) {
    super(`Request must be smaller than ${bytesMax} bytes for this operation.`);
    this.name = 'BodyTooLarge';
  }
}

type Words = Readonly<Record<Dialect, readonly [ErrorCode, message: string | undefined]>>;

const NO_MATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const S3_NO_MATCH =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';
const BAD_TOKEN = 'The security token included in the request is invalid.';

/** Without a message, the detail that the failure carries is it. */
const AUTHENTICATION: Readonly<Record<AuthenticationProblem, Words>> = {
  missing: {
    s3: ['AccessDenied', 'Access Denied'],
    query: ['MissingAuthenticationToken', 'Request is missing Authentication Token'],
    json: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  },
  malformed: {
    s3: ['AuthorizationHeaderMalformed', undefined],
    query: ['IncompleteSignature', undefined],
    json: ['IncompleteSignatureException', undefined],
  },
  unsupported: {
    s3: ['InvalidRequest', undefined],
    query: ['IncompleteSignature', undefined],
    json: ['IncompleteSignatureException', undefined],
  },
  'unknown-key': {
    s3: ['InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'],
    query: ['InvalidClientTokenId', BAD_TOKEN],
    json: ['UnrecognizedClientException', BAD_TOKEN],
  },
  'bad-token': {
    s3: ['InvalidToken', 'The provided token is malformed or otherwise invalid.'],
    query: ['InvalidClientTokenId', BAD_TOKEN],
    json: ['UnrecognizedClientException', BAD_TOKEN],
  },
  'bad-signature': {
    s3: ['SignatureDoesNotMatch', S3_NO_MATCH],
    query: ['SignatureDoesNotMatch', NO_MATCH],
    json: ['InvalidSignatureException', NO_MATCH],
  },
  'wrong-service': {
    s3: ['AuthorizationHeaderMalformed', undefined],
    query: ['SignatureDoesNotMatch', undefined],
    json: ['InvalidSignatureException', undefined],
  },
  skewed: {
    s3: ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
    query: ['SignatureDoesNotMatch', undefined],
    json: ['InvalidSignatureException', undefined],
  },
  expired: {
    s3: ['AccessDenied', 'Request has expired'],
    query: ['SignatureDoesNotMatch', undefined],
    json: ['InvalidSignatureException', undefined],
  },
  'not-yet-valid': {
    s3: ['AccessDenied', 'Request is not yet valid'],
    query: ['SignatureDoesNotMatch', undefined],
    json: ['InvalidSignatureException', undefined],
  },
  'unsigned-headers': {
    s3: ['AccessDenied', undefined],
    query: ['SignatureDoesNotMatch', undefined],
    json: ['InvalidSignatureException', undefined],
  },
  'wrong-door': { s3: ['AccessDenied', undefined], query: ['AccessDenied', undefined], json: ['AccessDeniedException', undefined] },
};

const UNREADABLE: Words = {
  s3: ['MalformedXML', undefined],
  query: ['MalformedInput', undefined],
  json: ['SerializationException', undefined],
};

interface InputWords {
  readonly missing: ErrorCode;
  readonly constraint: ErrorCode;
  readonly enum: ErrorCode;
  /** Where the service has its own word for a body that cannot be read. */
  readonly unreadable?: ErrorCode;
}

const same = (code: ErrorCode): InputWords => ({ missing: code, constraint: code, enum: code });

/** What each service calls an input that breaks its model. */
const INPUT: Readonly<Record<ServiceName, InputWords>> = {
  // Lambda's own checks (the runtime, the role, the sizes of code) answer InvalidParameterValueException; those of its model, this.
  lambda: { ...same('ValidationException'), unreadable: 'InvalidRequestContentException' },
  s3: { missing: 'InvalidRequest', constraint: 'InvalidArgument', enum: 'InvalidArgument' },
  sqs: { missing: 'MissingParameter', constraint: 'InvalidParameterValueException', enum: 'InvalidParameterValueException' },
  sns: same('ValidationError'),
  eventbridge: same('ValidationException'),
  scheduler: same('ValidationException'),
  pipes: same('ValidationException'),
  sfn: same('ValidationException'),
  dynamodb: same('ValidationException'),
  'dynamodb-streams': same('ValidationException'),
  'cloudwatch-logs': same('InvalidParameterException'),
  cloudwatch: same('ValidationError'),
  sts: same('ValidationError'),
  iam: same('ValidationError'),
  cloudformation: same('ValidationError'),
  ssm: same('ValidationException'),
  'api-gateway': same('BadRequestException'),
  apigatewayv2: same('BadRequestException'),
};

/**
 * The error to answer with, for whatever a call ended in. Undefined: it is none of these, and thus a bug of ours.
 */
export function toApiError(error: unknown, service: ServiceName, protocol: Protocol): ApiError | undefined {
  const dialect = dialectOf(protocol);
  if (error instanceof ApiError) return error;
  if (error instanceof AuthenticationFailure) {
    const [code, message] = AUTHENTICATION[error.problem][dialect];
    return new ApiError(code, message ?? error.message, { cause: error });
  }
  if (error instanceof MalformedRequest) {
    const [code] = UNREADABLE[dialect];
    return new ApiError(error.kind === 'value' ? INPUT[service].constraint : (INPUT[service].unreadable ?? code), error.message, {
      cause: error,
    });
  }
  if (error instanceof BodyTooLarge)
    return new ApiError(dialect === 's3' ? 'EntityTooLarge' : 'RequestTooLargeException', error.message, { cause: error });
  if (error instanceof BodyRejected) {
    const code =
      dialect === 's3' || error.code === 'RequestTimeout'
        ? error.code
        : dialect === 'query'
          ? 'SignatureDoesNotMatch'
          : 'InvalidSignatureException';
    return new ApiError(code, error.message, { cause: error });
  }
  return undefined;
}

/** SQS names the parameter; all others use the one sentence of AWS's validators. */
export function violationError(violations: readonly Violation[], service: ServiceName): ApiError {
  const [first] = violations;
  const kind = first?.kind ?? 'constraint';
  const message =
    service === 'sqs' && kind === 'missing'
      ? `The request must contain the parameter ${first?.member}.`
      : describeViolations(violations);
  return new ApiError(INPUT[service][kind], message);
}

/** The platform goes down. A 503, which every SDK sends again, in the word that the service has for it. */
export function closingError(service: ServiceName | undefined): ApiError {
  const code =
    service === 'lambda'
      ? 'ServiceException'
      : service === 'cloudwatch-logs'
        ? 'ServiceUnavailableException'
        : 'ServiceUnavailable';
  return new ApiError(code, 'The platform is shutting down. Send the request again.', {
    status: 503,
    headers: { 'retry-after': '1' },
    ...(service === 'lambda' ? { fields: { Type: 'Service' } } : undefined),
  });
}

/** An operation that the service does not have, or has and nobody serves here. A 4xx, whatever AWS would say: SDKs retry 5xx for minutes. */
export function unknownOperation(protocol: Protocol, name: string | undefined, version: string): ApiError {
  const dialect = dialectOf(protocol);
  switch (dialect) {
    case 's3':
      return name === undefined
        ? new ApiError('MethodNotAllowed', 'The specified method is not allowed against this resource.')
        : new ApiError('NotImplemented', `Mayfly does not serve ${name}. docs/compatibility.md lists what it serves.`);
    case 'query':
      return new ApiError(
        'InvalidAction',
        `Could not find operation ${name ?? ''} for version ${version}. docs/compatibility.md lists what Mayfly serves.`,
      );
    case 'json':
      return new ApiError(
        'UnknownOperationException',
        `Mayfly does not serve ${name ?? 'this operation'}. docs/compatibility.md lists what it serves.`,
      );
    default:
      return dialect satisfies never;
  }
}
