// buses: events that are put on a bus, and the rules that say who gets which (EventBridge).
//
// Its promise: an event that was acknowledged is on the disk with everything that its rules and archives make of it; a rule that was
// acknowledged sees every later event; and ten thousand rules cost an event about what ten do.

export { createBuses } from './buses.ts';
export type { Buses, BusesOptions } from './buses.ts';
export type { BusEntry, EntryOutcome } from './event-intake.ts';
export { busArn, busNameOf } from './bus-names.ts';
export type { Bus, Tags } from './bus-record.ts';
export type { Rule, RuleInput } from './rules.ts';
export type { TargetInput } from './rule-targets.ts';
export type { TargetRecord } from './target-record.ts';
export { checkPattern } from './rule-text.ts';
export { parseJsonPath, valueAt } from './json-path.ts';
