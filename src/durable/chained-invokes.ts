// Invocations of other functions, from the step that asked for one to the step that knows what it has brought.
//
// Owns: those that this process carries out. Which there are is in the heads of their executions.
// I1: one is asked for until a step knows what it has brought, or that an execution of its own has begun for it. A crash repeats it, under the same id.
// I2: an execution that was invoked by another stays busy after its end, until the other has it written down.

import type { EventType } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import type { Present } from './book.ts';
import type { Draft } from './draft.ts';
import type { Execution } from './execution.ts';
import { Gate } from './gate.ts';
import { keptError, keptText } from './history-events.ts';
import { invokeOther } from './invoked-functions.ts';
import type { Invoked, InvokedFunctionParts } from './invoked-functions.ts';
import type { ExecutionEnd, InvokeOperation } from './records.ts';
import { backOffMs } from './run-conclusion.ts';
import type { Runner } from './runner.ts';

export interface ChainedInvokesParts extends InvokedFunctionParts {
  readonly runner: Pick<Runner, 'book' | 'commit' | 'draftOf'>;
  /** Told what could not be written: the execution is gone on with later, from where its journal is. */
  readonly onFailure: (doing: string, journal: number, cause: unknown) => void;
}

export class ChainedInvokes {
  readonly #parts: ChainedInvokesParts;
  readonly #gate = new Gate(LIMITS.durableRunsAtOnce);

  constructor(parts: ChainedInvokesParts) {
    this.#parts = parts;
  }

  async carryOut(number: number, id: string): Promise<void> {
    await this.#gate.enter();
    const { book } = this.#parts.runner;
    try {
      // Not held while it waits: there may be a crowd.
      const asked = await book.with(number, ({ execution: { row, facts, operations } }) => {
        const operation = operations.get(id);
        return operation?.type === 'CHAINED_INVOKE' && operation.status === 'STARTED' ? { row, facts, operation } : undefined;
      });
      if (asked === undefined) return;
      const invoked = await invokeOther(this.#parts, { ...asked, number }, asked.operation);
      await book.with(number, (live) => this.#takeInvoked(live, id, invoked));
    } catch (cause) {
      this.#parts.onFailure('invoke', number, cause);
    } finally {
      this.#gate.leave();
      book.doneInvoking(number, id);
    }
  }

  /** What an operation that was cancelled meanwhile brings is for nobody. */
  async #takeInvoked(live: Present, id: string, invoked: Invoked): Promise<void> {
    live.invoking.delete(id);
    const draft = this.#parts.runner.draftOf(live);
    const operation = draft.operation(id);
    if (invoked.kind === 'closed' || operation?.type !== 'CHAINED_INVOKE' || operation.status !== 'STARTED') return;
    draft.head = { ...draft.head, invoking: draft.head.invoking.filter((other) => other !== id) };
    switch (invoked.kind) {
      case 'begun':
        return this.#parts.runner.commit(live, draft);
      case 'refused': {
        const refusals = operation.refusals + 1;
        draft.put({ ...operation, refusals });
        draft.timer('invoke', id, draft.nowMs + backOffMs(refusals));
        return this.#parts.runner.commit(live, draft);
      }
      case 'done':
        completeInvoke(draft, operation, invoked);
        return this.#parts.runner.commit(live, draft, { changed: [id] });
      default:
        return invoked satisfies never;
    }
  }

  /** I2 */
  async tellParent({ number, facts: { origin } }: Execution, end: ExecutionEnd): Promise<void> {
    if (origin.kind !== 'chained') return;
    try {
      await this.#parts.runner.book.with(origin.journal, async (live) => {
        const operation = live.execution.operations.get(origin.operationId);
        if (operation?.type !== 'CHAINED_INVOKE' || operation.status !== 'STARTED') return;
        const draft = this.#parts.runner.draftOf(live);
        completeInvoke(draft, operation, end);
        draft.head = { ...draft.head, invoking: draft.head.invoking.filter((id) => id !== operation.id) };
        await this.#parts.runner.commit(live, draft, { changed: [operation.id] });
      });
      await this.#parts.runner.book.with(number, async (live) => {
        const draft = this.#parts.runner.draftOf(live);
        const { tellsParent: _, ...head } = draft.head;
        draft.head = head;
        await this.#parts.runner.book.commit(live, draft);
      });
    } catch (cause) {
      this.#parts.onFailure('tell', number, cause);
    }
  }
}

function completeInvoke(draft: Draft, operation: InvokeOperation, end: ExecutionEnd): void {
  const { status, result, error } = isWritable(end) ? end : TOO_LARGE;
  draft.put({ ...operation, status, result, error, payload: undefined, endedAtMs: draft.nowMs });
  draft.event(ENDED[status], {
    of: operation,
    ...(status === 'SUCCEEDED' ? { result: keptText(result) } : { error: keptError(error) }),
  });
}

/** Text that is nearly all escapes, in JSON. */
function isWritable({ result }: ExecutionEnd): boolean {
  return result === undefined || JSON.stringify(result).length <= LIMITS.journalRecordLength / 2;
}

const TOO_LARGE: ExecutionEnd = {
  status: 'FAILED',
  error: {
    ErrorType: 'Function.ResponseSizeTooLarge',
    ErrorMessage: 'The result of the invoked function is too large to be written.',
  },
};

const ENDED = {
  SUCCEEDED: 'ChainedInvokeSucceeded',
  FAILED: 'ChainedInvokeFailed',
  TIMED_OUT: 'ChainedInvokeTimedOut',
  STOPPED: 'ChainedInvokeStopped',
} as const satisfies Record<ExecutionEnd['status'], EventType>;
