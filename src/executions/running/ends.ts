// Notices of the ends of executions, within this process: whoever waits for one is told without anybody looking.

import type { Outcome } from '#workflows';

export type EndNotice = { readonly startedAtMs: number; readonly endedAtMs: number; readonly outcome: Outcome };
type Listener = (end: EndNotice) => void;
type Follower = (executionArn: string, end: EndNotice) => void;

export class Ends {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #followers = new Set<Follower>();

  listen(executionArn: string, listener: Listener): () => void {
    let those = this.#listeners.get(executionArn);
    if (those === undefined) {
      those = new Set();
      this.#listeners.set(executionArn, those);
    }
    those.add(listener);
    return () => {
      if (those.delete(listener) && those.size === 0 && this.#listeners.get(executionArn) === those)
        this.#listeners.delete(executionArn);
    };
  }

  /** Of every execution, from now on. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  tell(executionArn: string, end: EndNotice): void {
    for (const follower of this.#followers) follower(executionArn, end);
    const those = this.#listeners.get(executionArn);
    if (those === undefined) return;
    this.#listeners.delete(executionArn);
    for (const listener of those) listener(end);
  }
}
