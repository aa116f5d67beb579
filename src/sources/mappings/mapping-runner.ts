// Runs event source mappings: a poller for each that is enabled.

import type { Clock, Log, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { FoundMapping, Invocables, MappingRecord, Mappings } from '#registry';
import { functionArn, mappingArn } from '#registry';
import type { Allowance } from '../polling/allowance.ts';
import { Fleet } from '../polling/fleet.ts';
import { Poller } from '../polling/poller.ts';
import { recordFilter } from '../polling/record-filter.ts';
import type { OpenSource, SourceRecord } from '../polling/source.ts';
import type { FunctionBatchParts } from './function-batch.ts';
import { apartFromLoops, invokeWithBatch, outcomeOf, recordsEvent, traceHeaderOf } from './function-batch.ts';

export interface MappingRunnerParts extends FunctionBatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly scopes: readonly Scope[];
  readonly mappings: Pick<Mappings, 'all' | 'settle' | 'onChanged'>;
  readonly invocables: Pick<Invocables, 'resolve' | 'onExpected'>;
  readonly allowance: Allowance;
  readonly openSource: OpenSource;
}

export class MappingRunner {
  readonly #parts: MappingRunnerParts;
  readonly #fleet: Fleet;
  /** The mappings of each function, by its ARN. */
  readonly #ofFunction = new Map<string, Set<string>>();
  readonly #functionOf = new Map<string, string>();
  readonly #forgetExpected: () => void;

  constructor(parts: MappingRunnerParts) {
    this.#parts = parts;
    this.#fleet = new Fleet(parts);
    parts.mappings.onChanged((scope, found) => this.#ask(scope, found));
    // What refused a batch may be mended: concurrency that is given back, a function that is made again.
    this.#forgetExpected = parts.invocables.onExpected(({ scope, name }) => {
      for (const uuid of this.#ofFunction.get(functionArn(scope, name)) ?? []) this.#fleet.hurry(uuid);
    });
  }

  /** Goes on with those that there are, and with what an earlier process had begun to change. */
  async start(): Promise<void> {
    for (const scope of this.#parts.scopes)
      for await (const found of this.#parts.mappings.all(scope)) if (!this.#fleet.has(found.record.uuid)) this.#ask(scope, found);
  }

  /** How the last batch went: `OK`, or `PROBLEM: …`. */
  resultOf(uuid: string): string | undefined {
    return this.#fleet.resultOf(uuid);
  }

  /** Reads nothing more from this call on. Resolves when what was begun has ended, and the rest is given back. */
  close(): Promise<void> {
    this.#forgetExpected();
    return this.#fleet.close();
  }

  #ask(scope: Scope, { record, revision }: FoundMapping): void {
    const { uuid, transition, enabled } = record;
    this.#note(uuid, transition === 'Deleting' ? undefined : functionArn(scope, record.function));
    this.#fleet.ask(uuid, {
      open: enabled && transition !== 'Deleting' ? () => this.#open(scope, record) : undefined,
      settle: transition === null ? undefined : () => this.#parts.mappings.settle(scope, uuid, revision),
      isLast: transition === 'Deleting',
    });
  }

  /** An update may have given it another function. */
  #note(uuid: string, arn: string | undefined): void {
    const before = this.#functionOf.get(uuid);
    if (before === arn) return;
    const others = before === undefined ? undefined : this.#ofFunction.get(before);
    others?.delete(uuid);
    if (before !== undefined && others?.size === 0) this.#ofFunction.delete(before);
    if (arn === undefined) {
      this.#functionOf.delete(uuid);
      return;
    }
    this.#functionOf.set(uuid, arn);
    this.#ofFunction.set(arn, (this.#ofFunction.get(arn) ?? new Set()).add(uuid));
  }

  #open(scope: Scope, { uuid, sourceArn, function: name, qualifier, settings }: MappingRecord): Poller<SourceRecord> {
    const { clock, log, allowance, openSource } = this.#parts;
    const target = { name, qualifier: qualifier ?? undefined };
    const windowMs = settings.windowSeconds * 1000;
    return new Poller({
      clock,
      log,
      name: mappingArn(scope, uuid),
      source: openSource({ arn: sourceArn, windowMs }),
      allowance,
      settings: {
        batchSize: settings.batchSize,
        windowMs,
        maximumConcurrency: settings.maximumConcurrency ?? LIMITS.accountConcurrency,
        batchBytes: LIMITS.invokePayloadBytes,
      },
      passes: recordFilter(settings.filters),
      run: (batch) =>
        apartFromLoops(batch, async (records) => {
          const call = { scope, target, payload: recordsEvent(records), traceHeader: traceHeaderOf(records) };
          return outcomeOf(await invokeWithBatch(this.#parts, call), records, settings);
        }),
    });
  }
}
