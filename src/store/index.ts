// store: the one room that knows disks and databases. Everybody else sees the ports below.

export type { Json, Store, Topic, Unsubscribe } from './store.ts';
export type {
  CommitOutcome,
  Expectation,
  Resource,
  ResourceChange,
  ResourceKey,
  ResourceQuery,
  ResourceStore,
} from './resources.ts';
export type { ClaimedDelivery, ClaimRequest, DeliveryClaim, DeliveryQueue, NewDelivery } from './deliveries.ts';
export type {
  BlobSpan,
  BucketRef,
  BucketRow,
  ObjectCondition,
  ObjectEntry,
  ObjectIndex,
  ObjectPage,
  ObjectQuery,
  PutOutcome,
  RemoveOutcome,
  Upload,
  UploadPart,
  UploadRef,
} from './object-index.ts';
export type { ClaimedTimer, NewTimer, TimerChange, TimerClaim, TimerFiring, TimerKey, TimerQueue } from './timers.ts';
export type {
  ExpiryStep,
  MessageCounts,
  MessageStore,
  MoveOutcome,
  NewMessage,
  QueueRow,
  QueueSettings,
  Receipt,
  ReceivedMessage,
  ReceiveOutcome,
  RemovalOutcome,
  SentMessage,
  VisibilityChange,
  VisibilityOutcome,
} from './messages.ts';
export type { Publication, PublicationOutcome, PublicationRequest, PublicationResult, PublicationStore } from './publications.ts';
export type {
  BeginOutcome,
  JournalCallback,
  JournalEntries,
  JournalKey,
  JournalKind,
  JournalQuery,
  JournalRow,
  JournalStep,
  JournalStore,
  JournalTimer,
  NewJournal,
  OpenJournal,
} from './journals.ts';
export type { UsageTotal, UsageTotals } from './usage.ts';
export type { ChunkQuery, ChunkTimeQuery, IndexedLogChunk, LogChunk, LogIndex, LogStreamRow } from './log-index.ts';
export type { LogSubscription, LogSubscriptionKey } from './log-subscriptions.ts';
export type { ArchivedEvent, ArchivePosition, ArchiveQuery, EventArchives, NewArchivedEvent } from './archives.ts';
export type { Blobs, BlobWriter } from './blobs.ts';
export type { SegmentPosition, Segments } from './segments.ts';
export { StoreFailure } from './store-failure.ts';
export type { StoreFailureKind } from './store-failure.ts';
export { openSqliteStore } from './sqlite/sqlite-store.ts';
export type { SqliteStoreOptions } from './sqlite/sqlite-store.ts';
export { openLocalBlobs } from './blobs/local-blobs.ts';
export type { LocalBlobs } from './blobs/local-blobs.ts';
export { openLocalSegments } from './segments/local-segments.ts';
export type { LocalSegmentsOptions } from './segments/local-segments.ts';
export { decodeFrames, encodeFrame, readFrames } from './segments/frames.ts';
export type { Frame, FrameQuery } from './segments/frames.ts';
