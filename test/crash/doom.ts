// What can be done to a platform in a crash test: when it dies, and how it is broken where the checker itself is tested.

/** Before the store is asked for a step, or when the step is on the disk and whoever asked has not heard of it yet. */
export type Moment = 'asked' | 'written';

export interface Point {
  readonly room: string;
  readonly verb: string;
  readonly moment: Moment;
  /** Only steps of a journal that do this. */
  readonly that?: JournalTurn;
}

export type JournalTurn = 'sets a timer' | 'cancels a timer' | 'waits for a callback' | 'takes a callback in' | 'ends';

export type Doom =
  /** Dies when it comes by for the `passes`th time. */
  | { readonly kind: 'point'; readonly point: Point; readonly passes: number }
  /** Says that events and messages are saved, and saves them a moment later. */
  | { readonly kind: 'acknowledgesEarly' }
  /** Deletes messages when they are received, and not when they have been handled. */
  | { readonly kind: 'deletesEarly' }
  /** Says that executions have begun, and begins them a moment later. */
  | { readonly kind: 'beginsEarly' }
  /** Says that steps of executions are saved, carries out what they ask for, and saves them a moment later. */
  | { readonly kind: 'stepsEarly' };

export const DOOM_VARIABLE = 'MAYFLY_TEST_DOOM';

const point = (room: string, verb: string, moment: Moment): Point => ({ room, verb, moment });

/** Each lies between "written" and "acknowledged", or between "delivered" and "deleted". */
export const POINTS: readonly Point[] = [
  point('messages', 'send', 'asked'),
  point('messages', 'send', 'written'),
  point('messages', 'receive', 'written'),
  point('messages', 'remove', 'asked'),
  point('messages', 'remove', 'written'),
  point('deliveries', 'acceptClaimed', 'written'),
  point('deliveries', 'accept', 'asked'),
  point('deliveries', 'accept', 'written'),
  point('deliveries', 'claimDue', 'written'),
  point('deliveries', 'settle', 'asked'),
  point('deliveries', 'settle', 'written'),
  point('objects', 'put', 'asked'),
  point('objects', 'put', 'written'),
  point('timers', 'fire', 'asked'),
  point('timers', 'fire', 'written'),
];

const turn = (that: JournalTurn, moment: Moment): Point => ({ room: 'journals', verb: 'append', moment, that });

/** Every boundary of an execution: each step is asked for when something has come in, and what it asks for is begun when it is written. */
export const JOURNAL_POINTS: readonly Point[] = [
  point('journals', 'begin', 'asked'),
  point('journals', 'begin', 'written'),
  point('journals', 'append', 'asked'),
  point('journals', 'append', 'written'),
  turn('sets a timer', 'asked'),
  turn('sets a timer', 'written'),
  turn('cancels a timer', 'asked'),
  turn('cancels a timer', 'written'),
  turn('waits for a callback', 'asked'),
  turn('waits for a callback', 'written'),
  turn('takes a callback in', 'asked'),
  turn('takes a callback in', 'written'),
  turn('ends', 'asked'),
  turn('ends', 'written'),
  point('journals', 'open', 'written'),
];

export function nameOf({ room, verb, moment, that }: Point): string {
  return `${room}.${verb}${that === undefined ? '' : ` that ${that}`}, ${moment}`;
}
