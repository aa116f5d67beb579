// Archives of events: what a bus keeps so that it can be sent again. Events only come and, when they are too old, go.

import type { NewDelivery } from './deliveries.ts';

export interface NewArchivedEvent {
  /** Unique for ever: an archive that was deleted and made again is another. */
  readonly archive: string;
  readonly timeMs: number;
  readonly event: Uint8Array;
}

/** Where an event stands among those of its archive. */
export interface ArchivePosition {
  readonly timeMs: number;
  readonly sequence: number;
}

export interface ArchivedEvent extends ArchivePosition {
  readonly event: Uint8Array;
}

export interface ArchiveQuery {
  readonly archive: string;
  readonly fromMs: number;
  /** Before this time. */
  readonly untilMs: number;
  /** Those behind it; the last of the page before. */
  readonly after?: ArchivePosition | undefined;
  readonly limit: number;
}

export interface EventArchives {
  /** The events and the deliveries that they cause, in one step. */
  accept(events: readonly NewArchivedEvent[], deliveries: readonly NewDelivery[]): Promise<void>;
  /** In the order of their times. At most `limit`, and fewer when they are large: only an empty page is the last. */
  page(query: ArchiveQuery): Promise<readonly ArchivedEvent[]>;
  totals(archive: string): Promise<{ readonly events: number; readonly bytes: number }>;
  /** Forgets at most `limit` events before a time; the number of them. */
  removeSome(archive: string, beforeMs: number, limit: number): Promise<number>;
}
