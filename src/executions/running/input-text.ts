// The input of an execution, as its caller wrote it.

import type { JournalRow, JournalStore } from '#store';
import { attributesIn, INPUT_RECORD } from './execution-record.ts';

export async function inputTextOf(journals: Pick<JournalStore, 'records'>, row: JournalRow): Promise<string> {
  const { input } = attributesIn(row);
  if (input !== undefined) return input;
  const [record] = await journals.records(row.number, { prefix: INPUT_RECORD, limit: 1 });
  return record?.body ?? '{}';
}
