// Lists of pipes, page by page, by their names.

import type { Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { Resource, ResourceStore } from '#store';
import { invalid } from './pipe-answers.ts';
import type { PipeRecord } from './pipe-record.ts';
import { PIPE, pipeOf, stateOf } from './pipe-record.ts';

export interface PipeQuery {
  readonly NamePrefix?: string | undefined;
  readonly DesiredState?: string | undefined;
  readonly CurrentState?: string | undefined;
  readonly SourcePrefix?: string | undefined;
  readonly TargetPrefix?: string | undefined;
  readonly Limit?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface PipePage {
  readonly pipes: readonly PipeRecord[];
  readonly nextToken: string | undefined;
}

interface Walk {
  readonly scope: Scope;
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
}

export async function listPipes(resources: ResourceStore, scope: Scope, query: PipeQuery): Promise<PipePage> {
  const { Limit: limit = LIMITS.pipesPerPage, NextToken: token, NamePrefix: prefix } = query;
  const pipes: PipeRecord[] = [];
  for await (const found of pipesOf(resources, { scope, prefix, after: token === undefined ? undefined : nameIn(token) })) {
    const { record } = pipeOf(found);
    if (!fits(record, query)) continue;
    const last = pipes.at(-1);
    if (pipes.length === limit && last !== undefined) return { pipes, nextToken: tokenOf(last.name) };
    pipes.push(record);
  }
  return { pipes, nextToken: undefined };
}

/** Holds no more than a page at once. */
export async function* pipesOf(resources: ResourceStore, { scope, prefix, after }: Walk): AsyncGenerator<Resource> {
  for (let from = after; ;) {
    const page = await resources.list({
      scope,
      kind: PIPE,
      limit: LIMITS.pipesPerPage,
      ...(prefix === undefined ? {} : { prefix }),
      ...(from === undefined ? {} : { after: from }),
    });
    yield* page;
    if (page.length < LIMITS.pipesPerPage) return;
    from = page.at(-1)?.key.name;
  }
}

function fits(record: PipeRecord, { DesiredState, CurrentState, SourcePrefix = '', TargetPrefix = '' }: PipeQuery): boolean {
  if (DesiredState !== undefined && record.desired !== DesiredState) return false;
  if (CurrentState !== undefined && stateOf(record) !== CurrentState) return false;
  return record.source.startsWith(SourcePrefix) && record.target.startsWith(TargetPrefix);
}

const tokenOf = (name: string) => Buffer.from(`after:${name}`).toString('base64url');

function nameIn(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw invalid('Invalid NextToken. Pass the one of the page before, as it was.');
  return text.slice('after:'.length);
}
