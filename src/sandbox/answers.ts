// How a question to an agent ended, what may be answered when, and what an answer means.

import assert from 'node:assert/strict';

import { LIMITS } from '#kernel';
import type { ProcessExit } from './enclosure.ts';
import { FRAME } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Outcome } from './sandbox.ts';

export type Answer =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'violation'; readonly detail: string }
  | { readonly kind: 'exit'; readonly exit: ProcessExit };

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
      return kind === FRAME.tooLarge ? 0 : undefined;
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

export function outcomeOf(frame: Frame): Outcome {
  switch (frame.kind) {
    case FRAME.initialised:
    case FRAME.returned:
      return { kind: 'returned', payload: frame.payload };
    case FRAME.initFailed:
    case FRAME.threw:
      return { kind: 'threw', payload: frame.payload };
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
