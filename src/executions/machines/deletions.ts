// Deletions of state machines: a machine with open executions is DELETING until the last of them has ended, and they go on as if nothing were.
//
// Owns: which machines are being deleted, so that the end of any other's execution costs nothing.
// Invariants: I1 whoever is DELETING has a marker in the store, by which the next process knows of it. I2 what a machine ran is released, never removed, here.

import type { Clock, Log, Scope } from '#kernel';
import type { JournalStore } from '#store';
import { deletionKey, DELETION, machineOf, ownerOf, versionKey, type MachineRecord } from './machine-record.ts';
import type { MachineStore } from './machine-store.ts';
import type { ResourceCount } from './resource-count.ts';
import type { Revisions } from './revisions.ts';
import { machineArn, type MachineName } from './states-arn.ts';

export type DeletionsParts = {
  readonly store: MachineStore;
  readonly journals: Pick<JournalStore, 'list'>;
  readonly revisions: Revisions;
  readonly count: ResourceCount;
  readonly clock: Clock;
  readonly log: Log;
  readonly scopes: readonly Scope[];
};

const LISTED_AT_ONCE = 1000;

export class Deletions {
  readonly #parts: DeletionsParts;
  readonly #going = new Map<string, MachineName>();
  readonly #underWay = new Set<Promise<void>>();
  #isClosed = false;

  constructor(parts: DeletionsParts) {
    this.#parts = parts;
  }

  /** Goes on with deletions that wait, or were interrupted. */
  async open(): Promise<void> {
    for (const scope of this.#parts.scopes) {
      for (let after: string | undefined; ;) {
        const place = { scope, kind: DELETION, limit: LISTED_AT_ONCE, ...(after === undefined ? {} : { after }) };
        const found = await this.#parts.store.resources.list(place);
        for (const resource of found) this.#expect(ownerOf(resource));
        after = found.at(-1)?.key.name;
        if (found.length < LISTED_AT_ONCE) break;
      }
    }
    for (const machine of this.#going.values()) this.#goOn(machine);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underWay);
  }

  async begin(machine: MachineName): Promise<void> {
    const { store } = this.#parts;
    await store.change(
      machine,
      async (record) => ({
        record: { ...record, status: 'DELETING' as const },
        changes: [{ key: deletionKey(machine), expect: 'any' as const, change: { put: {} } }],
        result: undefined,
      }),
      { evenDeleting: true, whenGone: () => undefined },
    );
    this.#expect(machine);
    await this.#finish(machine);
  }

  /** An execution of that machine has ended. */
  ended(arn: string): void {
    const machine = this.#going.get(arn);
    if (machine !== undefined) this.#goOn(machine);
  }

  #expect(machine: MachineName): void {
    this.#going.set(machineArn(machine), machine);
  }

  #goOn(machine: MachineName): void {
    if (this.#isClosed) return;
    const finishing = this.#finish(machine)
      .catch((cause: unknown) => {
        // It stays DELETING, and the end of its next execution, or the next start, goes on.
        this.#parts.log.write('error', 'state-machine.not-deleted', { arn: machineArn(machine), cause });
      })
      .finally(() => this.#underWay.delete(finishing));
    this.#underWay.add(finishing);
  }

  async #finish(machine: MachineName): Promise<void> {
    const { store, count } = this.#parts;
    const head = await store.head(machine);
    // Gone, or made anew since: another was faster.
    if (head === undefined || machineOf(head).status !== 'DELETING') return void this.#going.delete(machineArn(machine));
    if (await this.#hasOpenExecutions(machine)) return;
    const isGone = await store.commit(machine, [
      { key: head.key, expect: { revision: head.revision }, change: 'remove' },
      { key: deletionKey(machine), expect: 'any', change: 'remove' },
      ...(await this.#parted(machine, machineOf(head))),
    ]);
    if (!isGone) return this.#finish(machine);
    this.#going.delete(machineArn(machine));
    count.removed(machine.scope);
  }

  /** Its versions and aliases, few enough for one step, and the revisions that they and the machine itself named (I2). */
  async #parted(machine: MachineName, record: MachineRecord) {
    const { store, revisions, clock } = this.#parts;
    const untilMs = clock.now();
    const versions = await store.versions(machine);
    const aliases = await store.aliases(machine);
    const fromMs = record.createdAtMs;
    const named = new Set([record.revisionId, ...versions.map(({ revisionId }) => revisionId)]);
    return [
      ...versions.map(({ number }) => ({ key: versionKey(machine, number), expect: 'any', change: 'remove' }) as const),
      ...aliases.map(({ key }) => ({ key, expect: 'any', change: 'remove' }) as const),
      ...[...named].map((revisionId) => revisions.release(machine, revisionId, { fromMs, untilMs })),
    ];
  }

  async #hasOpenExecutions({ scope, name }: MachineName): Promise<boolean> {
    const of = { owner: machineArn({ scope, name }) };
    const open = await this.#parts.journals.list({
      scope,
      kind: 'execution',
      of,
      statuses: ['RUNNING'],
      order: 'oldest',
      limit: 1,
    });
    return open.length > 0;
  }
}
