// How a question to an agent ended, what may be answered when, and what an answer means.

import assert from 'node:assert/strict';

import { LIMITS } from '#kernel';
import type { ProcessExit } from './enclosure.ts';
import { FRAME } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Run } from './runs.ts';
import type { Ending, Outcome } from './sandbox.ts';

export type Answer =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'violation'; readonly detail: string }
  | { readonly kind: 'exit'; readonly exit: ProcessExit };

/** Why a sandbox ended while invocations were under way. */
export type Cause =
  | Exclude<Answer, { kind: 'frame' | 'timeout' }>
  | { readonly kind: 'overdue'; readonly run: Run }
  | { readonly kind: 'answered' };

export type PhaseKind = 'booting' | 'generic' | 'initialising' | 'waiting' | 'running' | 'caching' | 'dead';

/** What is known of a process that we ended ourselves. */
export const KILLED: ProcessExit = { exitCode: undefined, signal: 'SIGKILL' };

/** How many payload bytes a frame of this kind may have in this phase; undefined: it may not come at all. */
export function allowanceIn(phase: PhaseKind, kind: number): number | undefined {
  switch (phase) {
    case 'booting':
      return kind === FRAME.ready ? 0 : undefined;
    case 'initialising':
      return kind === FRAME.initialised ? 0 : kind === FRAME.initFailed ? LIMITS.errorDocumentBytes : undefined;
    case 'running':
      if (kind === FRAME.returned) return LIMITS.responsePayloadBytes;
      if (kind === FRAME.threw) return LIMITS.errorDocumentBytes;
      return kind === FRAME.tooLarge || kind === FRAME.recalled || kind === FRAME.streamBegun ? 0 : undefined;
    case 'caching':
      return kind === FRAME.codeCache ? LIMITS.codeCacheBytes : undefined;
    case 'generic':
    case 'waiting':
    case 'dead':
      return undefined;
    default:
      return phase satisfies never;
  }
}

export function outcomeOf(frame: Frame, ranMs?: number): Ending {
  const ran = ranMs === undefined ? undefined : { ranMs, handlerMs: handlerMsOf(frame.head['ranUs'], ranMs) };
  switch (frame.kind) {
    case FRAME.initialised:
    case FRAME.returned:
      return { kind: 'returned', payload: frame.payload, ...ran };
    case FRAME.initFailed:
    case FRAME.threw:
      return { kind: 'threw', payload: frame.payload, ...ran };
    case FRAME.tooLarge: {
      const bytes = frame.head['bytes'];
      return {
        kind: 'tooLarge',
        bytes: typeof bytes === 'number' && Number.isSafeInteger(bytes) ? bytes : LIMITS.responsePayloadBytes + 1,
      };
    }
    default:
      throw new assert.AssertionError({ message: `a frame of kind ${frame.kind} passed the allowance` });
  }
}

/** A runtime may say anything; what makes no sense is as if it had said nothing. */
function handlerMsOf(ranUs: unknown, ranMs: number): number {
  return typeof ranUs === 'number' && ranUs >= 0 && Number.isFinite(ranUs) ? ranUs / 1000 : ranMs;
}

/** What the answer to a question is, where it was the sandbox's last. */
export function endingOf(answer: Answer, timeoutMs: number): Ending {
  switch (answer.kind) {
    case 'frame':
      return outcomeOf(answer.frame);
    case 'timeout':
      return { kind: 'timedOut', afterMs: timeoutMs };
    case 'violation':
      return { kind: 'crashed', ...KILLED, detail: `the channel's rules were broken: ${answer.detail}` };
    case 'exit':
      return { kind: 'crashed', ...answer.exit, detail: describeAnswer(answer, timeoutMs) };
    default:
      return answer satisfies never;
  }
}

/** What the end of its sandbox is to an invocation that had not been answered. */
export function outcomeAtEnd(run: Run, cause: Cause, outOfMemory: boolean): Outcome {
  if (run.beganMs === undefined) return { kind: 'recalled' };
  if (outOfMemory) return { kind: 'outOfMemory' };
  switch (cause.kind) {
    case 'overdue':
      if (cause.run === run) return { kind: 'timedOut', afterMs: run.timeoutMs };
      return { kind: 'crashed', ...KILLED, detail: 'an invocation that ran beside it timed out' };
    case 'answered':
      return { kind: 'crashed', ...KILLED, detail: 'an invocation that ran beside it ended the runtime' };
    case 'violation':
      return { kind: 'crashed', ...KILLED, detail: `the channel's rules were broken: ${cause.detail}` };
    case 'exit':
      return { kind: 'crashed', ...cause.exit, detail: describeAnswer(cause, run.timeoutMs) };
    default:
      return cause satisfies never;
  }
}

/** The answers of one turn: how long each ran. Where all together took less than the millisecond that is billed for each, they share it. */
export function sharedRunMs(ranMs: readonly number[]): readonly number[] {
  const total = ranMs.reduce((sum, one) => sum + one, 0);
  return total > SHARED_MS || ranMs.length < 2 ? ranMs : ranMs.map(() => total / ranMs.length);
}

const SHARED_MS = 1;

export function describeAnswer(answer: Exclude<Answer, { kind: 'frame' }>, timeoutMs: number): string {
  switch (answer.kind) {
    case 'timeout':
      return `the runtime took longer than ${timeoutMs} ms`;
    case 'violation':
      return `the runtime broke the channel's rules: ${answer.detail}`;
    case 'exit': {
      const { exitCode, signal } = answer.exit;
      return signal === undefined ? `the runtime exited with status ${exitCode}` : `the runtime was ended by ${signal}`;
    }
    default:
      return answer satisfies never;
  }
}
