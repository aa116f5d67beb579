// Processes for expressions that may take long: whatever a stranger's expression does, it is a process of its own that stands still, and that is ended.
//
// Threads would not do: one that runs out of its memory takes the platform with it (measured with Node 24: V8 ends the process where a builtin allocates
// faster than the thread can be told to stop). A process also takes no rights with it: it may read files, which it needs to start, and do nothing else.
//
// A job has so much of the processor's time, and far more of the clock's: that a machine is busy fails no expression.
//
// Owns: a few processes, started when there is work and ended when there was none for a while; what waits for them, by tenant.
// Never: gives a process anything but texts, or a second job before the first is done.
// Invariants: I1 every job settles, whatever becomes of its process. I2 tenants take turns: one who asks much waits behind himself.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '#kernel';
import type { Clock, Timer } from '#kernel';
import type { Evaluator } from './evaluator.ts';
import { jobOf } from './expression-messages.ts';
import type { Job, JobAnswer } from './expression-messages.ts';
import { failureOf } from './expression.ts';
import { jsonataFailure } from './jsonata.ts';
import type { Json } from './json.ts';
import { processorMs } from './processor-time.ts';
import { overtime } from './stopwatch.ts';

export type ExpressionProcesses = Evaluator & { close(): Promise<void> };

type Waiting = { readonly job: Job; readonly resolve: (value: Json | undefined) => void; readonly reject: (error: Error) => void };
/** When its job began, by the clock and by the processor's time of its process. */
type Since = { readonly clockMs: number; readonly usedMs: number };
type Hand =
  | { readonly kind: 'working'; readonly waiting: Waiting; readonly overrun: Timer; readonly since: Since }
  | { readonly kind: 'idle'; readonly end: Timer };

/** What an evaluation says that was ended from outside: the same as one that ends by itself. */
const OVERRUN = failureOf(overtime(LIMITS.expressionTimeMs));
const OVERRUN_MS = LIMITS.expressionTimeMs + LIMITS.expressionGraceMs;
const TOO_LARGE = { code: undefined, text: 'The expression needs too much memory' };
const RIGHTS = ['--permission', '--allow-fs-read=*', `--max-old-space-size=${LIMITS.expressionMemoryMiB}`];

type Parts = {
  readonly clock: Clock;
  readonly url?: URL;
  /** The processor's time that a process has taken; zero where nobody can tell. */
  readonly usedMs?: (pid: number) => number;
};

