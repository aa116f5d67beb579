// StopExecution and RedriveExecution. https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html

import type { Executions } from '../executions.ts';
import { invalidArn } from '../machines/machine-answers.ts';
import { noSuchExecution, notRedrivable } from './execution-answers.ts';
import type { Queries } from './execution-queries.ts';
import { attributesIn } from './execution-record.ts';
import type { Runner } from './runner.ts';

export class Changes {
  readonly #queries: Queries;
  readonly #runner: Runner;

  constructor({ queries, runner }: { readonly queries: Queries; readonly runner: Runner }) {
    this.#queries = queries;
    this.#runner = runner;
  }

  /** One that is over already stays as it is, and answers when it ended. */
  async stop({ scope, executionArn, error, cause }: Parameters<Executions['stop']>[0]): ReturnType<Executions['stop']> {
    const row = await this.#queries.find(scope, executionArn);
    if (attributesIn(row).type === 'EXPRESS') throw invalidArn('Resource type not valid in this context: express');
    const stop = { kind: 'stop', ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) } as const;
    const settled = await this.#runner.deliver(row.number, { kind: 'input', input: stop }, { isAsked: true });
    if (settled.kind === 'taken') return { stoppedAtMs: settled.atMs };
    const { endedAtMs } = await this.#queries.find(scope, executionArn);
    if (endedAtMs === undefined) throw noSuchExecution(executionArn);
    return { stoppedAtMs: endedAtMs };
  }

  async redrive({ scope, executionArn, clientToken }: Parameters<Executions['redrive']>[0]): ReturnType<Executions['redrive']> {
    const row = await this.#queries.find(scope, executionArn);
    if (attributesIn(row).mapRun !== undefined)
      throw notRedrivable(
        executionArn,
        'It is a child of a Map Run, and is redriven with the execution that the Map Run belongs to.',
      );
    const settled = await this.#runner.deliver(row.number, { kind: 'redrive', clientToken }, { isAsked: true });
    if (settled.kind === 'passed-over') throw notRedrivable(executionArn, settled.reason ?? 'It is being redriven.');
    const { redrivenMs = settled.atMs } = attributesIn(await this.#queries.find(scope, executionArn));
    return { redrivenAtMs: redrivenMs };
  }
}
