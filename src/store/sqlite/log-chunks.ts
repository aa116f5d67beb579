// Pages of log chunks in SQLite. Chunks of removed streams have no row in `log_streams` any more, so the join hides them until
// they are swept.

import { LIMITS, type Scope } from '#kernel';
import type { ChunkQuery, ChunkTimeQuery, IndexedLogChunk } from '../log-index.ts';
import type { Connection } from './connection.ts';
import { afterAllWith, checkedLimit, checkedText, scopeText } from './keys.ts';

interface Row {
  readonly sequence: number;
  readonly name: string;
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly events: number;
  readonly first_timestamp_ms: number;
  readonly last_timestamp_ms: number;
  readonly ingested_at_ms: number;
}

/** The group by which both queries search, or the one stream of it. */
type Place = Pick<ChunkQuery, 'scope' | 'group' | 'streams' | 'streamPrefix'>;
type Values = Readonly<Record<string, string | number | Uint8Array>>;

export function chunksBySequence(connection: Connection, query: ChunkQuery): readonly IndexedLogChunk[] {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, afterSequence = 0 } = query;
  const rows = connection.allNamed<Row>(
    `${selectChunks(query, isOneStream(query) ? 'log_chunks_by_stream' : 'log_chunks_by_group')}
      AND sequence > :after AND chunks.last_timestamp_ms >= :from AND chunks.first_timestamp_ms < :to
      ORDER BY sequence LIMIT :limit`,
    { ...placeValues(query), after: afterSequence, from: fromMs, to: toMs, limit: checkedLimit(query.limit) },
  );
  return rows.map((row) => chunkOf(query.scope, query.group, row));
}

/**
 * A chunk spans at most `logChunkSpanMs`, so whatever overlaps [from, to) begins after `from` less the span, and ends before `to`
 * and the span: both orders are one seek and a walk along an index.
 */
export function chunksByTime(connection: Connection, query: ChunkTimeQuery): readonly IndexedLogChunk[] {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = query;
  const isOldest = query.order === 'oldest';
  const column = isOldest ? 'chunks.first_timestamp_ms' : 'chunks.last_timestamp_ms';
  const index = `log_chunks_by_${isOneStream(query) ? 'stream' : 'group'}_${isOldest ? 'first' : 'last'}`;
  const after = query.after ?? (isOldest ? { timestampMs: fromMs - LIMITS.logChunkSpanMs, sequence: 0 } : beyond(toMs));
  const rows = connection.allNamed<Row>(
    `${selectChunks(query, index)}
      AND (${column}, sequence) ${isOldest ? '>' : '<'} (:afterTimestamp, :afterSequence)
      AND chunks.last_timestamp_ms >= :from AND chunks.first_timestamp_ms < :to
      ORDER BY ${column} ${isOldest ? 'ASC' : 'DESC'}, sequence ${isOldest ? 'ASC' : 'DESC'} LIMIT :limit`,
    {
      ...placeValues(query),
      afterTimestamp: after.timestampMs,
      afterSequence: after.sequence,
      from: fromMs,
      to: toMs,
      limit: checkedLimit(query.limit),
    },
  );
  return rows.map((row) => chunkOf(query.scope, query.group, row));
}

function beyond(toMs: number): { readonly timestampMs: number; readonly sequence: number } {
  return { timestampMs: Math.min(toMs + LIMITS.logChunkSpanMs, Number.MAX_SAFE_INTEGER), sequence: Number.MAX_SAFE_INTEGER };
}

function isOneStream({ streams }: Place): boolean {
  return streams?.length === 1;
}

/** INDEXED BY, since without statistics the planner prefers whichever index it met first. */
function selectChunks(place: Place, index: string): string {
  const where = isOneStream(place)
    ? 'chunks.stream = (SELECT id FROM log_streams WHERE scope = :scope AND log_group = :group AND stream = :streams)'
    : `chunks.scope = :scope AND chunks.log_group = :group
        ${place.streams === undefined ? '' : 'AND streams.stream IN (SELECT value FROM json_each(:streams))'}`;
  return `SELECT sequence, streams.stream AS name, segment, offset, bytes, events,
        chunks.first_timestamp_ms, chunks.last_timestamp_ms, ingested_at_ms
      FROM log_chunks AS chunks INDEXED BY ${index} CROSS JOIN log_streams AS streams ON streams.id = chunks.stream
      WHERE ${where} AND streams.stream >= :prefix AND streams.stream < CAST(:prefixEnd AS TEXT)`;
}

function placeValues({ scope, group, streams, streamPrefix = '' }: Place): Values {
  const values = {
    scope: scopeText(scope),
    group: checkedText(group),
    prefix: checkedText(streamPrefix),
    prefixEnd: afterAllWith(streamPrefix),
  };
  if (streams === undefined) return values;
  const [stream] = streams;
  return { ...values, streams: streams.length === 1 && stream !== undefined ? checkedText(stream) : JSON.stringify(streams) };
}

function chunkOf(scope: Scope, group: string, row: Row): IndexedLogChunk {
  return {
    sequence: row.sequence,
    scope,
    group,
    stream: row.name,
    segment: row.segment,
    offset: row.offset,
    bytes: row.bytes,
    events: row.events,
    firstTimestampMs: row.first_timestamp_ms,
    lastTimestampMs: row.last_timestamp_ms,
    ingestedAtMs: row.ingested_at_ms,
  };
}
