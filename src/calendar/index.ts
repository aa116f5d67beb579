// calendar: when something is due, and the waiting for it. Schedule expressions (`at`, `rate`, AWS's `cron`) in time zones are pure
// functions; a TimerLane fires the store's due timers, JournalTimers those that journals have set. The promise: each due time has its effect once, whatever process or clock does.

export { nextDueMs, parseExpression } from './expression.ts';
export type { Expression, RateUnit, Span } from './expression.ts';
export { latestDueMs } from './missed.ts';
export type { Missed } from './missed.ts';
export { isTimeZone } from './wall-clock.ts';
export { JournalTimers } from './journal-timers.ts';
export type { JournalTimersParts, TimerChange } from './journal-timers.ts';
export { TimerLane } from './timer-lane.ts';
export type { Firing, TimerLaneParts } from './timer-lane.ts';
