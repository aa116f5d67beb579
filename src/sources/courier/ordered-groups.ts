// Strict order where a target keeps one: entries of one message group go one after the other, and when one must wait, so do those behind it.
// Owns: the last entry under way of each group.

export type Turn = 'done' | 'waits';

export class OrderedGroups {
  readonly #last = new Map<string, Promise<Turn>>();

  /** Runs `work` when everything before it in the group is done. False, without running it, when something before it must wait. */
  async after(group: string, work: () => Promise<Turn>): Promise<boolean> {
    const before = this.#last.get(group) ?? Promise.resolve('done' as const);
    let hasRun = false;
    const turn = before.then((earlier): Turn | Promise<Turn> => {
      if (earlier === 'waits') return 'waits';
      hasRun = true;
      return work();
    });
    // What threw was not sent, as far as anybody knows.
    const settled = turn.catch((): Turn => 'waits');
    this.#last.set(group, settled);
    try {
      await turn;
      return hasRun;
    } finally {
      if (this.#last.get(group) === settled) this.#last.delete(group);
    }
  }
}
