// Runs event source mappings: a poller for each that is enabled, and the way from one state to the next.
//
// Owns: the pollers. I1: what happens to one mapping happens one after the other, in the order in which it was asked for. I2: a mapping
// leaves its transition when its old poller reads nothing any more; what that one has begun ends by itself.

import type { Clock, Log, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { FoundMapping, MappingRecord, Mappings } from '#registry';
import { mappingArn } from '#registry';
import type { Allowance } from '../polling/allowance.ts';
import { Poller } from '../polling/poller.ts';
import { recordFilter } from '../polling/record-filter.ts';
import type { Source, SourceRecord } from '../polling/source.ts';
import type { FunctionBatchParts } from './function-batch.ts';
import { invokeWithBatch, outcomeOf, recordsEvent } from './function-batch.ts';

export interface MappingRunnerParts extends FunctionBatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly scopes: readonly Scope[];
  readonly mappings: Pick<Mappings, 'all' | 'settle' | 'onChanged'>;
  readonly allowance: Allowance;
  readonly openSource: (scope: Scope, source: { readonly arn: string; readonly windowMs: number }) => Source;
}

interface Run {
  /** Also after it was stopped: it knows how its last batch went. */
  poller: Poller<SourceRecord> | undefined;
  isEnabled: boolean;
  /** The end of what was asked for last. */
  done: Promise<void>;
}

export class MappingRunner {
  readonly #parts: MappingRunnerParts;
  readonly #runs = new Map<string, Run>();
  /** Pollers that were replaced, and have batches that run. */
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: MappingRunnerParts) {
    this.#parts = parts;
    parts.mappings.onChanged((scope, found) => this.#ask(scope, found));
  }

  /** Goes on with those that there are, and with what an earlier process had begun to change. */
  async start(): Promise<void> {
    for (const scope of this.#parts.scopes)
      for await (const found of this.#parts.mappings.all(scope)) if (!this.#runs.has(found.record.uuid)) this.#ask(scope, found);
  }

  /** How the last batch went: `OK`, or `PROBLEM: …`. */
  resultOf(uuid: string): string | undefined {
    return this.#runs.get(uuid)?.poller?.lastResult;
  }

  /** Reads nothing more from this call on. Resolves when what was begun has ended, and the rest is given back. */
  async close(): Promise<void> {
    this.#closed = true;
    const runs = [...this.#runs.values()];
    await Promise.all(runs.map(async ({ poller }) => poller?.stop()));
    await Promise.all(runs.map(({ done }) => done));
    await Promise.all(runs.map(async ({ poller }) => poller?.settled()));
    await Promise.all(this.#ending);
  }

  #ask(scope: Scope, found: FoundMapping): void {
    const { uuid } = found.record;
    const run = this.#runs.get(uuid) ?? { poller: undefined, isEnabled: false, done: Promise.resolve() };
    this.#runs.set(uuid, run);
    run.done = run.done
      .then(() => this.#become(scope, found, run))
      .catch((cause: unknown) => this.#parts.log.write('error', 'mapping.not-changed', { mapping: uuid, cause }));
  }

  async #become(scope: Scope, { record, revision }: FoundMapping, run: Run): Promise<void> {
    if (this.#closed) return;
    const { uuid, transition } = record;
    const isEnabled = record.enabled && transition !== 'Deleting';
    // Its tags alone have changed.
    if (transition === null && isEnabled === run.isEnabled) return;
    if (run.poller !== undefined && run.isEnabled) await this.#end(run.poller);
    run.isEnabled = isEnabled && !this.#closed;
    if (run.isEnabled) {
      run.poller = this.#open(scope, record);
      run.poller.start();
    }
    if (transition === 'Deleting') this.#runs.delete(uuid);
    if (transition !== null) await this.#parts.mappings.settle(scope, uuid, revision);
  }

  async #end(poller: Poller<SourceRecord>): Promise<void> {
    await poller.stop();
    const ended: Promise<void> = poller.settled().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #open(scope: Scope, { uuid, sourceArn, function: name, qualifier, settings }: MappingRecord): Poller<SourceRecord> {
    const { clock, log, allowance, openSource } = this.#parts;
    const target = { name, qualifier: qualifier ?? undefined };
    const windowMs = settings.windowSeconds * 1000;
    return new Poller({
      clock,
      log,
      name: mappingArn(scope, uuid),
      source: openSource(scope, { arn: sourceArn, windowMs }),
      allowance,
      settings: {
        batchSize: settings.batchSize,
        windowMs,
        maximumConcurrency: settings.maximumConcurrency ?? LIMITS.accountConcurrency,
        batchBytes: LIMITS.invokePayloadBytes,
      },
      passes: recordFilter(settings.filters),
      run: async (records) => {
        const traceHeader = records.find((each) => each.traceHeader !== undefined)?.traceHeader;
        const call = { scope, target, payload: recordsEvent(records), traceHeader };
        return outcomeOf(await invokeWithBatch(this.#parts, call), records, settings);
      },
    });
  }
}
