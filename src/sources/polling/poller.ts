// Reads a source into batches, has them run, and acknowledges what is done with. A mapping and a pipe are one poller each.
//
// Owns: the records between their receive and their acknowledgement.
// Never: polls. It waits in the source's own receive, for a batch that ends, or for the end of a window or of a back-off.
// I1: a record is acknowledged only after it ran well, or did not pass the filter.
// I2: what was received and did not begin to run is given back.
// I3: no more batches run than `BatchConcurrency` says, and no more bytes are held than the allowance.
// I4: idle, it has no timer and holds nothing but its wait.

import type { Clock, Log, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import type { Allowance } from './allowance.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { doneWith } from './batch-outcome.ts';
import type { BatchEnd } from './concurrency.ts';
import { BatchConcurrency } from './concurrency.ts';
import type { Batch } from './gathering.ts';
import { Gathering } from './gathering.ts';
import { SourceMissing } from './source.ts';
import type { Source, SourceRecord } from './source.ts';

export interface PollerSettings {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maximumConcurrency: number;
  /** Of a batch's JSON text. */
  readonly batchBytes: number;
}

export interface PollerParts<Record extends SourceRecord> {
  readonly clock: Clock;
  readonly log: Log;
  /** For the log. */
  readonly name: string;
  readonly source: Source<Record>;
  readonly allowance: Allowance;
  readonly settings: PollerSettings;
  /** Records that do not pass are done with at once. */
  readonly passes: (record: Record) => boolean;
  readonly run: (records: readonly Record[]) => Promise<BatchOutcome>;
}

const BACK_OFF_LEAST_MS = 1000;
const BACK_OFF_MOST_MS = 60_000;

export class Poller<Record extends SourceRecord> {
  readonly #parts: PollerParts<Record>;
  readonly #concurrency: BatchConcurrency;
  readonly #gathering: Gathering<Record>;
  readonly #settling = new Set<Promise<void>>();
  #reading: Promise<void> | undefined;
  /** Ends the receive that waits: the window is over, or all is. */
  #waiting: AbortController | undefined;
  #window: Timer | undefined;
  #windowIsOver = false;
  #hold: Timer | undefined;
  #backOffMs = 0;
  #acknowledging = 0;
  #heldBytes = 0;
  #hasBacklog = false;
  #stopped = false;
  #lastResult: string | undefined;
  #wake: () => void = () => undefined;

  constructor(parts: PollerParts<Record>) {
    const { batchSize, batchBytes, maximumConcurrency } = parts.settings;
    this.#parts = parts;
    this.#concurrency = new BatchConcurrency(maximumConcurrency);
    this.#gathering = new Gathering({ records: batchSize, bytes: batchBytes });
  }

  /** `OK`, or `PROBLEM: …`; undefined as long as nothing was processed. */
  get lastResult(): string | undefined {
    return this.#lastResult;
  }

  start(): void {
    this.#reading ??= this.#read().catch((cause: unknown) => {
      this.#lastResult = 'PROBLEM: The platform stopped reading the event source';
      this.#parts.log.write('error', 'poller.ended', { name: this.#parts.name, cause });
    });
  }

  /** What it backs off from may be over: it tries at once. */
  hurry(): void {
    this.#hold?.cancel();
    this.#hold = undefined;
    this.#awake();
  }

  /** Reads nothing more; resolves when what had not begun is given back. Batches that run go on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hold?.cancel();
    this.#parts.allowance.forget(this.#awake);
    this.#waiting?.abort();
    this.#awake();
    await this.#reading;
  }

  /** Resolves when nothing of its records is under way any more. */
  async settled(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  readonly #awake = (): void => this.#wake();

  async #read(): Promise<void> {
    while (!this.#stopped) {
      await this.#room();
      this.#beginBatches();
      if (this.#stopped || !this.#hasRoom()) continue;
      this.#take(await this.#receive());
    }
    await this.#giveBackGathered();
  }

  /** Until a batch may begin, and its bytes may be held. */
  async #room(): Promise<void> {
    while (!this.#stopped && !this.#hasRoom()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #hasRoom(): boolean {
    return this.#concurrency.free > 0 && this.#hold === undefined && this.#parts.allowance.admits(this.#heldBytes, this.#awake);
  }

  async #receive(): Promise<readonly Record[]> {
    const { source, settings, log, name } = this.#parts;
    // An ordered receive is one batch: two of them could hold records of one group.
    const batches = source.isOrdered ? 1 : this.#concurrency.free;
    const wanted = Math.min(batches * settings.batchSize - this.#gathering.size, LIMITS.mappingReceive);
    this.#waiting = new AbortController();
    try {
      const records = await source.receive(wanted, this.#waiting.signal);
      this.#hasBacklog = records.length === wanted;
      return records;
    } catch (cause) {
      const isMissing = cause instanceof SourceMissing;
      this.#lastResult = isMissing ? 'PROBLEM: The event source does not exist' : 'PROBLEM: The event source could not be read';
      log.write(isMissing ? 'info' : 'warn', 'poller.not-read', { name, cause });
      this.#backOff();
      return [];
    } finally {
      this.#waiting = undefined;
    }
  }

  #take(records: readonly Record[]): void {
    const { allowance, source, settings } = this.#parts;
    const passed: Record[] = [];
    const filteredOut: Record[] = [];
    for (const record of records) {
      const verdict = this.#verdictOn(record);
      if (verdict !== 'unknown') (verdict === 'passes' ? passed : filteredOut).push(record);
    }
    if (filteredOut.length > 0) this.#track(this.#acknowledge(filteredOut));
    if (allowance.isSpent) {
      this.#track(this.#giveBack(passed));
      return;
    }
    this.#keep(passed);
    // A back-off that began meanwhile may last longer than these records are hidden from others.
    if (this.#hold !== undefined) this.#track(this.#giveBackGathered());
    this.#beginBatches();
    // Nor may they wait for a batch to end: it can take as long as they are hidden.
    if (source.isOrdered || settings.windowMs === 0) this.#track(this.#giveBackGathered());
  }

  #keep(records: readonly Record[]): void {
    for (const { bytes } of records) {
      this.#heldBytes += bytes;
      this.#parts.allowance.hold(bytes);
    }
    this.#gathering.add(records);
  }

  /** `unknown`: a body that a filter cannot look at (nested beyond the stack, say) is left to its visibility timeout and its redrive policy. */
  #verdictOn(record: Record): 'passes' | 'filteredOut' | 'unknown' {
    const { passes, log, name } = this.#parts;
    try {
      return passes(record) ? 'passes' : 'filteredOut';
    } catch (cause) {
      log.write('warn', 'poller.not-filtered', { name, record: record.id, cause });
      return 'unknown';
    }
  }

  #beginBatches(): void {
    const isDue = this.#parts.settings.windowMs === 0 || this.#windowIsOver;
    while (!this.#stopped && this.#concurrency.free > 0 && this.#hold === undefined) {
      const batch = this.#gathering.next(isDue);
      if (batch === undefined) break;
      // What is left has come with the last receive: its window begins now.
      this.#closeWindow();
      this.#begin(batch);
      if (this.#parts.source.isOrdered) break;
    }
    this.#openWindow();
  }

  #openWindow(): void {
    const { settings, clock } = this.#parts;
    if (settings.windowMs === 0 || this.#gathering.size === 0 || this.#window !== undefined) return;
    this.#window = clock.after(settings.windowMs, () => {
      this.#windowIsOver = true;
      this.#waiting?.abort();
      this.#awake();
    });
  }

  #closeWindow(): void {
    this.#window?.cancel();
    this.#window = undefined;
    this.#windowIsOver = false;
  }

  #begin(batch: Batch<Record>): void {
    this.#concurrency.begin();
    this.#track(this.#run(batch));
  }

  async #run({ records, isFull }: Batch<Record>): Promise<void> {
    const { run, log, name } = this.#parts;
    const outcome = await run(records).catch((cause: unknown): BatchOutcome => {
      log.write('error', 'poller.batch-failed', { name, cause });
      return { kind: 'failed', problem: 'PROBLEM: The platform could not process the batch' };
    });
    this.#release(records);
    const { how, step } = this.#conclude(records, outcome);
    this.#acknowledging += 1;
    const settled = step.finally(() => (this.#acknowledging -= 1));
    // The next batch does not wait for the disk, as long as the disk keeps up with the function.
    if (this.#acknowledging > this.#concurrency.limit) await settled;
    this.#concurrency.end(how, isFull && this.#hasBacklog);
    if (!this.#hasBacklog && this.#gathering.size === 0) this.#concurrency.rest();
    if (how === 'refused' && this.#concurrency.running === 0) this.#backOff();
    this.#awake();
    await settled;
  }

  /** Records that failed are left as they are: they come again when their visibility timeout is over. */
  #conclude(records: readonly Record[], outcome: BatchOutcome): { readonly how: BatchEnd; readonly step: Promise<void> } {
    if (outcome.kind === 'ran' || outcome.kind === 'failed') this.#backOffMs = 0;
    switch (outcome.kind) {
      case 'ran': {
        const { failed, isCrowded, problem = 'PROBLEM: The function reported failures of items of the batch' } = outcome;
        this.#lastResult = failed.size === 0 ? 'OK' : problem;
        const how = isCrowded ? 'crowded' : failed.size === records.length ? 'bad' : 'good';
        return { how, step: this.#acknowledge(doneWith(records, failed)) };
      }
      case 'failed':
        this.#lastResult = outcome.problem;
        return { how: 'bad', step: Promise.resolve() };
      case 'refused':
        this.#lastResult = outcome.problem;
        return { how: 'refused', step: this.#giveBack(records) };
      case 'interrupted':
        return { how: 'refused', step: this.#giveBack(records) };
      default:
        return outcome satisfies never;
    }
  }

  #backOff(): void {
    if (this.#stopped || this.#hold !== undefined) return;
    this.#backOffMs = Math.min(BACK_OFF_MOST_MS, Math.max(BACK_OFF_LEAST_MS, this.#backOffMs * 2));
    this.#hold = this.#parts.clock.after(this.#backOffMs, () => {
      this.#hold = undefined;
      this.#awake();
    });
    this.#waiting?.abort();
    this.#track(this.#giveBackGathered());
  }

  #giveBackGathered(): Promise<void> {
    this.#closeWindow();
    const records = this.#gathering.drain();
    this.#release(records);
    return this.#giveBack(records);
  }

  #acknowledge(records: readonly Record[]): Promise<void> {
    return this.#step('poller.not-acknowledged', records, (done) => this.#parts.source.acknowledge(done));
  }

  #giveBack(records: readonly Record[]): Promise<void> {
    return this.#step('poller.not-given-back', records, (left) => this.#parts.source.giveBack(left));
  }

  /** Where a step fails, its records come again by themselves when they become visible. */
  async #step(event: string, records: readonly Record[], step: (records: readonly Record[]) => Promise<void>): Promise<void> {
    if (records.length === 0) return;
    try {
      await step(records);
    } catch (cause) {
      this.#parts.log.write('warn', event, { name: this.#parts.name, cause });
    }
  }

  #release(records: readonly Record[]): void {
    let bytes = 0;
    for (const record of records) bytes += record.bytes;
    this.#heldBytes -= bytes;
    if (bytes > 0) this.#parts.allowance.release(bytes);
  }

  #track(step: Promise<void>): void {
    const tracked: Promise<void> = step.finally(() => this.#settling.delete(tracked));
    this.#settling.add(tracked);
  }
}
