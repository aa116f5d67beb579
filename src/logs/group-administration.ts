// What is done to log groups: made, removed, listed, and their settings changed.

import { LIMITS, type Scope } from '#kernel';
import type { LogIndex } from '#store';
import { checkTags, withoutTags, withTags, type Tags } from './group-tags.ts';
import { groupIsProtected, invalid } from './log-answers.ts';
import type { LogGroup, LogGroups, NewLogGroup } from './log-groups.ts';
import { checkGroupName, checkNewGroupName, groupArn } from './log-names.ts';
import { RETENTION_DAYS, type LogRetention } from './log-retention.ts';
import type { LogWriter } from './log-writer.ts';
import { listToken, parseListToken } from './page-token.ts';

export interface GroupListQuery {
  readonly scope: Scope;
  readonly prefix?: string;
  readonly matches?: (name: string) => boolean;
  readonly token?: string;
  readonly limit: number;
}

export interface GroupList {
  readonly groups: readonly LogGroup[];
  readonly nextToken: string | undefined;
}

/** Names that one page looks at, so that a pattern that matches none does not read all groups at once. */
const LOOKED_AT = 1000;

export interface GroupAdministrationDependencies {
  readonly index: LogIndex;
  readonly groups: LogGroups;
  readonly writer: LogWriter;
  readonly retention: LogRetention;
}

export class GroupAdministration {
  readonly #dependencies: GroupAdministrationDependencies;

  constructor(dependencies: GroupAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  async create(scope: Scope, name: string, { tags = {}, ...settings }: NewLogGroup): Promise<void> {
    checkNewGroupName(name);
    await this.#dependencies.groups.create(scope, name, {
      ...settings,
      tags: withTags({}, checkTags(tags), groupArn(scope, name)),
    });
  }

  async remove(scope: Scope, name: string): Promise<void> {
    const { index, groups, writer, retention } = this.#dependencies;
    await writer.exclusively(async () => {
      const group = await groups.need(scope, name);
      if (group.isProtected) throw groupIsProtected();
      // Whatever happens between the two steps, no event of this group can turn up in a later one of its name.
      await index.removeGroup(scope, name);
      await groups.remove(scope, name);
    });
    retention.wake();
  }

  need(scope: Scope, name: string): Promise<LogGroup> {
    return this.#dependencies.groups.need(scope, checkGroupName(name));
  }

  /** By name. A page may be short, or empty, and still have a token. */
  async list({ scope, prefix = '', matches = () => true, token, limit }: GroupListQuery): Promise<GroupList> {
    let after = token === undefined ? undefined : parseListToken(token);
    const found: LogGroup[] = [];
    for (let lookedAt = 0; lookedAt < LOOKED_AT; lookedAt += LIMITS.logGroupsPerPage) {
      const groups = await this.#dependencies.groups.page(scope, {
        prefix,
        limit: LIMITS.logGroupsPerPage,
        ...(after === undefined ? {} : { after }),
      });
      for (const group of groups) {
        if (!matches(group.name)) continue;
        if (found.length === limit) return { groups: found, nextToken: listToken(found.at(-1)?.name ?? '') };
        found.push(group);
      }
      if (groups.length < LIMITS.logGroupsPerPage) return { groups: found, nextToken: undefined };
      after = groups.at(-1)?.name;
    }
    return { groups: found, nextToken: after === undefined ? undefined : listToken(after) };
  }

  /** As they stand in the segments, compressed; what is past its retention no longer counts once it is removed. */
  storedBytes(scope: Scope, name: string): Promise<number> {
    return this.#dependencies.index.storedBytes(scope, name);
  }

  /** Undefined: for ever. */
  async setRetention(scope: Scope, name: string, days: number | undefined): Promise<void> {
    checkGroupName(name);
    if (days !== undefined && !RETENTION_DAYS.includes(days)) {
      throw invalid(`Retention in days must be one of ${RETENTION_DAYS.join(', ')}; it is ${days}.`);
    }
    await this.#dependencies.groups.change(scope, name, () => ({ retentionInDays: days }));
    if (days !== undefined) this.#dependencies.retention.wake();
  }

  async setProtection(scope: Scope, name: string, isProtected: boolean): Promise<void> {
    await this.#dependencies.groups.change(scope, checkGroupName(name), () => ({ isProtected }));
  }

  async tag(scope: Scope, name: string, tags: Tags): Promise<void> {
    checkTags(tags);
    const arn = groupArn(scope, checkGroupName(name));
    await this.#dependencies.groups.change(scope, name, (group) => ({ tags: withTags(group.tags, tags, arn) }));
  }

  async untag(scope: Scope, name: string, keys: readonly string[]): Promise<void> {
    await this.#dependencies.groups.change(scope, checkGroupName(name), (group) => ({ tags: withoutTags(group.tags, keys) }));
  }
}
