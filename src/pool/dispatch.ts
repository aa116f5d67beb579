// Behind whom: whether an invocation is sent to an instance that is busy, given one that is idle, or waits. Pure decisions.
//
// Short functions cost more to reach than to run: measured with a handler of 20 µs and 32 callers, one process that is sent events ahead serves
// twice what 32 processes do which take turns, since frames share system calls and nobody is woken for a single event.

export const DISPATCH = {
  /** A function that runs for less, on average, has its invocations sent ahead. What takes longer may be waiting for something: it gets its own instance. */
  shortMs: 0.5,
  /** A wait of this length is not worth waking another process for. */
  worthwhileMs: 2,
  /** An instance whose run has not ended for this long holds up whoever is behind it, as long as an idle one would be there for them. */
  stalledAfterMs: 10,
  /** Events that wait inside take of the function's own memory: larger ones wait here. */
  aheadBytesMax: 256 * 1024,
  /** So many busy instances are looked at, the last that became busy first: a short function never needs more. */
  looked: 8,
} as const;

/** A busy instance. */
export interface Lane {
  /** Invocations that it has, running and behind. */
  readonly held: { readonly length: number };
  /** As many as it takes; 0 or 1 where nobody can be sent behind. */
  readonly capacity: number;
  /** When an invocation last ended on it, or when it became busy. */
  readonly progressMs: number;
}

export interface DispatchState<BusyLane extends Lane> {
  /** Mean run time of the function version, by its own account: a busy machine must not make it look long. Undefined before the first run ended. */
  readonly meanRunMs: number | undefined;
  /** How many invocations one instance runs at once. */
  readonly atOnce: number;
  readonly lanes: readonly BusyLane[];
  readonly waiting: number;
  readonly hasIdle: boolean;
  /** Processes beyond this number only take turns. */
  readonly cores: number;
}

export type Choice<BusyLane extends Lane> =
  | { readonly kind: 'join'; readonly lane: BusyLane }
  | { readonly kind: 'idle' }
  /** For whoever is free first, or for a start. */
  | { readonly kind: 'wait' };

export function choose<BusyLane extends Lane>(state: DispatchState<BusyLane>, nowMs: number): Choice<BusyLane> {
  const own = state.hasIdle ? OWN : WAIT;
  if (state.lanes.length === 0) return own;
  if (state.atOnce > 1) return join(state.lanes, fullest) ?? own;
  if (state.meanRunMs === undefined || state.meanRunMs > DISPATCH.shortMs) return own;
  const moving = state.lanes.filter((lane) => lane.capacity > 1 && nowMs - lane.progressMs < DISPATCH.stalledAfterMs);
  const wanted = processesWanted(state, moving);
  if (moving.length < wanted && state.hasIdle) return OWN;
  return join(moving, emptiest) ?? (moving.length < wanted ? own : WAIT);
}

const OWN = { kind: 'idle' } as const;
const WAIT = { kind: 'wait' } as const;

/** As many as keep the wait short, and no more than can run side by side. */
function processesWanted({ meanRunMs = 0, waiting, cores }: DispatchState<Lane>, moving: readonly Lane[]): number {
  const invocations = moving.reduce((sum, { held }) => sum + held.length, waiting + 1);
  return Math.max(1, Math.min(cores, Math.ceil((invocations * meanRunMs) / DISPATCH.worthwhileMs)));
}

function join<BusyLane extends Lane>(
  lanes: readonly BusyLane[],
  isBetter: (one: Lane, other: Lane) => boolean,
): Choice<BusyLane> | undefined {
  let best: BusyLane | undefined;
  for (const lane of lanes) if (lane.held.length < lane.capacity && (best === undefined || isBetter(lane, best))) best = lane;
  return best === undefined ? undefined : { kind: 'join', lane: best };
}

/** Where several run at once, instances are filled up one after another, so that the others can go. */
const fullest = (one: Lane, other: Lane) => one.held.length > other.held.length;
const emptiest = (one: Lane, other: Lane) => one.held.length < other.held.length;

export interface StallState {
  readonly progressMs: number;
  readonly hasIdle: boolean;
  /** What bringing up another instance costs. */
  readonly startMs: number;
}

/** From when on those behind a run that does not end are taken back: when another instance would have served them by now. */
export function stalledFromMs({ progressMs, hasIdle, startMs }: StallState): number {
  return progressMs + (hasIdle ? DISPATCH.stalledAfterMs : Math.max(DISPATCH.stalledAfterMs, startMs));
}