export function createExpressionProcesses({ clock, url, usedMs = processorMs }: Parts): ExpressionProcesses {
  const hands = new Map<ChildProcess, Hand>();
  /** Tenants in the order of their turns. */
  const queues = new Map<string, Waiting[]>();
  const path = fileURLToPath(url ?? new URL('./expression-process-worker.ts', import.meta.url));
  let isClosed = false;

  function next(): Waiting | undefined {
    for (const [tenant, queue] of queues) {
      const waiting = queue.shift();
      // I2: behind all others, or gone until he comes again.
      queues.delete(tenant);
      if (queue.length > 0) queues.set(tenant, queue);
      return waiting;
    }
    return undefined;
  }

  function dispatch(): void {
    while (queues.size > 0) {
      const child = idle() ?? (hands.size < LIMITS.expressionProcesses ? hire() : undefined);
      const waiting = child === undefined ? undefined : next();
      if (child === undefined || waiting === undefined) return;
      const hand = hands.get(child);
      if (hand?.kind === 'idle') hand.end.cancel();
      const since = { clockMs: clock.monotonicMs(), usedMs: usedBy(child) };
      hands.set(child, { kind: 'working', waiting, since, overrun: clock.after(OVERRUN_MS, () => overran(child)) });
      hold(child, true);
      child.send(waiting.job);
    }
  }

  function idle(): ChildProcess | undefined {
    for (const [child, hand] of hands) if (hand.kind === 'idle') return child;
    return undefined;
  }

  function hire(): ChildProcess {
    const child = fork(path, [], {
      execArgv: RIGHTS,
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    child.on('message', (answer: JobAnswer) => finish(child, answer));
    child.on('error', (cause) => lose(child, new Error('The process of expressions cannot be used', { cause })));
    child.on('exit', (code, signal) =>
      lose(child, signal === null ? new Error(`The process of expressions ended with code ${code}`) : undefined),
    );
    return child;
  }

  /** The platform may end while a process of its is idle: that one sees it and ends too. */
  function hold(child: ChildProcess, isWorking: boolean): void {
    child[isWorking ? 'ref' : 'unref']();
    child.channel?.[isWorking ? 'ref' : 'unref']();
  }

  function finish(child: ChildProcess, answer: JobAnswer): void {
    const hand = hands.get(child);
    // It was ended while its answer was on its way.
    if (hand?.kind !== 'working') return;
    hand.overrun.cancel();
    hold(child, false);
    hands.set(child, { kind: 'idle', end: clock.after(LIMITS.expressionProcessIdleMs, () => dismiss(child)) });
    settle(hand.waiting, answer);
    dispatch();
  }

  function settle({ job, resolve, reject }: Waiting, answer: JobAnswer): void {
    switch (answer.kind) {
      case 'value': {
        const value: Json = JSON.parse(answer.text);
        return resolve(value);
      }
      case 'nothing':
        return resolve(undefined);
      case 'failed':
        return reject(jsonataFailure(job.source, answer));
      case 'bug':
        return reject(new Error(`An expression could not be evaluated: ${answer.text}`));
      default:
        answer satisfies never;
    }
  }

  /** Its time by the clock is up. It goes on where the machine has given it less, for as long as anything may wait. */
  function overran(child: ChildProcess): void {
    const hand = hands.get(child);
    if (hand?.kind !== 'working') return;
    const leftMs = Math.min(
      OVERRUN_MS - (usedBy(child) - hand.since.usedMs),
      LIMITS.expressionWaitMs - (clock.monotonicMs() - hand.since.clockMs),
    );
    if (leftMs <= 0) return end(child, (job) => jsonataFailure(job.source, OVERRUN));
    hands.set(child, { ...hand, overrun: clock.after(leftMs, () => overran(child)) });
  }

  function usedBy({ pid }: ChildProcess): number {
    return pid === undefined ? 0 : usedMs(pid);
  }

  /** Ended by a signal: by V8 where its memory was full. That it cannot be started or used is no failure of the expression, which may be tried again. */
  function lose(child: ChildProcess, error: Error | undefined): void {
    if (hands.has(child)) end(child, (job) => error ?? jsonataFailure(job.source, TOO_LARGE));
  }

  /** I1: its job fails, and it is gone; the others go on with another process. */
  function end(child: ChildProcess, failure: (job: Job) => Error): void {
    const hand = hands.get(child);
    hands.delete(child);
    if (hand?.kind === 'working') {
      hand.overrun.cancel();
      hand.waiting.reject(failure(hand.waiting.job));
    } else hand?.end.cancel();
    child.kill('SIGKILL');
    if (!isClosed) dispatch();
  }

  function dismiss(child: ChildProcess): void {
    hands.delete(child);
    child.kill('SIGKILL');
  }

  return {
    evaluate({ source }, given, tenant) {
      assert(!isClosed, 'the processes of expressions are closed');
      return new Promise((resolve, reject) => {
        const queue = queues.get(tenant) ?? [];
        queue.push({ job: jobOf(source, given), resolve, reject });
        queues.set(tenant, queue);
        dispatch();
      });
    },
    async close() {
      isClosed = true;
      const interrupted = new Error('The platform is stopping.');
      for (const queue of queues.values()) for (const { reject } of queue) reject(interrupted);
      queues.clear();
      const open = [...hands];
      hands.clear();
      await Promise.all(
        open.map(async ([child, hand]) => {
          if (hand.kind === 'working') {
            hand.overrun.cancel();
            hand.waiting.reject(interrupted);
          } else hand.end.cancel();
          // One that was never started has no end to be waited for.
          const isOver = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
          const exited = isOver ? undefined : once(child, 'exit');
          hold(child, true);
          child.kill('SIGKILL');
          await exited;
        }),
      );
    },
  };
}
