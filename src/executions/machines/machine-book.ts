// State machines: described, listed, tagged; made, changed and deleted by the files beside this one.

import { LIMITS, type Scope } from '#kernel';
import type { Deletions } from './deletions.ts';
import { createMachine, type CreatedMachine, type CreationParts } from './machine-creation.ts';
import { describeMachine, type MachineDescription } from './machine-description.ts';
import { MACHINE, machineOf, type MachineRecord } from './machine-record.ts';
import { wholeMachine, type MachineSettings, type NewMachine } from './machine-request.ts';
import { updateMachine, type UpdatedMachine, type UpdateParts } from './machine-update.ts';
import { afterToken, pageOf, pageSize, type Page, type PageRequest } from './page.ts';
import { machineArn, parseMachineArn, type MachineName } from './states-arn.ts';
import { withoutTags, withTags, type Tags } from './states-tags.ts';

export type ListedMachine = MachineName & Pick<MachineRecord, 'type' | 'createdAtMs'> & { readonly arn: string };

export type MachineBookParts = CreationParts & UpdateParts & { readonly deletions: Deletions };

export class MachineBook {
  readonly #parts: MachineBookParts;

  constructor(parts: MachineBookParts) {
    this.#parts = parts;
  }

  create(scope: Scope, request: NewMachine): Promise<CreatedMachine> {
    return createMachine(this.#parts, scope, request);
  }

  update(scope: Scope, arn: string, request: MachineSettings): Promise<UpdatedMachine> {
    return updateMachine(this.#parts, scope, arn, request);
  }

  /** Resolves when it is certain that it goes. One that is not there is deleted already. */
  remove(scope: Scope, arn: string): Promise<void> {
    return this.#parts.deletions.begin(wholeMachine(scope, arn));
  }

  /** A machine, one of its versions, or one of its distributed maps. */
  describe(scope: Scope, arn: string): Promise<MachineDescription> {
    return describeMachine(this.#parts.store, parseMachineArn(scope, arn));
  }

  /** By name. */
  async list(scope: Scope, request: PageRequest): Promise<Page<ListedMachine>> {
    const size = pageSize(request);
    const after = afterToken(request);
    const place = { scope, kind: MACHINE, limit: size + 1, ...(after === undefined ? {} : { after }) };
    const found = await this.#parts.store.resources.list(place);
    const machines = found.map((resource) => {
      const machine = { scope, name: resource.key.name };
      return { ...machineOf(resource), ...machine, arn: machineArn(machine) };
    });
    return pageOf(machines, size, ({ name }) => name);
  }

  async tags(scope: Scope, arn: string): Promise<Tags> {
    return (await this.#parts.store.need(wholeMachine(scope, arn))).tags;
  }

  tag(scope: Scope, arn: string, added: Tags): Promise<void> {
    return this.#changeTags(scope, arn, (tags) => withTags(tags, added, { arn, most: LIMITS.stateMachineTags }));
  }

  untag(scope: Scope, arn: string, keys: readonly string[]): Promise<void> {
    return this.#changeTags(scope, arn, (tags) => withoutTags(tags, keys));
  }

  async #changeTags(scope: Scope, arn: string, change: (tags: Tags) => Tags): Promise<void> {
    return this.#parts.store.change(wholeMachine(scope, arn), async (record) => ({
      record: { ...record, tags: change(record.tags) },
      changes: [],
      result: undefined,
    }));
  }
}
