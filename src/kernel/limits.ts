// Every bound of the platform in one place, each with the AWS quota that it mirrors.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS = {
  /** Lambda: synchronous request and response payload. */
  invokePayloadBytes: 6 * MiB,
  /** Lambda: asynchronous request payload. */
  asyncPayloadBytes: 1 * MiB,
  /** Lambda: ClientContext, after base64. */
  clientContextBytes: 3583,
  /** Lambda: log tail of a synchronous invocation. */
  logTailBytes: 4 * KiB,
  /** Lambda: archive uploaded in the request, and code unzipped with its layers. */
  zipBytes: 50 * MiB,
  unzippedBytes: 250 * MiB,
  /** Ours: AWS states no number of files, but each costs an inode and a link at every cold start. */
  unzippedEntries: 50_000,
  layersPerFunction: 5,
  environmentBytes: 4 * KiB,
  timeoutSecondsMax: 900,
  memoryMiBMin: 128,
  memoryMiBMax: 10_240,
  ephemeralMiBMin: 512,
  ephemeralMiBMax: 10_240,
  /** Lambda: time that the init phase may take. */
  initTimeoutMs: 10_000,
  accountConcurrency: 1000,
  unreservedConcurrencyMin: 100,
  /** S3: one PUT, one part, one copy. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
  objectPutBytes: 5 * 1024 * MiB,
  objectKeyBytes: 1024,
  objectMetadataBytes: 2 * KiB,
  objectTags: 10,
  uploadParts: 10_000,
  /** S3: every part but the last. */
  uploadPartBytesMin: 5 * MiB,
  objectsPerPage: 1000,
  objectsPerDeletion: 1000,
  bucketTags: 50,
  bucketsPerPage: 10_000,
  corsRules: 100,
  /** S3: notification configurations of a bucket. */
  bucketNotifications: 100,
} as const;
