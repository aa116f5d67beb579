// Every bound of the platform in one place, each with the AWS quota that it mirrors.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

import { DURABLE_LIMITS } from './durable-limits.ts';
import { EXPRESSION_LIMITS } from './expression-limits.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS = {
  /** Lambda: synchronous request and response payload. */
  invokePayloadBytes: 6 * MiB,
  /** Lambda: asynchronous request payload. */
  asyncPayloadBytes: 1 * MiB,
  /** Lambda: what a function may return; a hundred bytes more than a request, as its own error message says. */
  responsePayloadBytes: 6 * MiB + 100,
  /** Lambda: a streamed response. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
  streamedResponseBytes: 200 * MiB,
  /** Ours: what a streamed response may have between its function and its client, and one frame of it. */
  streamWindowBytes: 256 * KiB,
  streamChunkBytes: 64 * KiB,
  /** Ours: status, headers and cookies before a streamed answer; as much as a request's head may have. */
  streamPreludeBytes: 32 * KiB,
  /** Ours: events that wait for an instance, events in flight, and the bytes that those hold. */
  eventsPlacing: 32,
  eventsInFlight: 1000,
  eventBytesInFlight: 128 * MiB,
  /** Lambda: runs of a function in one chain of requests. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
  recursiveInvocations: 16,
  /** Ours: functions of a chain that are counted, and a trace header with them all. */
  lineageFunctions: 16,
  traceHeaderLength: 512,
  /** Lambda: an error's message in the attributes of a dead letter. */
  deadLetterMessageBytes: 1 * KiB,
  /** Lambda: ClientContext, after base64. */
  clientContextBytes: 3583,
  /** Lambda: log tail of a synchronous invocation. */
  logTailBytes: 4 * KiB,
  /** Lambda: archive uploaded in the request, and code unzipped with its layers. */
  zipBytes: 50 * MiB,
  unzippedBytes: 250 * MiB,
  /** Ours: AWS states no number of files, but each costs an inode and a link at every cold start. */
  unzippedEntries: 50_000,
  /** Ours: what an archive may inflate to for each of its bytes, once it is past the size that needs no suspicion. */
  unzipRatio: 200,
  unzipRatioFreeBytes: 32 * MiB,
  /** Ours: longer paths fail in tools and in the kernel (PATH_MAX) once they are mounted below another folder. */
  unzippedPathBytes: 1024,
  /** Lambda: all archives of functions and layers together. */
  codeStorageBytes: 75 * 1024 * MiB,
  layersPerFunction: 5,
  /** Lambda: a resource policy, as JSON text. */
  resourcePolicyBytes: 20 * KiB,
  tagsPerFunction: 50,
  ...DURABLE_LIMITS,
  ...EXPRESSION_LIMITS,
  /** Lambda: invocations at once in one environment of a managed instance, for each processor, with Node.js. */
  instanceConcurrencyMax: 64,
  /** Lambda: what a list operation answers at most, whatever MaxItems says. */
  listPageItems: 50,
  environmentBytes: 4 * KiB,
  timeoutSecondsMax: 900,
  memoryMiBMin: 128,
  memoryMiBMax: 10_240,
  ephemeralMiBMin: 512,
  ephemeralMiBMax: 10_240,
  /** Lambda: time that the init phase may take. */
  initTimeoutMs: 10_000,
  /** Lambda: the same, where concurrency is provisioned. */
  provisionedInitTimeoutMs: 900_000,
  /** Lambda: what an environment with external extensions has for its shutdown phase. */
  shutdownMs: 2000,
  accountConcurrency: 1000,
  /** Lambda: instances that one function may start in ten seconds. https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html */
  functionStarts: 1000,
  functionStartsPeriodMs: 10_000,
  unreservedConcurrencyMin: 100,
  /** Ours: invocations that wait for an instance, and the bytes that they may hold meanwhile. */
  waitingInvocations: 1000,
  waitingPayloadBytes: 256 * MiB,
  /** Lambda: event source mappings. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
  mappingFifoBatch: 10,
  mappingBatchWithoutWindow: 10,
  /** Lambda: five, and ten on request. */
  mappingFilters: 10,
  /** Ours: messages that one receive takes, and what all mappings and pipes hold of them between receive and end; once more as
   * much is for those who hold nothing. */
  mappingReceive: 1000,
  mappingBytesHeld: 128 * MiB,
  /** EventBridge Pipes: https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_ListPipes.html */
  pipesPerPage: 100,
  pipeTags: 50,
  /** EventBridge Pipes: batches of one pipe at once. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
  pipeConcurrency: 1000,
  /** Ours: text that input templates make of one event of a pipe, and of one batch. */
  pipeEventCharacters: 1 * MiB,
  pipeTemplateCharacters: 16 * MiB,
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
  /** CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
  logNameLength: 512,
  logGroupTags: 50,
  logGroupsPerPage: 50,
  logStreamsPerPage: 50,
  /** PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
  logBatchBytes: 1 * MiB,
  logBatchEvents: 10_000,
  logBatchSpanMs: 24 * 3_600_000,
  logEventBytes: 1 * MiB,
  /** What AWS adds to each event when it counts bytes. */
  logEventOverheadBytes: 26,
  logEventAgeMs: 14 * 24 * 3_600_000,
  logEventFutureMs: 2 * 3_600_000,
  /** GetLogEvents and FilterLogEvents: one page. */
  logPageEvents: 10_000,
  logPageBytes: 1 * MiB,
  logFilterStreams: 100,
  logFilterPatternLength: 1024,
  logFilterRegexes: 2,
  /** Ours: positions of an expanded regular expression; its cost a character grows with them. */
  logFilterRegexPositions: 1024,
  /** CloudWatch Logs: subscription filters of a group, and a page of their list. */
  logSubscriptions: 2,
  logSubscriptionsPerPage: 50,
  /** Ours: text of the events that a function is told of at once; even where it cannot be compressed, it fits into an event. */
  logSubscriptionBatchBytes: 512 * KiB,
  liveTailGroups: 10,
  liveTailSessions: 15,
  liveTailEventsPerUpdate: 500,
  liveTailSessionMs: 3 * 3_600_000,
  /** TestMetricFilter. */
  metricFilterTestMessages: 50,
  /** Ours: what a log chunk gathers before it is written, and how long it waits for more. */
  logChunkBytes: 64 * KiB,
  logChunkWaitMs: 250,
  /** Ours: how far the timestamps of one chunk may be apart. */
  logChunkSpanMs: 3_600_000,
  /** Ours: what one instance may log for long, and at once; what is more is dropped with a line that says so. */
  logFloodBytesPerSecond: 4 * MiB,
  logFloodBurstBytes: 16 * MiB,
  /** Ours: log text that one page of a search may read before it answers with what it has and a token. */
  logSearchBytes: 64 * MiB,
  /** Ours: GetLogEvents and FilterLogEvents that read at once, and that wait for it; AWS throttles by calls a second. */
  logSearchesAtOnce: 16,
  logSearchesWaiting: 512,
  /** Ours: output of all instances together that may wait to be written. */
  logBufferedBytes: 16 * MiB,
  /** EventBridge: combinations that $or makes of one pattern. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
  patternAlternatives: 1000,
  /** Ours: fields of one combination, and of all together. A pattern of EventBridge's 4096 characters has no more than 512; a filter policy of SNS's is longer. */
  patternFields: 1000,
  patternFieldsTogether: 20_000,
  /** EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
  eventPatternBytes: 2048,
  /** EventBridge: one request of PutEvents, and since January 2026 what all its entries have together. */
  busEntries: 10,
  busEntriesBytes: 1 * MiB,
  /** Ours: CloudEvents in one batch over HTTP. */
  cloudEventsPerBatch: 100,
  buses: 100,
  /** Ours: AWS allows 300 and raises it on request. */
  rulesPerBus: 100_000,
  targetsPerRule: 5,
  busPolicyBytes: 10 * KiB,
  busTags: 50,
  eventResourcesPerPage: 100,
  /** EventBridge: retries of a target, and how old an event may get meanwhile. */
  targetRetries: 185,
  targetAgeSeconds: 86_400,
  /** Ours: buses that an event passes one after the other before it is taken to go round in circles. */
  busHops: 16,
  /** Ours: what one step of PutEvents or of a replay writes; an event for more targets goes out in several such steps. */
  busFanOutEntries: 500,
  busFanOutBytes: 4 * MiB,
  /** Ours: rules of all buses together that are kept in memory. */
  rulesInMemory: 200_000,
  archives: 100,
  replaysAtOnce: 10,
  /** Ours: archived events that one step of a replay sends. */
  replayEvents: 100,
  connections: 3000,
  apiDestinations: 3000,
  /** API destinations: how long a request may take, and how many there are a second where nobody says so. */
  apiDestinationTimeoutMs: 5000,
  apiDestinationRequestsPerSecond: 300,
  /** Ours: what an authorization server may answer. */
  tokenAnswerBytes: 64 * KiB,
  /** Ours: values that are tried for one pattern and one event; only members named against each other come near. */
  patternSteps: 5_000_000,
  /** Lambda: processes and threads, and open files, of one execution environment. */
  sandboxProcesses: 1024,
  sandboxOpenFiles: 1024,
  /** Ours: connections that a function may have to the platform's endpoint at once; more are closed. */
  sandboxConnections: 256,
  /** Ours: connections that a function with the internet may begin for long, and at once. */
  sandboxNewConnectionsPerSecond: 100,
  sandboxNewConnectionsBurst: 300,
  /** Ours: a line of output, longer ones are cut with a marker; four bytes for each character fit into a log event. */
  outputLineCharacters: 256 * KiB,
  /** Ours: what one invocation may print, what is dropped beyond; and what it may print at once and for long, else it is made to wait. */
  invocationOutputBytes: 16 * MiB,
  outputBurstBytes: 1 * MiB,
  outputBytesPerMs: 4 * KiB,
  /** Ours: an error document and a V8 code cache that come out of a sandbox. */
  errorDocumentBytes: 256 * KiB,
  codeCacheBytes: 64 * MiB,
  /** Ours: usage records that wait for a full disk; some 50 MB. */
  pendingUsageRecords: 100_000,
  /** SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html; a message with its attributes, or a batch. */
  queueMessageBytes: 1 * MiB,
  queueMessageBytesMin: KiB,
  queueBatchEntries: 10,
  queueReceivedMessages: 10,
  queueDelaySeconds: 900,
  queueRetentionSecondsMin: 60,
  queueRetentionSeconds: 14 * 24 * 3600,
  queueWaitSeconds: 20,
  queueVisibilitySeconds: 12 * 3600,
  /** SQS: received and neither deleted nor visible again, in one queue. */
  queueMessagesInFlight: 120_000,
  queueReceivesMax: 1000,
  queueRedriveSources: 10,
  queueMovesPerSecond: 500,
  queueMoveTasks: 100,
  queueMoveTasksListed: 10,
  queuePolicyBytes: 8 * KiB,
  queuePermissionActions: 7,
  queueTags: 50,
  queuesPerPage: 1000,
  queuePurgePeriodMs: 60_000,
  /** SQS: how long a FIFO queue knows a message again, and a receive by its attempt id. */
  queueDeduplicationMs: 5 * 60_000,
  queueReceiveAttemptMs: 5 * 60_000,
  /** Ours: attempts that are remembered. */
  queueReceiveAttempts: 10_000,
  messageAttributes: 10,
  messageAttributeNameLength: 256,
  messageAttributeTypeLength: 256,
  /** SNS: https://docs.aws.amazon.com/general/latest/gr/sns.html; a message with its attributes, or a batch of them. */
  topicMessageBytes: 256 * KiB,
  topicBatchEntries: 10,
  topicSubjectLength: 100,
  topicDisplayNameLength: 100,
  topicTags: 50,
  topicsPerPage: 100,
  /** Ours: AWS allows 12,500,000; those of a topic that is published to are held in memory here. */
  topicSubscriptions: 100_000,
  fifoTopicSubscriptions: 100,
  topicPolicyBytes: 30 * KiB,
  /** SNS: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
  filterPolicyBytes: 256 * KiB,
  filterPolicyKeys: 5,
  filterPolicyCombinations: 150,
  filterPoliciesPerTopic: 200,
  /** SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
  topicRetries: 100,
  topicRetrySeconds: 3600,
  /** SNS: how long a FIFO topic knows a message again. */
  topicDeduplicationMs: 5 * 60_000,
  /** SNS: how long a subscription may wait for its confirmation, and how long one that was ended can be restored. */
  topicConfirmationMs: 2 * 24 * 3_600_000,
  /** Ours: what one step of a publish writes; a message for more subscriptions goes out in several such steps. */
  topicFanOutEntries: 500,
  topicFanOutBytes: 4 * MiB,
  /** Ours: subscriptions of all topics together that are kept in memory. */
  topicSubscriptionsInMemory: 200_000,
  /** Ours: messages that one look at a queue shows. */
  peekedMessages: 100,
  /** SNS: attributes of a message that becomes a queue's message as it is. */
  rawMessageAttributes: 10,
  /** EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
  scheduleGroups: 500,
  scheduleGroupTags: 50,
  schedulesPerPage: 100,
  scheduleInputBytes: 256 * KiB,
  scheduleStartAgeMs: 5 * 60_000,
  /** Ours: entries of the outbox that are under way at once, within the platform and to servers elsewhere; of one target; and the bytes they hold. */
  outboxInFlight: 256,
  outboxInFlightPerTarget: 64,
  outboxBytesInFlight: 64 * MiB,
  remoteOutboxInFlight: 128,
  remoteOutboxInFlightPerTarget: 16,
  remoteOutboxBytesInFlight: 64 * MiB,
  /** Ours: targets whose failures are remembered, and of those how many the doctor names. */
  failingTargets: 1000,
  failingTargetsShown: 20,
  /** Ours: what is read of a server's answer. */
  webAnswerBytes: 64 * KiB,
  /** Step Functions: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
  definitionBytes: 1 * MiB,
  statePayloadBytes: 256 * KiB,
  executionEvents: 25_000,
  /** Step Functions: for how long after its end an execution may be redriven, and how long it may be open. */
  redrivePeriodMs: 14 * 86_400_000,
  executionOpenMs: 365 * 86_400_000,
  /** Ours: levels of an input's or an output's JSON; AWS's own parser stops there. */
  dataDepth: 1000,
  /** Step Functions: how long a finished execution is kept, how many may be open, and how long an express one may take. */
  executionRetentionMs: 90 * 86_400_000,
  openExecutions: 1_000_000,
  expressDurationMs: 300_000,
  /** Ours: how long one request may wait for the end of an execution. */
  executionEndSeconds: 20,
  /** Ours: connections that follow the ends of all executions, and what one of them may leave untaken. */
  executionFollowers: 16,
  followerBytes: 4 * 1024 * 1024,
  /** Ours: tasks and the like of all executions that are under way at once, fewer than invocations may wait (`waitingInvocations`), so that a crowd of
   * executions does not throttle itself; synchronous express executions at once; timers that are in memory, and that are being told of; definitions
   * that are kept compiled, and the characters of their texts. */
  executionErrandsAtOnce: 900,
  /** Ours: characters of the data of executions that are in memory; others stay on the disk until there is room. */
  executionCharactersInMemory: 128 * MiB,
  syncExecutions: 1000,
  timersInMemory: 20_000,
  timersFiring: 200,
  compiledMachines: 200,
  compiledMachinesLength: 8 * MiB,
  stateNameLength: 80,
  /** Step Functions: what a task's failure may say. https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
  taskErrorLength: 256,
  taskCauseLength: 32_768,
  /** Step Functions: an HTTP task, whatever its timeout. */
  httpTaskTimeoutMs: 60_000,
  /** Ours: connections that HTTP tasks have at once, to one server and in all. */
  httpTasksPerServer: 64,
  httpTasks: 512,
  /** Ours: a request's body as a form, in which each value has its whole path before it. */
  httpTaskFormCharacters: 1 * MiB,
  mapLabelLength: 40,
  /** Step Functions: iterations of an inline map at once, and the variables of one assignment. */
  inlineMapConcurrency: 40,
  variableNameLength: 80,
  variableBytes: 256 * KiB,
  /** Step Functions: all variables of an execution. */
  executionVariableBytes: 10 * MiB,
  /** Step Functions: what an account may have, and one machine. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
  stateMachines: 100_000,
  stateMachineVersions: 1000,
  stateMachineAliases: 100,
  stateMachineTags: 50,
  activities: 100_000,
  activityTags: 50,
  /** Step Functions: workers that wait for a task of one activity at once, and how long. */
  activityPollers: 1000,
  activityPollMs: 60_000,
  /** Step Functions: lists and histories, where nobody says how much, and at most. */
  statesPageDefault: 100,
  statesPage: 1000,
  /** Ours: machines that are kept in memory for who starts them, and the text of their definitions. */
  machinesInMemory: 10_000,
  definitionBytesInMemory: 64 * MiB,
  /** Step Functions: data of one event in a log group. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
  executionLogDataBytes: 248 * KiB,
  /** Ours: log streams of executions that are open at once; one that is closed is continued by another. */
  executionLogStreams: 1000,
  /** Ours: states that one step goes through before what it did is committed. */
  statesPerStep: 500,
  /** Ours: characters of their inputs and outputs, likewise; whoever else runs has his turn then. */
  charactersPerStep: 4 * MiB,
  /** Ours: text of a journal: what is written anew with each step, a record, the events of one step, and what a list holds of each. */
  journalHeadLength: 1 * MiB,
  journalRecordLength: 16 * MiB,
  journalEntriesLength: 64 * MiB,
  journalAttributesLength: 16 * KiB,
  /** Ours: levels of maps and parallels within one another, and of any definition's JSON. */
  definitionDepth: 64,
  /** Step Functions: how long an execution, or a map run, is kept after its end. */
  executionKeptMs: 90 * 24 * 60 * 60 * 1000,
  /** Step Functions: map runs that have children open at once, in an account and a region; others wait. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
  openMapRuns: 1000,
  /** Ours, where AWS has 10,000: children of one map run at once. */
  mapRunConcurrency: 1000,
  /** Ours, where AWS has 100,000,000 items and 10 GiB of a file: items of one map, the characters of their JSON, and the bytes that are read for them. */
  mapItems: 250_000,
  mapItemsLength: 12 * MiB,
  mapReadBytes: 1024 * MiB,
  /** Step Functions: a line of JSON Lines or a record of CSV, and the header of CSV. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
  mapRecordBytes: 8 * MiB,
  csvHeaderBytes: 10 * KiB,
  /** Ours: a JSON document that is not an array and has to be read whole, and manifests. */
  mapDocumentBytes: 16 * MiB,
  /** Ours: characters of the inputs of all children of a map run. One record of its execution holds them until the run is on the disk. */
  mapInputsLength: 12 * MiB,
  /** Ours: what a file of a result writer holds before the next is begun, where AWS has 5 GB. */
  mapResultFileBytes: 8 * MiB,
} as const;
