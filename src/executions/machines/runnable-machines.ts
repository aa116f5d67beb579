// State machines for whoever starts them, from memory: what was read once is kept until something about the machine changes.
//
// Owns: the memory. Never: writes to the store.
// Invariants:
//   I1  A change by this process is out of the memory before its caller is answered; nothing that was read before a change enters it afterwards (the epoch).
//   I2  A change by another process is seen soon after the store's notice of it: the first start after a notice looks whether the head is another.
//   I3  The memory is bounded, by machines and by the text of their definitions, and what does not exist is not remembered.

import type { Random, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { Resource, Store } from '#store';
import { machineIsDeleting, noSuchMachine, partOfMachine } from './machine-answers.ts';
import { aliasKey, aliasOf, machineOf, versionKey, versionOf, type RevisionRecord } from './machine-record.ts';
import type { MachineStore } from './machine-store.ts';
import type { RunnableMachine } from './runnable.ts';
import { aliasArn, machineArn, parseMachineArn, versionArn, type MachineName, type MachineReference } from './states-arn.ts';

type Choice = { readonly runnable: RunnableMachine; readonly weight: number };

type Known = {
  readonly machine: MachineName;
  readonly headRevision: number;
  /** By the ARN of the machine, version or alias: one, or the two that an alias draws from. */
  readonly choices: Map<string, readonly Choice[]>;
  /** Texts of definitions, counted once for each ARN. */
  characters: number;
  seenNotice: number;
};

export class RunnableMachines {
  readonly #store: MachineStore;
  readonly #random: Random;
  /** By ARN of the machine; the one that was read longest ago is first. */
  readonly #known = new Map<string, Known>();
  /** The same by each ARN that machines were started by, so that a start costs one look. */
  readonly #targets = new Map<string, { readonly known: Known; readonly choices: readonly Choice[] }>();
  #characters = 0;
  #epoch = 0;
  #notices = 0;
  readonly #stop: () => void;

  constructor({ store, random, changed }: { store: MachineStore; random: Random; changed: Store['changed'] }) {
    this.#store = store;
    this.#random = random;
    this.#stop = changed('resources', () => void (this.#notices += 1));
  }

  close(): void {
    this.#stop();
  }

  /** I1 */
  forget(machine: MachineName): void {
    this.#epoch += 1;
    this.#drop(machineArn(machine));
  }

  async runnable(scope: Scope, arn: string): Promise<RunnableMachine> {
    const target = this.#targets.get(arn);
    if (target !== undefined && target.known.seenNotice === this.#notices && isSame(scope, target.known.machine.scope))
      return this.#draw(target.choices);
    const reference = parseMachineArn(scope, arn);
    if (reference.qualifier.kind === 'map') throw partOfMachine(arn);
    const known = await this.#fresh(reference);
    const choices = known?.choices.get(idOf(reference)) ?? (await this.#read(reference));
    return this.#draw(choices);
  }

  /** What an execution of that revision runs; by which version and alias it was started is the execution's to know. */
  async revision(machine: MachineName, revisionId: string): Promise<RunnableMachine | undefined> {
    const known = this.#known.get(machineArn(machine));
    for (const choices of known?.choices.values() ?? [])
      for (const { runnable } of choices)
        if (runnable.revisionId === revisionId) return { ...runnable, versionArn: undefined, aliasArn: undefined };
    const record = await this.#store.revision(machine, revisionId);
    return record && runnableOf(machine, revisionId, record);
  }

  #draw(choices: readonly Choice[]): RunnableMachine {
    const [first, second] = choices as readonly [Choice, Choice?];
    return second === undefined || this.#random.fraction() * 100 < first.weight ? first.runnable : second.runnable;
  }

  /** What is remembered, unless a notice came since and its head is another (I2). */
  async #fresh(machine: MachineName): Promise<Known | undefined> {
    const arn = machineArn(machine);
    const known = this.#known.get(arn);
    if (known === undefined || known.seenNotice === this.#notices) return known;
    const notice = this.#notices;
    const head = await this.#store.head(machine);
    if (head?.revision !== known.headRevision) {
      if (this.#known.get(arn) === known) this.#drop(arn);
      return undefined;
    }
    known.seenNotice = notice;
    return known;
  }

  async #read(reference: MachineReference): Promise<readonly Choice[]> {
    const epoch = this.#epoch;
    const notice = this.#notices;
    const head = await this.#store.head(reference);
    if (head === undefined) throw noSuchMachine(reference.arn);
    const { status, revisionId } = machineOf(head);
    if (status === 'DELETING') throw machineIsDeleting(machineArn(reference));
    const choices = await this.#choicesOf(reference, revisionId);
    if (this.#epoch === epoch) this.#remember(reference, head, choices, notice);
    return choices;
  }

  async #choicesOf(reference: MachineReference, currentId: string): Promise<readonly Choice[]> {
    const { qualifier } = reference;
    switch (qualifier.kind) {
      case 'none':
      case 'map':
        return [{ runnable: await this.#load(reference, currentId), weight: 100 }];
      case 'version':
        return [{ runnable: await this.#version(reference, qualifier.number), weight: 100 }];
      case 'alias': {
        const found = await this.#store.resources.get(aliasKey(reference, qualifier.alias));
        if (found === undefined) throw noSuchMachine(reference.arn);
        const alias = aliasArn(reference, qualifier.alias);
        return Promise.all(
          aliasOf(found).routes.map(async ({ version, weight }) => ({
            runnable: { ...(await this.#version(reference, version)), aliasArn: alias },
            weight,
          })),
        );
      }
      default:
        return qualifier satisfies never;
    }
  }

  async #version(machine: MachineReference, number: number): Promise<RunnableMachine> {
    const found = await this.#store.resources.get(versionKey(machine, number));
    if (found === undefined) throw noSuchMachine(versionArn(machine, number));
    return { ...(await this.#load(machine, versionOf(found).revisionId)), versionArn: versionArn(machine, number) };
  }

  async #load(machine: MachineReference, revisionId: string): Promise<RunnableMachine> {
    const record = await this.#store.revision(machine, revisionId);
    if (record === undefined) throw noSuchMachine(machine.arn);
    return runnableOf(machine, revisionId, record);
  }

  /** I3 */
  #remember(reference: MachineReference, head: Resource, choices: readonly Choice[], notice: number): void {
    const arn = machineArn(reference);
    const before = this.#known.get(arn);
    const known: Known =
      before?.headRevision === head.revision
        ? before
        : {
            machine: { scope: reference.scope, name: reference.name },
            headRevision: head.revision,
            choices: new Map(),
            characters: 0,
            seenNotice: notice,
          };
    if (before !== known) this.#drop(arn);
    const characters = choices.reduce((sum, { runnable }) => sum + runnable.definition.length, 0);
    if (!known.choices.has(idOf(reference))) {
      known.characters += characters;
      this.#characters += characters;
    }
    known.choices.set(idOf(reference), choices);
    this.#targets.set(idOf(reference), { known, choices });
    this.#known.delete(arn);
    this.#known.set(arn, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= LIMITS.machinesInMemory && this.#characters <= LIMITS.definitionBytesInMemory) break;
      this.#drop(oldest);
    }
  }

  #drop(arn: string): void {
    const known = this.#known.get(arn);
    if (known === undefined) return;
    this.#characters -= known.characters;
    this.#known.delete(arn);
    for (const id of known.choices.keys()) this.#targets.delete(id);
  }
}

function isSame(one: Scope, other: Scope): boolean {
  return one.account === other.account && one.region === other.region;
}

/** However it was spelt; a map's machine is the machine. */
function idOf(reference: MachineReference): string {
  const { qualifier } = reference;
  switch (qualifier.kind) {
    case 'none':
    case 'map':
      return machineArn(reference);
    case 'version':
      return versionArn(reference, qualifier.number);
    case 'alias':
      return aliasArn(reference, qualifier.alias);
    default:
      return qualifier satisfies never;
  }
}

function runnableOf(machine: MachineName, revisionId: string, record: RevisionRecord): RunnableMachine {
  const { scope, name } = machine;
  return {
    scope,
    machine: { arn: machineArn(machine), name, type: record.type },
    revisionId,
    definition: record.definition,
    roleArn: record.roleArn,
    versionArn: undefined,
    aliasArn: undefined,
    logging: record.logging['level'] === 'OFF' ? undefined : record.logging,
  };
}
