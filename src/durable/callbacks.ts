// Callbacks: answers from outside to an operation of an execution, which waits for it without an instance.
// https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html

import type { ErrorObject } from '@aws-sdk/client-lambda';
import { ApiError, LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import type { Present } from './book.ts';
import { placeOf } from './callback-id.ts';
import { checkErrorSize, invalid } from './checkpoint-rules.ts';
import type { Draft } from './draft.ts';
import { keptError, keptText } from './history-events.ts';
import type { CallbackOperation } from './records.ts';
import type { Runner } from './runner.ts';

export class Callbacks {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Throws CallbackTimeoutException where it was answered before, or nobody waits any more. */
  async succeed(scope: Scope, callbackId: string, payload: Uint8Array): Promise<void> {
    if (payload.byteLength > LIMITS.durableCallbackBytes)
      throw invalid(`A callback's result has ${LIMITS.durableCallbackBytes} bytes at most.`);
    const result = payload.byteLength === 0 ? undefined : Buffer.from(payload).toString();
    await this.#answer(scope, callbackId, (draft, callback) => {
      draft.put({ ...callback, status: 'SUCCEEDED', result, endedAtMs: draft.nowMs });
      draft.event('CallbackSucceeded', { of: callback, result: keptText(result) });
    });
  }

  async fail(scope: Scope, callbackId: string, error: ErrorObject): Promise<void> {
    checkErrorSize(error);
    await this.#answer(scope, callbackId, (draft, callback) => {
      draft.put({ ...callback, status: 'FAILED', error, endedAtMs: draft.nowMs });
      draft.event('CallbackFailed', { of: callback, error: keptError(error) });
    });
  }

  /** Whoever works for it is still at it. */
  async heartbeat(scope: Scope, callbackId: string): Promise<void> {
    await this.#within(scope, callbackId, async (live, callback) => {
      if (callback.heartbeatSeconds === undefined) throw invalid('The callback has no heartbeat timeout.');
      const draft = this.#runner.draftOf(live);
      draft.timer('heartbeat', callback.id, draft.nowMs + callback.heartbeatSeconds * 1000);
      await this.#runner.commit(live, draft);
    });
  }

  #answer(scope: Scope, callbackId: string, put: (draft: Draft, callback: CallbackOperation) => void): Promise<void> {
    return this.#within(scope, callbackId, async (live, callback) => {
      const draft = this.#runner.draftOf(live);
      put(draft, callback);
      draft.timer('callback', callback.id, undefined);
      draft.timer('heartbeat', callback.id, undefined);
      await this.#runner.commit(live, draft, { changed: [callback.id] });
    });
  }

  async #within(
    scope: Scope,
    callbackId: string,
    work: (live: Present, callback: CallbackOperation) => Promise<void>,
  ): Promise<void> {
    const place = placeOf(callbackId);
    if (place === undefined) throw invalid('Invalid callback ID.');
    const isThere = await this.#runner.book.with(place.journal, async (live) => {
      const { row, operations, end } = live.execution;
      if (row.scope.account !== scope.account || row.scope.region !== scope.region) return false;
      if (end !== undefined) throw closed();
      const operation = operations.get(place.operationId);
      if (operation?.type !== 'CALLBACK' || operation.callbackId !== callbackId) return false;
      if (operation.status !== 'STARTED') throw closed();
      await work(live, operation);
      return true;
    });
    if (isThere !== true)
      throw new ApiError('ResourceNotFoundException', 'There is no callback with this ID.', { fields: { Type: 'User' } });
  }
}

function closed(): ApiError {
  return new ApiError(
    'CallbackTimeoutException',
    'The callback ID token has either expired or the callback associated with the token has already been closed.',
    { fields: { Type: 'User' } },
  );
}
