// Runs pipes: a poller for each that is to run.

import type { Log, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { Allowance } from '../polling/allowance.ts';
import { Fleet } from '../polling/fleet.ts';
import { Poller } from '../polling/poller.ts';
import { recordFilter } from '../polling/record-filter.ts';
import type { OpenSource, SourceRecord } from '../polling/source.ts';
import { PipeBatch } from './pipe-batch.ts';
import type { PipeBatchParts } from './pipe-batch.ts';
import { pipeArn } from './pipe-record.ts';
import type { FoundPipe, PipeRecord } from './pipe-record.ts';
import { batchSizeOf } from './pipe-settings.ts';
import type { Pipes } from './pipes.ts';

export interface PipeRunnerParts extends PipeBatchParts {
  readonly log: Log;
  readonly scopes: readonly Scope[];
  readonly pipes: Pick<Pipes, 'all' | 'settle' | 'onChanged'>;
  readonly allowance: Allowance;
  readonly openSource: OpenSource;
}

export class PipeRunner {
  readonly #parts: PipeRunnerParts;
  readonly #fleet: Fleet;

  constructor(parts: PipeRunnerParts) {
    this.#parts = parts;
    this.#fleet = new Fleet(parts);
    parts.pipes.onChanged((scope, found) => this.#ask(scope, found));
  }

  /** Goes on with those that there are, and with what an earlier process had begun to change. */
  async start(): Promise<void> {
    for (const scope of this.#parts.scopes)
      for await (const found of this.#parts.pipes.all(scope))
        if (!this.#fleet.has(pipeArn(scope, found.record.name))) this.#ask(scope, found);
  }

  /** What went wrong with the last batch; undefined where nothing did. */
  problemOf(scope: Scope, name: string): string | undefined {
    const result = this.#fleet.resultOf(pipeArn(scope, name));
    return result?.startsWith('PROBLEM: ') === true ? result.slice('PROBLEM: '.length) : undefined;
  }

  /** Reads nothing more from this call on. Resolves when what was begun has ended, and the rest is given back. */
  close(): Promise<void> {
    return this.#fleet.close();
  }

  #ask(scope: Scope, { record, revision }: FoundPipe): void {
    const { name, transition, desired } = record;
    this.#fleet.ask(pipeArn(scope, name), {
      open: desired === 'RUNNING' && transition !== 'DELETING' ? () => this.#open(scope, record) : undefined,
      settle: transition === null ? undefined : () => this.#parts.pipes.settle(scope, name, revision),
      isLast: transition === 'DELETING',
    });
  }

  #open(scope: Scope, record: PipeRecord): Poller<SourceRecord> {
    const { clock, log, allowance, openSource } = this.#parts;
    const windowMs = (record.windowSeconds ?? 0) * 1000;
    const batch = new PipeBatch(this.#parts, scope, record);
    return new Poller({
      clock,
      log,
      name: pipeArn(scope, record.name),
      source: openSource({ arn: record.source, windowMs }),
      allowance,
      settings: {
        batchSize: batchSizeOf(record),
        windowMs,
        maximumConcurrency: LIMITS.pipeConcurrency,
        batchBytes: LIMITS.invokePayloadBytes,
      },
      passes: recordFilter(record.filters),
      run: (records) => batch.run(records),
    });
  }
}
