// An archive of a bus as it is kept; its events are in the store's archives, under `place`.

import type { ResourceStore } from '#store';
import { Records } from './records.ts';

export interface ArchiveRecord {
  readonly bus: string;
  /** Unique for ever: an archive that is made again is not the one that was deleted. */
  readonly place: string;
  readonly createdAtMs: number;
  readonly pattern?: string | undefined;
  /** 0: for ever. */
  readonly retentionDays: number;
  readonly description?: string | undefined;
}

export class ArchiveRecords extends Records<ArchiveRecord> {
  constructor(resources: ResourceStore) {
    super(resources, 'event-archive');
  }
}
