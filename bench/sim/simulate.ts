// Plays a trace against a keep-alive policy and counts: cold starts, and memory that lay idle.
// Instances are used most recently used first, as the pool does; what starts or ends besides is the policy's decision.

import { priorityOf } from '../../src/pool/greedy-dual.ts';
import { Habit, KEEP_ALIVE, planOf } from '../../src/pool/keep-alive.ts';
import type { Plan } from '../../src/pool/keep-alive.ts';
import { Agenda } from './agenda.ts';
import type { Trace, TracedFunction } from './trace.ts';

export interface Course {
  readonly keepAlive: 'habits' | { readonly fixedMs: number };
  readonly eviction: 'greedy-dual' | 'least-recently-used';
  /** What instances may hold together; Infinity where only keep-alive ends them. What runs is never refused. */
  readonly memoryMiB: number;
}

export interface Result {
  readonly invocations: number;
  readonly coldStarts: number;
  /** Time that those who waited for a cold start waited. */
  readonly coldSeconds: number;
  readonly idleGiBSeconds: number;
  readonly startedAhead: number;
  readonly evicted: number;
}

interface Idle {
  readonly sinceMs: number;
  readonly clock: number;
}

class Fleet {
  readonly traced: TracedFunction;
  readonly habit = new Habit();
  /** Last used on top. */
  readonly idle: Idle[] = [];
  busy = 0;
  reviewAtMs = Infinity;

  constructor(traced: TracedFunction) {
    this.traced = traced;
  }
}

type Event = { readonly kind: 'end' | 'review'; readonly fleet: Fleet };

export function simulate(trace: Trace, course: Course): Result {
  return new Simulation(trace, course).run();
}

class Simulation {
  readonly #trace: Trace;
  readonly #course: Course;
  readonly #fleets: readonly Fleet[];
  readonly #agenda = new Agenda<Event>();
  #nowMs = 0;
  #clock = 0;
  #usedMiB = 0;
  #coldStarts = 0;
  #coldMs = 0;
  #idleMiBMs = 0;
  #startedAhead = 0;
  #evicted = 0;

  constructor(trace: Trace, course: Course) {
    this.#trace = trace;
    this.#course = course;
    this.#fleets = trace.functions.map((traced) => new Fleet(traced));
  }

  run(): Result {
    for (const { atMs, function: index, runMs } of this.#trace.arrivals) {
      this.#until(atMs);
      const fleet = this.#fleets[index];
      if (fleet === undefined) throw new RangeError(`a call of function ${index}, which the trace does not have`);
      this.#arrive(fleet, runMs);
    }
    for (const fleet of this.#fleets) while (fleet.idle.length > 0) this.#drop(fleet, 0);
    return {
      invocations: this.#trace.arrivals.length,
      coldStarts: this.#coldStarts,
      coldSeconds: this.#coldMs / 1000,
      idleGiBSeconds: this.#idleMiBMs / 1024 / 1000,
      startedAhead: this.#startedAhead,
      evicted: this.#evicted,
    };
  }

  #until(atMs: number): void {
    for (let due = this.#agenda.dueBy(atMs); due !== undefined; due = this.#agenda.dueBy(atMs)) {
      this.#nowMs = due.atMs;
      const { kind, fleet } = due.item;
      if (kind === 'end') this.#end(fleet);
      else if (fleet.reviewAtMs === due.atMs) this.#review(fleet);
    }
    this.#nowMs = atMs;
  }

  #arrive(fleet: Fleet, runMs: number): void {
    const warm = fleet.idle.pop();
    fleet.busy += 1;
    fleet.habit.rose(fleet.busy, this.#nowMs);
    if (warm === undefined) {
      this.#coldStarts += 1;
      this.#coldMs += fleet.traced.startMs;
      this.#makeRoom(fleet.traced.sizeMiB);
      this.#usedMiB += fleet.traced.sizeMiB;
    } else this.#lay(fleet, warm);
    const startMs = warm === undefined ? fleet.traced.startMs : 0;
    this.#agenda.add(this.#nowMs + startMs + runMs, { kind: 'end', fleet });
  }

  #end(fleet: Fleet): void {
    fleet.habit.fell(fleet.busy, this.#nowMs);
    fleet.busy -= 1;
    fleet.idle.push({ sinceMs: this.#nowMs, clock: this.#clock });
    this.#reviewBy(fleet, this.#nowMs + KEEP_ALIVE.leastMs);
  }

  #review(fleet: Fleet): void {
    fleet.reviewAtMs = Infinity;
    const { idle, reviewAtMs } = this.#plan(fleet);
    while (fleet.idle.length > idle) this.#drop(fleet, 0);
    // Evicts nobody: who may come has no right against who came.
    while (fleet.idle.length < idle && this.#usedMiB + fleet.traced.sizeMiB <= this.#course.memoryMiB) {
      this.#usedMiB += fleet.traced.sizeMiB;
      this.#startedAhead += 1;
      fleet.idle.unshift({ sinceMs: this.#nowMs, clock: this.#clock });
    }
    if (reviewAtMs !== undefined) this.#reviewBy(fleet, reviewAtMs);
  }

  #reviewBy(fleet: Fleet, atMs: number): void {
    if (atMs >= fleet.reviewAtMs) return;
    fleet.reviewAtMs = atMs;
    this.#agenda.add(atMs, { kind: 'review', fleet });
  }

  #plan(fleet: Fleet): Plan {
    const { keepAlive } = this.#course;
    const { busy, idle, habit } = fleet;
    if (keepAlive === 'habits') return planOf(habit, { busy, idle: idle.length }, this.#nowMs);
    const young = idle.filter(({ sinceMs }) => this.#nowMs - sinceMs < keepAlive.fixedMs);
    return { idle: young.length, reviewAtMs: young[0] && Math.max(young[0].sinceMs + keepAlive.fixedMs, this.#nowMs + 1) };
  }

  #makeRoom(sizeMiB: number): void {
    while (this.#usedMiB + sizeMiB > this.#course.memoryMiB) {
      let worst: Fleet | undefined;
      let least = Infinity;
      for (const fleet of this.#fleets) {
        const oldest = fleet.idle[0];
        if (oldest === undefined) continue;
        const priority = this.#priority(fleet, oldest);
        if (priority >= least) continue;
        worst = fleet;
        least = priority;
      }
      if (worst === undefined) return;
      if (this.#course.eviction === 'greedy-dual') this.#clock = least;
      this.#evicted += 1;
      this.#drop(worst, 0);
    }
  }

  #priority(fleet: Fleet, { sinceMs, clock }: Idle): number {
    if (this.#course.eviction === 'least-recently-used') return sinceMs;
    const { sizeMiB, startMs } = fleet.traced;
    return priorityOf({ clock, uses: fleet.habit.uses(fleet.busy + fleet.idle.length), startMs, sizeMiB });
  }

  #drop(fleet: Fleet, index: number): void {
    const [dropped] = fleet.idle.splice(index, 1);
    if (dropped === undefined) throw new RangeError('nothing there to drop');
    this.#lay(fleet, dropped);
    this.#usedMiB -= fleet.traced.sizeMiB;
  }

  #lay(fleet: Fleet, { sinceMs }: Idle): void {
    this.#idleMiBMs += (this.#nowMs - sinceMs) * fleet.traced.sizeMiB;
  }
}
