// The errors that Mayfly answers with: one class, one closed table of codes.

/**
 * What a code means on the wire. `status` is the HTTP status where the operation's own model names none;
 * `fault` says whose mistake it was (SDKs retry the server's). Names and statuses are AWS's.
 */
interface CodeMeaning {
  readonly status: number;
  readonly fault: 'client' | 'server';
}

const client = (status: number): CodeMeaning => ({ status, fault: 'client' });
const server = (status: number): CodeMeaning => ({ status, fault: 'server' });

/** Every code that a room may throw. Add a line here to be able to throw a new one. */
export const ERROR_CODES = {
  // Common to all services: https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html
  AccessDenied: client(403),
  AccessDeniedException: client(403),
  ExpiredToken: client(400),
  ExpiredTokenException: client(403),
  IncompleteSignature: client(400),
  InternalError: server(500),
  InternalFailure: server(500),
  InvalidClientTokenId: client(403),
  InvalidSignatureException: client(403),
  MissingAuthenticationToken: client(403),
  NotImplemented: client(400),
  RequestExpired: client(400),
  RequestTimeout: client(400),
  ServiceUnavailable: server(503),
  SignatureDoesNotMatch: client(403),
  ThrottlingException: client(400),
  UnknownOperationException: client(404),
  UnrecognizedClientException: client(403),
  ValidationError: client(400),
  ValidationException: client(400),

  // What the gateway itself answers, before a room is asked
  AuthorizationHeaderMalformed: client(400),
  AuthorizationQueryParametersError: client(400),
  BadRequestException: client(400),
  IncompleteSignatureException: client(403),
  InvalidAccessKeyId: client(403),
  InvalidAction: client(400),
  InvalidChunkSizeError: client(403),
  InvalidToken: client(400),
  InvalidURI: client(400),
  MalformedInput: client(400),
  MalformedTrailerError: client(400),
  MethodNotAllowed: client(405),
  MissingAuthenticationTokenException: client(403),
  MissingParameter: client(400),
  RequestTimeTooSkewed: client(403),
  RequestTooLargeException: client(413),
  SerializationException: client(400),
  XAmzContentSHA256Mismatch: client(400),

  // Lambda: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_Errors
  CallbackTimeoutException: client(400),
  CodeStorageExceededException: client(400),
  DurableExecutionAlreadyStartedException: client(409),
  InvalidParameterValueException: client(400),
  InvalidRequestContentException: client(400),
  KMSNotFoundException: server(502),
  PolicyLengthExceededException: client(400),
  PreconditionFailedException: client(412),
  ProvisionedConcurrencyConfigNotFoundException: client(404),
  RecursiveInvocationException: client(400),
  RequestEntityTooLargeException: client(413),
  ResourceConflictException: client(409),
  ResourceInUseException: client(400),
  ResourceNotReadyException: server(502),
  ServiceException: server(500),
  TooManyRequestsException: client(429),

  // S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  AccessControlListNotSupported: client(400),
  AccessForbidden: client(403),
  BadDigest: client(400),
  BadRequest: client(400),
  BucketNotEmpty: client(409),
  EntityTooLarge: client(400),
  EntityTooSmall: client(400),
  IncompleteBody: client(400),
  InvalidArgument: client(400),
  InvalidBucketName: client(400),
  InvalidDigest: client(400),
  InvalidLocationConstraint: client(400),
  InvalidObjectState: client(403),
  InvalidPart: client(400),
  InvalidPartNumber: client(416),
  InvalidPartOrder: client(400),
  InvalidRange: client(416),
  InvalidRequest: client(400),
  InvalidStorageClass: client(400),
  InvalidTag: client(400),
  KeyTooLongError: client(400),
  MalformedXML: client(400),
  MetadataTooLarge: client(400),
  MissingContentLength: client(411),
  NoSuchBucket: client(404),
  NoSuchBucketPolicy: client(404),
  NoSuchConfiguration: client(404),
  NoSuchCORSConfiguration: client(404),
  NoSuchKey: client(404),
  NoSuchLifecycleConfiguration: client(404),
  NoSuchPublicAccessBlockConfiguration: client(404),
  NoSuchTagSet: client(404),
  NoSuchUpload: client(404),
  NoSuchVersion: client(404),
  NoSuchWebsiteConfiguration: client(404),
  /** No error, but the way to answer a conditional read without a body. */
  NotModified: client(304),
  ObjectLockConfigurationNotFoundError: client(404),
  OperationAborted: client(409),
  OwnershipControlsNotFoundError: client(404),
  PreconditionFailed: client(412),
  ReplicationConfigurationNotFoundError: client(404),
  ServerSideEncryptionConfigurationNotFoundError: client(404),

  // EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
  ConcurrentModificationException: client(400),
  IllegalStatusException: client(400),
  InvalidEventPatternException: client(400),
  OperationDisabledException: client(400),

  // CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
  InvalidParameterException: client(400),
  LimitExceededException: client(400),
  OperationAbortedException: client(400),
  ResourceAlreadyExistsException: client(400),
  ResourceNotFoundException: client(400),
  ServiceUnavailableException: server(503),
  SessionTimeoutException: client(400),
  TooManyTagsException: client(400),

  // SNS, as the query protocol names them: https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
  AuthorizationError: client(403),
  BatchEntryIdsNotDistinct: client(400),
  BatchRequestTooLong: client(400),
  ConcurrentAccess: client(400),
  EmptyBatchRequest: client(400),
  FilterPolicyLimitExceeded: client(403),
  InvalidBatchEntryId: client(400),
  InvalidParameter: client(400),
  NotFound: client(404),
  ParameterValueInvalid: client(400),
  ResourceNotFound: client(404),
  SubscriptionLimitExceeded: client(403),
  TagLimitExceeded: client(400),
  TooManyEntriesInBatchRequest: client(400),
  TopicLimitExceeded: client(403),

  // EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html#API_CreateSchedule_Errors
  ConflictException: client(409),
  NotFoundException: client(404),
  ServiceQuotaExceededException: client(402),

  // SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
  InvalidAttributeName: client(400),
  InvalidAttributeValue: client(400),
  InvalidMessageContents: client(400),
  MessageNotInflight: client(400),
  OverLimit: client(403),
  PurgeQueueInProgress: client(403),
  QueueDoesNotExist: client(400),
  QueueNameExists: client(400),
  ReceiptHandleIsInvalid: client(404),
  RequestThrottled: client(403),
  UnsupportedOperation: client(400),

  // Step Functions: https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
  ActivityAlreadyExists: client(400),
  ActivityDoesNotExist: client(400),
  ActivityLimitExceeded: client(400),
  ActivityWorkerLimitExceeded: client(400),
  ExecutionAlreadyExists: client(400),
  ExecutionDoesNotExist: client(400),
  ExecutionLimitExceeded: client(400),
  ExecutionNotRedrivable: client(400),
  InvalidArn: client(400),
  InvalidDefinition: client(400),
  InvalidEncryptionConfiguration: client(400),
  InvalidExecutionInput: client(400),
  InvalidLoggingConfiguration: client(400),
  InvalidName: client(400),
  InvalidOutput: client(400),
  InvalidTracingConfiguration: client(400),
  MissingRequiredParameter: client(400),
  StateMachineAlreadyExists: client(400),
  StateMachineDeleting: client(400),
  StateMachineDoesNotExist: client(400),
  StateMachineLimitExceeded: client(400),
  StateMachineTypeNotSupported: client(400),
  TaskDoesNotExist: client(400),
  TaskTimedOut: client(400),
  TooManyTags: client(400),
} as const satisfies Record<string, CodeMeaning>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ApiErrorDetail {
  readonly cause?: unknown;
  /** Overrides the status that the table or the model would give. */
  readonly status?: number;
  /** Members of the modelled error shape besides the message, by their wire names. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer to a caller: it is thrown by a room and turned into the wire by the gateway alone. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, detail: ApiErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = detail.status;
    this.fields = detail.fields ?? {};
    this.headers = detail.headers ?? {};
  }
}
