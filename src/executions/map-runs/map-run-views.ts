// What callers see of map runs: always what the journal says.

import type { Scope } from '#kernel';
import type { JournalRow, JournalStore } from '#store';
import { afterToken, pageOf, pageSize } from '../machines/page.ts';
import { countsOf } from './map-run-head.ts';
import type { MapRunHead } from './map-run-head.ts';
import type { MapRunAttributes } from './map-run-plan.ts';
import type { MapRunDescription, MapRunListItem, MapRunPage, MapRunQuery, MapRunStatus } from './map-run-requests.ts';

type Journals = Pick<JournalStore, 'head' | 'list'>;

export async function findMapRun(journals: Journals, scope: Scope, mapRunArn: string): Promise<JournalRow | undefined> {
  const [row] = await journals.list({ scope, kind: 'map-run', of: { group: mapRunArn }, order: 'oldest', limit: 1 });
  return row;
}

export async function headOf(journals: Journals, row: JournalRow): Promise<MapRunHead | undefined> {
  const text = await journals.head(row.number);
  if (text === undefined) return undefined;
  const head: MapRunHead = JSON.parse(text);
  return head;
}

export async function describeMapRun(journals: Journals, row: JournalRow): Promise<MapRunDescription | undefined> {
  const head = await headOf(journals, row);
  if (head === undefined) return undefined;
  const { executions, items } = attributesOf(row);
  return {
    ...listItem(row),
    status: row.status as MapRunStatus,
    maxConcurrency: head.maxConcurrency,
    toleratedFailureCount: head.toleratedFailureCount,
    toleratedFailurePercentage: head.toleratedFailurePercentage,
    executionCounts: countsOf(head.executions, executions),
    itemCounts: countsOf(head.items, items),
    redriveCount: head.redrive?.count ?? 0,
    redrivenAtMs: head.redrive?.atMs,
  };
}

/** The newest first. */
export async function listMapRuns(journals: Journals, query: MapRunQuery): Promise<MapRunPage> {
  const { scope, executionArn } = query;
  const size = pageSize(query);
  const after = afterToken(query)?.split('/').map(Number);
  const found = await journals.list({
    scope,
    kind: 'map-run',
    of: { owner: executionArn },
    order: 'newest',
    limit: size + 1,
    ...(after === undefined ? {} : { after: { startedAtMs: after[0] ?? 0, number: after[1] ?? 0 } }),
  });
  const page = pageOf(found, size, ({ startedAtMs, number }) => `${startedAtMs}/${number}`);
  return { items: page.items.map(listItem), nextToken: page.nextToken };
}

function listItem(row: JournalRow): MapRunListItem {
  return {
    mapRunArn: row.name,
    executionArn: row.owner,
    stateMachineArn: attributesOf(row).stateMachineArn,
    startedAtMs: row.startedAtMs,
    stoppedAtMs: row.endedAtMs,
  };
}

function attributesOf(row: JournalRow): MapRunAttributes {
  return row.attributes as MapRunAttributes;
}
