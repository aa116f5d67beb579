// What is missing from operations that have a handler, for docs/compatibility.md: written by hand, since no model knows it.

import type { ServiceName } from '#wire';

export interface Reservations {
  /** The operation does its work, but not all of what AWS's does. */
  readonly partly: Readonly<Record<string, string>>;
  /** The handler is there to refuse in better words than "unknown operation". */
  readonly refused: Readonly<Record<string, string>>;
}

const UNSERVED_SETTINGS =
  "Refused: container images, VPCs, file systems, KMS keys, active tracing, JSON logging, code signing, other architectures than the machine's.";

const MAPPINGS =
  'SQS queues alone: refused are streams, Kafka, message brokers, DocumentDB. Refused: provisioned pollers, KMS keys, metrics and log configurations.';

const SCHEDULE_TARGETS =
  'Targets are Lambda, SQS, SNS, EventBridge buses and state machines, and the universal targets lambda:invoke (always asynchronous), sqs:sendMessage, sns:publish, eventbridge:putEvents, sfn:startExecution. Refused: all others, KMS keys.';

const PIPES =
  'From SQS queues; enriched by Lambda functions and express state machines; to Lambda functions, state machines, queues, topics, event buses, log groups and API destinations. Refused: other sources, enrichments and targets, KMS keys, and log configurations but OFF.';

const OBJECT_MEMBERS = 'Refused: ACLs, storage classes but STANDARD, encryption by the platform, Object Lock, website redirects.';

const NO_VERSIONS = 'Buckets keep no versions: every object is its own only one.';

const FRESH = 'Answers as a bucket does that was never given any.';

const TOPIC_SETTINGS = 'Refused: keys of your own, archives, active tracing, logs of delivery status, data protection.';

const BUS_SETTINGS =
  'Refused: keys of your own, partner event sources, LogConfig. DeadLetterConfig is for every event of the bus whose target has no queue of its own.';

const CONNECTION_SETTINGS = 'Refused: keys of your own, private networks of VPC Lattice.';

const MACHINE_SETTINGS =
  'Refused: keys of your own, X-Ray. Roles are kept and shown: an execution acts with the rights of its account. Tasks reach functions, activities, HTTP endpoints and the services that are served here. Distributed maps have 1,000 children at once, and 250,000 items of 12 MiB together; PARQUET, inventories that are not CSV, and versions of objects are refused when items are read.';

const refuse = (operations: string, because: string): Readonly<Record<string, string>> =>
  Object.fromEntries(operations.split(' ').map((operation) => [operation, because]));

