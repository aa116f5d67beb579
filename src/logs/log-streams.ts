// Log streams: made, removed and listed.

import { LIMITS, type Clock, type Scope } from '#kernel';
import type { LogIndex, LogStreamRow } from '#store';
import { invalid, invalidToken, noSuchStream, streamExists } from './log-answers.ts';
import type { LogGroups } from './log-groups.ts';
import type { LogWriter } from './log-writer.ts';
import { listToken, parseListToken } from './page-token.ts';

export interface StreamListQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly prefix?: string;
  readonly orderBy: 'name' | 'lastEvent';
  readonly descending: boolean;
  readonly token?: string;
  readonly limit: number;
}

export interface StreamList {
  readonly streams: readonly LogStreamRow[];
  readonly nextToken: string | undefined;
}

export interface LogStreamsDependencies {
  readonly index: LogIndex;
  readonly groups: LogGroups;
  readonly writer: LogWriter;
  /** Resolves when all that was written before can be read. */
  readonly settled: () => Promise<void>;
  readonly clock: Clock;
  /** Called when chunks were let go. */
  readonly onRemoved: () => void;
}

export class LogStreams {
  readonly #dependencies: LogStreamsDependencies;

  constructor(dependencies: LogStreamsDependencies) {
    this.#dependencies = dependencies;
  }

  async create(scope: Scope, group: string, stream: string): Promise<void> {
    const { index, groups, writer, clock } = this.#dependencies;
    await writer.exclusively(async () => {
      await groups.need(scope, group);
      if (!(await index.createStream(scope, group, stream, clock.now()))) throw streamExists();
    });
  }

  async remove(scope: Scope, group: string, stream: string): Promise<void> {
    const { index, groups, writer, onRemoved } = this.#dependencies;
    await writer.exclusively(async () => {
      await groups.need(scope, group);
      if (!(await index.removeStream(scope, group, stream))) throw noSuchStream();
    });
    onRemoved();
  }

  async need(scope: Scope, group: string, stream: string): Promise<LogStreamRow> {
    const row = await this.#dependencies.index.stream(scope, group, stream);
    if (row === undefined) throw noSuchStream();
    return row;
  }

  async list({ scope, group, token, limit, ...query }: StreamListQuery): Promise<StreamList> {
    if (query.orderBy === 'lastEvent' && query.prefix !== undefined) {
      throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
    }
    const { index, groups, settled } = this.#dependencies;
    await settled();
    await groups.need(scope, group);
    const offset = token === undefined ? 0 : parseOffset(token);
    const size = Math.min(limit, LIMITS.logStreamsPerPage);
    const rows = await index.streams({ scope, group, ...query, offset, limit: size + 1 });
    return { streams: rows.slice(0, size), nextToken: rows.length > size ? listToken(String(offset + size)) : undefined };
  }
}

function parseOffset(token: string): number {
  const offset = Number(parseListToken(token));
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalidToken();
  return offset;
}
