// Versions: numbered revisions of a machine that stay. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html

import { LIMITS, type Clock, type Scope } from '#kernel';
import { conflict, invalidArn, invalidPageToken, noSuchMachine, tooManyVersions } from './machine-answers.ts';
import { aliasOf, lastPart, put, versionKey, type MachineRecord, type VersionRecord } from './machine-record.ts';
import { wholeMachine } from './machine-request.ts';
import type { MachineStore } from './machine-store.ts';
import { afterToken, pageOf, pageSize, type Page, type PageRequest } from './page.ts';
import type { Revisions } from './revisions.ts';
import { machineArn, parseMachineArn, versionArn } from './states-arn.ts';

export type PublishedVersion = { readonly arn: string; readonly createdAtMs: number };

export type PublishRequest = { readonly revisionId?: string | undefined; readonly description?: string | undefined };

export type VersionBookParts = { readonly store: MachineStore; readonly revisions: Revisions; readonly clock: Clock };

/** What callers name the first revision by, which has no id that is shown. */
const FIRST_REVISION = 'INITIAL';

export class VersionBook {
  readonly #parts: VersionBookParts;

  constructor(parts: VersionBookParts) {
    this.#parts = parts;
  }

  /** Of the current revision; where there is a version of it already, that one. */
  async publish(scope: Scope, arn: string, request: PublishRequest): Promise<PublishedVersion> {
    const machine = wholeMachine(scope, arn);
    const { store, clock } = this.#parts;
    return store.change(machine, async (record) => {
      const revision = await store.revision(machine, record.revisionId);
      if (revision === undefined) throw noSuchMachine(machineArn(machine));
      const shown = revision.isFirst ? FIRST_REVISION : record.revisionId;
      if (request.revisionId !== undefined && request.revisionId !== shown)
        throw conflict(
          `Failed to publish the State Machine version for revision ${request.revisionId}. The current State Machine revision is ${shown}.`,
        );
      const versions = await store.versions(machine);
      const published = versions.find(({ revisionId }) => revisionId === record.revisionId);
      if (published !== undefined)
        return { result: { arn: versionArn(machine, published.number), createdAtMs: published.createdAtMs } };
      if (versions.length >= LIMITS.stateMachineVersions) throw tooManyVersions();
      const number = record.lastVersion + 1;
      const createdAtMs = clock.now();
      const version: VersionRecord = { revisionId: record.revisionId, description: request.description ?? null, createdAtMs };
      return {
        record: { ...record, lastVersion: number },
        changes: [put(versionKey(machine, number), 'absent', version)],
        result: { arn: versionArn(machine, number), createdAtMs },
      };
    });
  }

  /** The newest first. */
  async list(scope: Scope, arn: string, request: PageRequest): Promise<Page<PublishedVersion>> {
    const machine = wholeMachine(scope, arn);
    // Of the errors of this operation, the one for a machine that is not there.
    if ((await this.#parts.store.head(machine)) === undefined) throw invalidArn(arn);
    const before = numberAfter(request);
    const versions = (await this.#parts.store.versions(machine)).toReversed().filter(({ number }) => number < before);
    const page = pageOf(versions, pageSize(request), ({ number }) => String(number));
    return {
      ...page,
      items: page.items.map(({ number, createdAtMs }) => ({ arn: versionArn(machine, number), createdAtMs })),
    };
  }

  /** One that is not there is deleted already. Executions of it go on. */
  async remove(scope: Scope, arn: string): Promise<void> {
    const { store, revisions, clock } = this.#parts;
    const reference = parseMachineArn(scope, arn);
    const { qualifier } = reference;
    if (qualifier.kind !== 'version') throw invalidArn(`${arn} is not the ARN of a version`);
    const plan = async (record: MachineRecord) => {
      const key = versionKey(reference, qualifier.number);
      const found = (await store.versions(reference)).find(({ number }) => number === qualifier.number);
      if (found === undefined) return { result: undefined };
      const aliases = (await store.aliases(reference)).filter((alias) =>
        aliasOf(alias).routes.some(({ version }) => version === qualifier.number),
      );
      if (aliases.length > 0)
        throw conflict(
          `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${aliases.map(lastPart).join(', ')}]`,
        );
      const revision = await store.revision(reference, found.revisionId);
      const isCurrent = found.revisionId === record.revisionId;
      return {
        record,
        changes: [
          { key, expect: 'present', change: 'remove' } as const,
          ...(isCurrent || revision === undefined
            ? []
            : [revisions.release(reference, found.revisionId, { fromMs: revision.createdAtMs, untilMs: clock.now() })]),
        ],
        result: undefined,
      };
    };
    await store.change(reference, plan, { evenDeleting: true, whenGone: () => undefined });
  }
}

/** The number that the page before ended with. */
function numberAfter(request: PageRequest): number {
  const after = afterToken(request);
  if (after !== undefined && !/^[1-9]\d*$/.test(after)) throw invalidPageToken();
  return Number(after ?? Infinity);
}
