// Reads and changes state machines by compare-and-set.
//
// Owns: nothing that lasts; the store has it all.
// Invariants:
//   I1  Whatever changes about a machine (its settings, versions, aliases) changes its head in the same step. So no two changes cross, and whoever knows
//       the head's revision knows whether anything is new.
//   I2  Every revision that is named by a head, a version or an execution that is kept is there.

import type { Scope } from '#kernel';
import type { Resource, ResourceChange, ResourceStore } from '#store';
import { conflict, machineIsDeleting, noSuchMachine } from './machine-answers.ts';
import {
  ALIAS,
  lastPart,
  machineKey,
  machineOf,
  put,
  revisionKey,
  revisionOf,
  VERSION,
  versionOf,
  type MachineRecord,
  type RevisionRecord,
  type VersionRecord,
} from './machine-record.ts';
import { machineArn, type MachineName } from './states-arn.ts';
import { Turns } from './turns.ts';
import { LIMITS } from '#kernel';

/** What one change makes of a machine, and what else belongs to the same step. */
export type Planned<Result> = {
  readonly record: MachineRecord;
  readonly changes: readonly ResourceChange[];
  readonly result: Result;
};

type Plan<Result> = (record: MachineRecord) => Promise<Planned<Result> | { readonly result: Result }>;

type ChangeOptions<Result> = {
  /** By default, a machine that is being deleted is changed no more. */
  readonly evenDeleting?: boolean;
  /** What there is to say where there is no such machine; by default, StateMachineDoesNotExist is thrown. */
  readonly whenGone?: () => Result;
};

/** Each attempt lost means that another process's change was made, or a deletion. */
const ATTEMPTS = 8;

export class MachineStore {
  readonly resources: ResourceStore;
  readonly #onChanged: (machine: MachineName) => void;
  readonly #turns = new Turns();

  constructor(resources: ResourceStore, onChanged: (machine: MachineName) => void) {
    this.resources = resources;
    this.#onChanged = onChanged;
  }

  head(machine: MachineName): Promise<Resource | undefined> {
    return this.resources.get(machineKey(machine));
  }

  async need(machine: MachineName): Promise<MachineRecord> {
    const head = await this.head(machine);
    if (head === undefined) throw noSuchMachine(machineArn(machine));
    return machineOf(head);
  }

  async revision(machine: MachineName, revisionId: string): Promise<RevisionRecord | undefined> {
    const found = await this.resources.get(revisionKey(machine, revisionId));
    return found && revisionOf(found);
  }

  change<Result>(machine: MachineName, plan: Plan<Result>, options: ChangeOptions<Result> = {}): Promise<Result> {
    return this.#turns.take(machineArn(machine), () => this.#change(machine, plan, options));
  }

  async #change<Result>(
    machine: MachineName,
    plan: Plan<Result>,
    { evenDeleting = false, whenGone }: ChangeOptions<Result>,
  ): Promise<Result> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const head = await this.head(machine);
      if (head === undefined) {
        if (whenGone !== undefined) return whenGone();
        throw noSuchMachine(machineArn(machine));
      }
      const record = machineOf(head);
      if (record.status === 'DELETING' && !evenDeleting) throw machineIsDeleting(machineArn(machine));
      const planned = await plan(record);
      if (!('record' in planned)) return planned.result;
      const changes = [put(head.key, { revision: head.revision }, planned.record), ...planned.changes];
      if (await this.commit(machine, changes)) return planned.result;
    }
    throw conflict(`State machine ${machine.name} was changed by another request at the same time. Try again.`);
  }

  /** False where something is not as the changes expect it. */
  async commit(machine: MachineName, changes: readonly ResourceChange[]): Promise<boolean> {
    const outcome = await this.resources.commit(changes);
    this.#onChanged(machine);
    return outcome.kind === 'committed';
  }

  /** All of them, the first published first: they are few enough, and small. */
  async versions(machine: MachineName): Promise<readonly (VersionRecord & { readonly number: number })[]> {
    const found = await this.#parts(machine, VERSION, LIMITS.stateMachineVersions);
    return found.map((resource) => ({ ...versionOf(resource), number: Number(lastPart(resource)) }));
  }

  /** By name. */
  aliases(machine: MachineName): Promise<readonly Resource[]> {
    return this.#parts(machine, ALIAS, LIMITS.stateMachineAliases);
  }

  #parts({ scope, name }: { readonly scope: Scope; readonly name: string }, kind: string, limit: number) {
    return this.resources.list({ scope, kind, prefix: `${name}/`, limit });
  }
}
