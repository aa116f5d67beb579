// The ends of executions as they happen, a line of JSON each: for whoever follows many of them, without a question for each.
//
// Owns: the lines of a turn.
// Never: keeps what a slow follower does not take: its connection is cut, and it looks for what it has missed.

import type { ServerResponse } from 'node:http';
import { ApiError, LIMITS } from '#kernel';

/** How one execution ended; times in milliseconds since 1970. */
export interface EndedExecution {
  readonly executionArn: string;
  readonly status: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Tells of each until what it answers is called. */
export type FollowEnds = (follower: (end: EndedExecution) => void) => () => void;

export class EndStreams {
  readonly #follow: FollowEnds;
  #followers = 0;

  constructor(follow: FollowEnds) {
    this.#follow = follow;
  }

  /** The response is its own from here on; it ends with its client, or when the gateway closes. */
  open(response: ServerResponse, closing: AbortSignal): void {
    if (this.#followers >= LIMITS.executionFollowers)
      throw new ApiError(
        'TooManyRequestsException',
        `${LIMITS.executionFollowers} connections follow the ends of executions already. End one of them.`,
      );
    this.#followers++;
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.flushHeaders();
    let lines = '';
    const flush = () => {
      // It may have ended since its lines were gathered.
      if (lines === '' || !response.writable) return;
      response.write(lines);
      lines = '';
      if (response.writableLength > LIMITS.followerBytes) response.destroy();
    };
    const unfollow = this.#follow((end) => {
      if (lines === '') setImmediate(flush);
      lines += `${JSON.stringify(end)}\n`;
    });
    const over = () => {
      unfollow();
      flush();
      response.end();
    };
    closing.addEventListener('abort', over, { once: true });
    response.once('close', () => {
      unfollow();
      this.#followers--;
      closing.removeEventListener('abort', over);
    });
  }
}
