// logs: what functions and others have to say, kept as chunks in segments with an index over them (CloudWatch Logs).
//
// Its promise: what was appended is there after a crash, once; what PutLogEvents acknowledged is on the disk; and no function
// ever waits for its log.

export { createLogs } from './logs.ts';
export type { Logs, LogsHealth } from './logs.ts';
export type { LogSink } from './log-sinks.ts';
export { eventId } from './log-event.ts';
export type { LogLine } from './log-event.ts';
export type { LogGroup } from './log-groups.ts';
export type { LiveTailUpdate } from './live-tail.ts';
export type { RejectedEvents } from './put-rules.ts';
export type { SubscribedEvent, SubscribedEvents } from './subscriptions/subscribed-events.ts';
export type { SubscriptionFeed } from './subscriptions/subscription-feed.ts';
export { checkGroupName, checkStreamName, groupArn, parseGroupIdentifier, streamArn } from './log-names.ts';
export { parseFilterPattern } from './pattern/filter-pattern.ts';
