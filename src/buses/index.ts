// buses: events that are put on a bus, and the rules that say who gets which (EventBridge).
//
// Its promise: an event that was acknowledged is on the disk with everything that its rules and archives make of it; a rule that was
// acknowledged sees every later event; and ten thousand rules cost an event about what ten do.

export { createBuses } from './buses.ts';
export type { Buses, BusesOptions, HeardEvent } from './buses.ts';
export type { BusEntry, EntryOutcome } from './event-intake.ts';
export { busArn, busNameOf, eventArn, ruleArn } from './bus-names.ts';
export type { SendTokenRequest } from './access-tokens.ts';
export type { ApiDestination } from './api-destinations.ts';
export type { Archive } from './archives.ts';
export type { Authorization, ConnectionRecord, Parameter, Parameters, Secrets } from './connection-record.ts';
export type { ConnectionAdditions, ConnectionSettings } from './connections.ts';
export type { ReplayRecord } from './replays.ts';
export { isTooDeep } from './bus-event.ts';
export { isJsonType, readCloudEvent } from './cloud-event.ts';
export type { CloudEventEntry } from './cloud-event.ts';
export type { Bus, Tags } from './bus-record.ts';
export type { Rule, RuleInput } from './rules.ts';
export type { TargetInput } from './rule-targets.ts';
export type { TargetRecord } from './target-record.ts';
export { checkPattern } from './rule-text.ts';
export { parseJsonPath, valueAt } from './json-path.ts';
export { destinationRequest } from './http-target.ts';
