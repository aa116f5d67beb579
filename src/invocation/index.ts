// invocation: accepts an invocation, places it, runs it and settles it. Promises that an event which was accepted runs or is given
// up with a reason, that every attempt is recorded exactly once, and that a function's failure is an answer, never our error.

export { createInvocations } from './invocations.ts';
export type { Invocations, SynchronousCall } from './invocations.ts';
export { Tenancy } from './tenancy.ts';
export { EVENT_LANE } from './event.ts';
export { followUpsOf as eventFollowUps } from './follow-ups.ts';
export type { DurableEvent, NewEvent } from './event.ts';
export type { AttemptResult } from './attempt.ts';
export { errorTypeOf } from './answer.ts';
export { explanationOf } from './explanation.ts';
export { isLoop, longestChain, withRun } from './lineage.ts';
export { isTraceHeader, traceHeader } from './trace-header.ts';
export type { ConnectionOwner } from './ports.ts';
