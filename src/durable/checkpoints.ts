// Checkpoints: what a run writes down of its execution, and what it is told in return. Each is one step of the journal, or nothing.
// https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
//
// I1: a token is worth one checkpoint, of one run. With any other nothing is written, and the words are those by which the SDK knows that its run is
// over and its execution is not.
// I2: a checkpoint that comes twice, since its answer was lost, is answered twice and written once.

import type { Operation } from '@aws-sdk/client-lambda';
import { ApiError } from '#kernel';
import type { Random } from '#kernel';
import type { Present } from './book.ts';
import { checkUpdates, invalid } from './checkpoint-rules.ts';
import type { Update } from './checkpoint-rules.ts';
import { applyUpdates, checkWritten } from './checkpoint-updates.ts';
import type { ExecutionName } from './execution-arn.ts';
import type { Lookup } from './lookup.ts';
import { completed } from './run-conclusion.ts';
import { tokenOf } from './run.ts';
import type { CheckpointAnswer, Run } from './run.ts';
import type { Runner } from './runner.ts';
import { shownOperation } from './shown-operation.ts';
import { statePage } from './state-pages.ts';
import type { StatePage } from './state-pages.ts';

export interface Checkpoint {
  readonly token: string;
  readonly clientToken: string | undefined;
  readonly updates: readonly Update[];
}

export interface StateQuery {
  readonly token: string;
  readonly marker: string | undefined;
  readonly limit: number;
}

/** One answer's operations; what is left over is told with the next. */
const ANSWER_BYTES = 4 * 1024 * 1024;

export class Checkpoints {
  readonly #runner: Runner;
  readonly #random: Random;
  readonly #lookup: Lookup;

  constructor({ runner, random, lookup }: { readonly runner: Runner; readonly random: Random; readonly lookup: Lookup }) {
    this.#runner = runner;
    this.#random = random;
    this.#lookup = lookup;
  }

  /** Throws InvalidParameterValueException for what breaks the rules: the execution fails of it, as its SDK decides. */
  async take(name: ExecutionName, checkpoint: Checkpoint): Promise<CheckpointAnswer> {
    const number = await this.#lookup.numberOf(name);
    const answer = await this.#runner.book.with(number, async (live) => {
      const { last } = live.run ?? {};
      if (last !== undefined && last.token === checkpoint.token && last.clientToken === checkpoint.clientToken) return last.answer;
      return this.#write(live, runWith(live, checkpoint.token), checkpoint);
    });
    return answer ?? this.#lookup.missing(name);
  }

  /** The operations that its run goes on from. */
  async state(name: ExecutionName, { token, marker, limit }: StateQuery): Promise<StatePage> {
    const number = await this.#lookup.numberOf(name);
    const page = await this.#runner.book.with(number, (live) => {
      runWith(live, token);
      return statePage(live.execution, { marker, limit });
    });
    return page ?? this.#lookup.missing(name);
  }

  async #write(live: Present, run: Run, { token, clientToken, updates }: Checkpoint): Promise<CheckpointAnswer> {
    const { execution } = live;
    if (this.#runner.isCrowded(live)) {
      run.isVoid = true;
      throw new ApiError(
        'TooManyRequestsException',
        'Too much is in memory of other executions. The run begins anew a little later.',
        {
          fields: { Reason: 'CallerRateLimitExceeded', Type: 'User' },
        },
      );
    }
    checkUpdates(updates, {
      executionId: execution.facts.executionId,
      find: (id) => execution.operations.get(id),
    });
    const draft = this.#runner.draftOf(live);
    const end = applyUpdates({ random: this.#random }, draft, updates);
    const { touched } = draft;
    if (end !== undefined) {
      completed(draft, run, end.error);
      await this.#runner.end(draft, end);
    }
    if (!draft.isEmpty) await this.#runner.commit(live, draft, { check: checkWritten });
    for (const id of touched) run.changed.add(id);
    run.checkpoints += 1;
    const answer = { checkpointToken: tokenOf(run), operations: takeChanged(live, run) };
    if (clientToken !== undefined) run.last = { token, clientToken, answer };
    return answer;
  }
}

/** I1 */
function runWith({ run, execution }: Present, token: string): Run {
  if (run === undefined || run.isVoid || execution.end !== undefined || token !== tokenOf(run))
    throw invalid('Invalid Checkpoint Token. The run that it belongs to has ended, or has used it already.');
  return run;
}

function takeChanged({ execution }: Present, run: Run): readonly Operation[] {
  const told: Operation[] = [];
  let bytes = 0;
  for (const id of run.changed) {
    const operation = execution.operations.get(id);
    if (operation !== undefined) {
      bytes += operation.result?.length ?? 0;
      if (bytes > ANSWER_BYTES && told.length > 0) break;
      told.push(shownOperation(operation));
    }
    run.changed.delete(id);
  }
  return told;
}
