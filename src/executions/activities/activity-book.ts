// Activities: names that tasks are handed out under. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html

import { ApiError, LIMITS, type Clock, type Scope } from '#kernel';
import type { Json, Resource, ResourceKey, ResourceStore } from '#store';
import type { JsonObject } from '#workflows';
import { invalidArn, noSuchActivity } from '../machines/machine-answers.ts';
import { checkEncryption, type EncryptionConfiguration } from '../machines/machine-settings.ts';
import { afterToken, pageOf, pageSize, type Page, type PageRequest } from '../machines/page.ts';
import { ResourceCount } from '../machines/resource-count.ts';
import { activityArn, parseStatesArn } from '../machines/states-arn.ts';
import { checkStatesName } from '../machines/states-names.ts';
import { Turns } from '../machines/turns.ts';
import { withoutTags, withTags, type Tags } from '../machines/states-tags.ts';

export type Activity = {
  readonly arn: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly encryption: JsonObject;
  readonly tags: Tags;
};

export type NewActivity = {
  readonly name: string;
  readonly tags: Tags;
  readonly encryption: EncryptionConfiguration | undefined;
};

type ActivityRecord = Pick<Activity, 'createdAtMs' | 'encryption' | 'tags'>;

const KIND = 'activity';
/** Each attempt lost means that another process's change was made. */
const ATTEMPTS = 8;

export class ActivityBook {
  readonly #resources: ResourceStore;
  readonly #clock: Clock;
  readonly #count: ResourceCount;
  readonly #turns = new Turns();

  constructor({ resources, clock }: { readonly resources: ResourceStore; readonly clock: Clock }) {
    this.#resources = resources;
    this.#clock = clock;
    this.#count = new ResourceCount(resources, KIND);
  }

  /** One of that name is answered as it is; its tags stay what they were, as AWS has it. */
  async create(scope: Scope, { name, tags, encryption = { type: 'AWS_OWNED_KEY' } }: NewActivity): Promise<Activity> {
    checkStatesName(name);
    const key = keyOf(scope, name);
    const record: ActivityRecord = {
      createdAtMs: this.#clock.now(),
      encryption: checkEncryption(encryption),
      tags: withTags({}, tags, { arn: activityArn(scope, name), most: LIMITS.activityTags }),
    };
    const known = await this.#resources.get(key);
    if (known !== undefined) return activityOf(known);
    if ((await this.#count.of(scope)) >= LIMITS.activities)
      throw new ApiError('ActivityLimitExceeded', `An account has at most ${LIMITS.activities} activities.`);
    const outcome = await this.#resources.commit([{ key, expect: 'absent', change: { put: record satisfies Json } }]);
    if (outcome.kind === 'committed') this.#count.added(scope);
    else if (outcome.found !== undefined) return activityOf(outcome.found);
    return { ...record, name, arn: activityArn(scope, name) };
  }

  async need(scope: Scope, arn: string): Promise<Activity> {
    const found = await this.#resources.get(keyOf(scope, activityName(scope, arn)));
    if (found === undefined) throw noSuchActivity(arn);
    return activityOf(found);
  }

  /** One that is not there is deleted already. Tasks that wait for its workers wait until they time out. */
  async remove(scope: Scope, arn: string): Promise<void> {
    const key = keyOf(scope, activityName(scope, arn));
    const outcome = await this.#resources.commit([{ key, expect: 'present', change: 'remove' }]);
    if (outcome.kind === 'committed') this.#count.removed(scope);
  }

  /** By name. */
  async list(scope: Scope, request: PageRequest): Promise<Page<Activity>> {
    const size = pageSize(request);
    const after = afterToken(request);
    const place = { scope, kind: KIND, limit: size + 1, ...(after === undefined ? {} : { after }) };
    return pageOf((await this.#resources.list(place)).map(activityOf), size, ({ name }) => name);
  }

  tag(scope: Scope, arn: string, added: Tags): Promise<void> {
    return this.#changeTags(scope, arn, (tags) => withTags(tags, added, { arn, most: LIMITS.activityTags }));
  }

  untag(scope: Scope, arn: string, keys: readonly string[]): Promise<void> {
    return this.#changeTags(scope, arn, (tags) => withoutTags(tags, keys));
  }

  async #changeTags(scope: Scope, arn: string, change: (tags: Tags) => Tags): Promise<void> {
    const key = keyOf(scope, activityName(scope, arn));
    return this.#turns.take(arn, () => this.#changeTagsOf(key, arn, change));
  }

  async #changeTagsOf(key: ResourceKey, arn: string, change: (tags: Tags) => Tags): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.#resources.get(key);
      if (found === undefined) throw noSuchActivity(arn);
      const record = recordOf(found);
      const body: ActivityRecord = { ...record, tags: change(record.tags) };
      const outcome = await this.#resources.commit([{ key, expect: { revision: found.revision }, change: { put: body } }]);
      if (outcome.kind === 'committed') return;
    }
    throw new ApiError('ConflictException', `Activity ${arn} was changed by another request at the same time. Try again.`);
  }
}

/** Throws InvalidArn, and ActivityDoesNotExist for another account's or region's. */
export function activityName(scope: Scope, arn: string): string {
  const { kind, rest } = parseStatesArn(arn);
  const [name] = rest;
  if (kind !== 'activity') throw invalidArn(`Resource type not valid in this context: ${kind}`);
  if (name === undefined || rest.length > 1) throw invalidArn(arn);
  if (arn !== activityArn(scope, name)) throw noSuchActivity(arn);
  return name;
}

function keyOf(scope: Scope, name: string): ResourceKey {
  return { scope, kind: KIND, name };
}

function recordOf({ body }: Resource): ActivityRecord {
  // Written by this file alone.
  return body as unknown as ActivityRecord;
}

function activityOf(resource: Resource): Activity {
  const { scope, name } = resource.key;
  return { ...recordOf(resource), name, arn: activityArn(scope, name) };
}