export const RESERVATIONS: Readonly<Partial<Record<ServiceName, Reservations>>> = {
  lambda: {
    partly: {
      CreateFunction: UNSERVED_SETTINGS,
      UpdateFunctionConfiguration: `${UNSERVED_SETTINGS} DurableConfig makes an existing function durable, which Lambda does not allow; none stops being it.`,
      UpdateFunctionCode: 'Refused: container images, KMS keys, code that stays in its bucket.',
      Invoke:
        'A durable execution whose caller waits ends within 15 minutes, where Lambda refuses functions whose executions may take longer.',
      InvokeWithResponseStream: 'Durable functions answer whole.',
      GetDurableExecutionHistory: 'Payloads above 256 KiB are cut, and said to be.',
      StopDurableExecution: 'A run that is under way goes on until it ends or asks for a checkpoint, which is refused.',
      CreateEventSourceMapping: MAPPINGS,
      UpdateEventSourceMapping: MAPPINGS,
      PutProvisionedConcurrencyConfig: 'Not metered: the bill shows the calls alone.',
      PutRuntimeManagementConfig: 'Auto alone: a runtime is the one that the platform came with.',
      GetFunctionCodeSigningConfig: 'There is none.',
    },
    refused: {},
  },
  s3: {
    partly: {
      PutObject: OBJECT_MEMBERS,
      CopyObject: OBJECT_MEMBERS,
      CreateMultipartUpload: OBJECT_MEMBERS,
      CreateBucket: 'Refused: directory buckets, Object Lock, ACLs.',
      GetObject: NO_VERSIONS,
      HeadObject: NO_VERSIONS,
      DeleteObject: NO_VERSIONS,
      DeleteObjects: NO_VERSIONS,
      ListObjectVersions: NO_VERSIONS,
      GetBucketAcl: "The owner's grant, always: ACLs are off.",
      GetObjectAcl: "The owner's grant, always: ACLs are off.",
      PutBucketAcl: 'What says that the owner alone has access is accepted: ACLs are off.',
      PutObjectAcl: 'What says that the owner alone has access is accepted: ACLs are off.',
      PutBucketAccelerateConfiguration: 'Suspended alone.',
      PutBucketLogging: 'No logging alone.',
      PutBucketRequestPayment: 'BucketOwner alone.',
      PutPublicAccessBlock: 'All four settings true: buckets are never public.',
      PutBucketOwnershipControls: 'BucketOwnerEnforced alone.',
      ...refuse(
        'GetBucketAccelerateConfiguration GetBucketAnalyticsConfiguration GetBucketEncryption GetBucketIntelligentTieringConfiguration ' +
          'GetBucketInventoryConfiguration GetBucketLifecycleConfiguration GetBucketLogging GetBucketMetricsConfiguration GetBucketPolicy ' +
          'GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment GetBucketVersioning GetBucketWebsite GetObjectLockConfiguration ' +
          'GetObjectLegalHold GetObjectRetention ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations ' +
          'ListBucketInventoryConfigurations ListBucketMetricsConfigurations DeleteBucketAnalyticsConfiguration DeleteBucketEncryption ' +
          'DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration DeleteBucketLifecycle DeleteBucketMetricsConfiguration ' +
          'DeleteBucketPolicy DeleteBucketReplication DeleteBucketWebsite',
        FRESH,
      ),
    },
    refused: {
      PutBucketAnalyticsConfiguration: 'There is one storage class.',
      PutBucketEncryption: 'Put the data folder on an encrypted disk.',
      PutBucketIntelligentTieringConfiguration: 'There is one storage class.',
      PutBucketInventoryConfiguration: 'List the bucket.',
      PutBucketLifecycleConfiguration: 'Lifecycle rules are not carried out yet.',
      PutBucketMetricsConfiguration: 'Request metrics of buckets are not collected.',
      PutBucketPolicy: 'Bucket policies are not evaluated yet: give access with presigned URLs.',
      PutBucketReplication: 'Buckets are not replicated.',
      PutBucketVersioning: 'Versions are not kept.',
      PutBucketWebsite: 'Use a function URL.',
      PutObjectLockConfiguration: 'Object Lock is not offered.',
      PutObjectLegalHold: 'Object Lock is not offered.',
      PutObjectRetention: 'Object Lock is not offered.',
      RestoreObject: 'There is no archive to restore from.',
    },
  },
  scheduler: {
    partly: {
      CreateSchedule: SCHEDULE_TARGETS,
      UpdateSchedule: SCHEDULE_TARGETS,
    },
    refused: {},
  },
  sfn: {
    partly: {
      CreateStateMachine: MACHINE_SETTINGS,
      UpdateStateMachine: MACHINE_SETTINGS,
      CreateActivity: 'Refused: keys of your own.',
      TestState: 'Refused: activities and tasks that wait, unless they are mocked.',
    },
    refused: {},
  },
  pipes: { partly: { CreatePipe: PIPES, UpdatePipe: PIPES }, refused: {} },
  sqs: {
    partly: {
      CreateQueue: 'Refused: encryption with keys. A name is free again as soon as its queue is deleted.',
      SetQueueAttributes:
        "Refused: encryption with keys. A policy is asked about what services send; it denies nothing to the account's own keys and functions.",
      SendMessage: 'Message groups of standard queues are kept and shown; they do not share in turns.',
      SendMessageBatch: 'Message groups of standard queues are kept and shown; they do not share in turns.',
    },
    refused: {},
  },
  eventbridge: {
    partly: {
      CreateEventBus: BUS_SETTINGS,
      UpdateEventBus: BUS_SETTINGS,
      PutRule:
        'There are no calls of CloudTrail and no managed rules. Patterns of many wildcards that AWS finds too complex are taken.',
      PutTargets:
        'To functions, queues, topics, buses, log groups, state machines and API destinations of this account. Refused by entry: all other targets, and Input of buses.',
      PutEvents: 'Refused: EndpointId.',
      CreateArchive: 'Refused: keys of your own.',
      UpdateArchive: 'Refused: keys of your own.',
      CreateConnection: CONNECTION_SETTINGS,
      UpdateConnection: CONNECTION_SETTINGS,
      DescribeConnection: 'Without SecretArn: secrets are sealed with the key of the platform.',
      ListEndpoints: 'There are none: making one is refused.',
      ListEventSources: 'There are none: making one is refused.',
      ListPartnerEventSources: 'There are none: making one is refused.',
    },
    refused: {
      ...refuse(
        'ActivateEventSource CreatePartnerEventSource DeactivateEventSource DeletePartnerEventSource DescribeEventSource ' +
          'DescribePartnerEventSource ListPartnerEventSourceAccounts PutPartnerEvents',
        'There are no partner event sources: use PutEvents, or CloudEvents over HTTP.',
      ),
      ...refuse('CreateEndpoint DeleteEndpoint DescribeEndpoint UpdateEndpoint', 'A platform is one region.'),
    },
  },
  'cloudwatch-logs': {
    partly: {
      CreateLogGroup: 'Refused: keys of your own, log classes but STANDARD.',
      ListLogGroups: 'Refused: searches by data source, field index and tag.',
      DescribeMetricFilters: 'There are none: making one is refused.',
      PutSubscriptionFilter:
        'Functions alone: refused are streams, other destinations and accounts, transformed logs and system fields.',
    },
    refused: {},
  },
  sns: {
    partly: {
      CreateTopic: TOPIC_SETTINGS,
      SetTopicAttributes: TOPIC_SETTINGS,
      Subscribe:
        'To Lambda, SQS, HTTP, HTTPS and e-mail. Refused: sms, application, firehose, other accounts and regions, replays.',
      SetSubscriptionAttributes: 'Refused: ReplayPolicy, SubscriptionRoleArn.',
      Publish: 'Refused: phone numbers and endpoints of phones.',
    },
    refused: {
      ...refuse('GetDataProtectionPolicy PutDataProtectionPolicy', 'Messages are not searched for sensitive data.'),
      ...refuse(
        'CheckIfPhoneNumberIsOptedOut CreateSMSSandboxPhoneNumber DeleteSMSSandboxPhoneNumber GetSMSAttributes GetSMSSandboxAccountStatus ' +
          'ListOriginationNumbers ListPhoneNumbersOptedOut ListSMSSandboxPhoneNumbers OptInPhoneNumber SetSMSAttributes ' +
          'VerifySMSSandboxPhoneNumber',
        'Text messages are not sent from here.',
      ),
      ...refuse(
        'CreatePlatformApplication CreatePlatformEndpoint DeleteEndpoint DeletePlatformApplication GetEndpointAttributes ' +
          'GetPlatformApplicationAttributes ListEndpointsByPlatformApplication ListPlatformApplications SetEndpointAttributes ' +
          'SetPlatformApplicationAttributes',
        'Push notifications to phones are not sent from here.',
      ),
    },
  },
};
