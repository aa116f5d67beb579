// Readers, copies, overwrites and removals in every order that a scheduler can think of: nobody loses bytes, and none are left over.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { array, assert as check, asyncProperty, constantFrom, record, scheduler, type Scheduler } from 'fast-check';
import type { Blobs, ObjectEntry, ObjectIndex } from '#store';
import { effort } from '../../test/support/effort.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { createBlobLifetimes, type BlobLifetimes } from './blob-lifetimes.ts';

/** Steps happen at once and in one order, as the store's do; their answers arrive when the scheduler says so. */
class Model {
  readonly entries = new Map<string, string>();
  readonly files = new Set<string>();
  readonly lifetimes: BlobLifetimes;
  readonly log = new QuietLog();
  readonly #scheduler: Scheduler;
  #made = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    const objects: Pick<ObjectIndex, 'referenced'> = {
      referenced: (blobs) => this.step('referenced', () => new Set(blobs.filter((blob) => this.isReferenced(blob)))),
    };
    const blobs: Pick<Blobs, 'remove' | 'list' | 'read'> = {
      remove: (names) => this.step('remove', () => names.forEach((name) => this.files.delete(name))),
      list: () => Promise.resolve([]),
      read: () => Promise.resolve(Readable.from([])),
    };
    this.lifetimes = createBlobLifetimes({ objects: objects as ObjectIndex, blobs: blobs as Blobs, log: this.log });
  }

  step<Value>(label: string, run: () => Value): Promise<Value> {
    return this.#scheduler
      .schedule(Promise.resolve(), `${label} begins`)
      .then(() => this.#scheduler.schedule(Promise.resolve(run()), label));
  }

  isReferenced(blob: string): boolean {
    return [...this.entries.values()].includes(blob);
  }

  point(key: string, blob: string | undefined): readonly string[] {
    const before = this.entries.get(key);
    if (blob === undefined) this.entries.delete(key);
    else this.entries.set(key, blob);
    return before === undefined || this.isReferenced(before) ? [] : [before];
  }

  async overwrite(key: string): Promise<void> {
    const blob = `blob-${++this.#made}`;
    this.files.add(blob);
    this.lifetimes.letGo(await this.step('put', () => this.point(key, blob)));
  }

  async remove(key: string): Promise<void> {
    this.lifetimes.letGo(await this.step('delete', () => this.point(key, undefined)));
  }

  async copy(key: string, to: string): Promise<void> {
    const held = await this.lifetimes.hold(() => this.step('get', () => this.#entry(key)));
    if (held === undefined) return;
    const [span] = held.entry.blobs;
    this.lifetimes.letGo(await this.step('copy', () => this.point(to, span?.blob)));
    held.release();
  }

  async read(key: string): Promise<void> {
    const held = await this.lifetimes.hold(() => this.step('get', () => this.#entry(key)));
    if (held === undefined) return;
    for (let chunk = 0; chunk < 3; chunk++) {
      await this.step('chunk', () => undefined);
      for (const { blob } of held.entry.blobs) assert.ok(this.files.has(blob), `${blob} went away while ${key} was read`);
    }
    held.release();
  }

  /** A write whose answer was an error, though it may have happened. */
  async doubtful(key: string): Promise<void> {
    const blob = `blob-${++this.#made}`;
    this.files.add(blob);
    const orphans = await this.step('put', () => this.point(key, blob));
    this.lifetimes.letGo([blob, ...orphans]);
  }

  #entry(key: string): ObjectEntry | undefined {
    const blob = this.entries.get(key);
    if (blob === undefined) return undefined;
    return { key, blobs: [{ blob, bytes: 1 }], bytes: 1, etag: blob, lastModifiedMs: 0, attributes: {} };
  }
}

const command = record({
  verb: constantFrom('overwrite', 'remove', 'copy', 'read', 'doubtful'),
  key: constantFrom('a', 'b'),
  to: constantFrom('a', 'b', 'c'),
});

test('whatever the order, a read finds its bytes, an object has its bytes, and nothing is left', async () => {
  await check(
    asyncProperty(scheduler(), array(command, { minLength: 2, maxLength: 12 }), async (scheduler, commands) => {
      const model = new Model(scheduler);
      for (const key of ['a', 'b']) {
        model.files.add(`first-${key}`);
        model.point(key, `first-${key}`);
      }
      const running = commands.map(({ verb, key, to }) => (verb === 'copy' ? model.copy(key, to) : model[verb](key)));
      const done = Promise.all(running).then(() => model.lifetimes.settled());
      await scheduler.waitFor(done);
      assert.deepEqual(model.files, new Set(model.entries.values()));
      assert.deepEqual(model.log.events, []);
    }),
    { numRuns: effort(300, 20_000) },
  );
});

test('a removal that fails is noted and hurts nobody', async () => {
  const log = new QuietLog();
  const lifetimes = createBlobLifetimes({
    objects: { referenced: () => Promise.reject(new Error('the store is closed')) } as unknown as ObjectIndex,
    blobs: {} as Blobs,
    log,
  });
  lifetimes.letGo(['blob']);
  await lifetimes.settled();
  assert.deepEqual(
    log.events.map(({ level, event }) => ({ level, event })),
    [{ level: 'warn', event: 'buckets.blobs-left' }],
  );
});
