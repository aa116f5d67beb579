// State machines put together.

import type { Clock, Log, Random, Scope } from '#kernel';
import type { Logs } from '#logs';
import type { JournalStore, Store } from '#store';
import type { Diagnostic } from '#workflows';
import { AliasBook } from './alias-book.ts';
import { diagnose, type ResourceRefusal } from './definition-check.ts';
import { Deletions } from './deletions.ts';
import { MachineBook } from './machine-book.ts';
import type { MachinePort } from './machine-port.ts';
import { MACHINE, type MachineType, type RevisionRecord } from './machine-record.ts';
import { MachineStore } from './machine-store.ts';
import { ResourceCount } from './resource-count.ts';
import { Revisions } from './revisions.ts';
import { RunnableMachines } from './runnable-machines.ts';
import { parseMachineArn } from './states-arn.ts';
import { VersionBook } from './version-book.ts';

export type MachinesParts = {
  readonly store: Pick<Store, 'resources' | 'changed'> & { readonly journals: Pick<JournalStore, 'list'> };
  /** That the group is there that executions are to be written to. */
  readonly logs: Pick<Logs, 'groups'>;
  /** What tasks cannot name is refused with the definition. */
  readonly resourceRefusal: ResourceRefusal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Accounts and regions that are served. */
  readonly scopes: readonly Scope[];
};

export interface Machines extends MachinePort {
  readonly book: MachineBook;
  readonly versions: VersionBook;
  readonly aliases: AliasBook;
  /** All that is wrong with a definition, and warnings; no errors where a machine could be made of it. */
  diagnose(definition: string, type: MachineType): readonly Diagnostic[];
  /** Everything that was set when it was that revision. */
  settingsOf(scope: Scope, machineArn: string, revisionId: string): Promise<RevisionRecord | undefined>;
  /** Goes on with deletions that an earlier process left. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export function createMachines(parts: MachinesParts): Machines {
  const { logs, resourceRefusal, clock, random, log, scopes } = parts;
  const { resources, changed, journals } = parts.store;
  const store = new MachineStore(resources, (machine) => runnables.forget(machine));
  const runnables: RunnableMachines = new RunnableMachines({ store, random, changed });
  const revisions = new Revisions({ resources, journals, clock, log, scopes });
  const count = new ResourceCount(resources, MACHINE);
  const deletions = new Deletions({ store, journals, revisions, count, clock, log, scopes });
  return {
    book: new MachineBook({ store, revisions, deletions, count, logs, resourceRefusal, clock, random }),
    versions: new VersionBook({ store, revisions, clock }),
    aliases: new AliasBook({ store, clock }),
    diagnose: (definition, type) => diagnose(definition, type, resourceRefusal),
    runnable: (scope, arn) => runnables.runnable(scope, arn),
    revision: (scope, arn, revisionId) => runnables.revision(parseMachineArn(scope, arn), revisionId),
    settingsOf: (scope, arn, revisionId) => store.revision(parseMachineArn(scope, arn), revisionId),
    ended: (_scope, arn) => deletions.ended(arn),
    async open() {
      await revisions.open();
      await deletions.open();
    },
    async close() {
      runnables.close();
      await deletions.close();
      await revisions.close();
    },
  };
}
