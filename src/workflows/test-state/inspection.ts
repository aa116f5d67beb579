// Collects what a tested state's data were, and makes TestState's answer of it.

import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../expressions/json.ts';
import { shownText } from '../expressions/payload-text.ts';
import type { Observer } from '../interpreter/observer.ts';
import type { Failure } from '../interpreter/state-failure.ts';

export type TestStateAnswer = {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  /** Values as JSON texts, numbers as they are. */
  readonly inspectionData?: { readonly [member: string]: string | number | JsonObject };
};

const NUMBERS: ReadonlySet<string> = new Set(['maxConcurrency', 'toleratedFailureCount', 'toleratedFailurePercentage']);

export class Inspection {
  readonly #data = new Map<string, string | number | JsonObject>();
  #ended: Omit<TestStateAnswer, 'inspectionData'> | undefined;
  #caught: Failure | undefined;

  constructor(input: Json) {
    this.#data.set('input', JSON.stringify(input));
  }

  observer(context: Json): Observer {
    return {
      context,
      saw: (what, value) => void this.#data.set(what, NUMBERS.has(what) && typeof value === 'number' ? value : shownText(value)),
      exited: (output, next) => {
        this.#ended = {
          status: this.#caught === undefined ? 'SUCCEEDED' : 'CAUGHT_ERROR',
          output: JSON.stringify(output),
          ...(next === undefined ? {} : { nextState: next }),
          ...told(this.#caught),
        };
      },
      retrying: (retryIndex, retryBackoffIntervalSeconds, failure) => {
        this.#data.set('errorDetails', { retryIndex, retryBackoffIntervalSeconds });
        this.#ended = { status: 'RETRIABLE', ...told(failure) };
      },
      retriesSpent: (retryIndex) => void this.#data.set('errorDetails', { retryIndex }),
      caught: (catchIndex, failure) => {
        this.#caught = failure;
        this.#data.set('errorDetails', { catchIndex });
      },
      failed: (failure) => {
        this.#ended = { status: 'FAILED', ...told(failure) };
      },
    };
  }

  answer(level: 'INFO' | 'DEBUG' | 'TRACE', variables: JsonObject): TestStateAnswer {
    const answer = this.#ended;
    assert(answer !== undefined, 'a state that was settled has ended');
    if (level === 'INFO') return answer;
    if (Object.keys(variables).length > 0) this.#data.set('variables', JSON.stringify(variables));
    return { ...answer, inspectionData: Object.fromEntries(this.#data) };
  }
}

function told(failure: Failure | undefined): { readonly error?: string; readonly cause?: string } {
  return {
    ...(failure?.error === undefined ? {} : { error: failure.error }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
  };
}
