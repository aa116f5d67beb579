// Instance keys that were retired lately, so that a call which was resolved just before leaves no instance behind.
// Owns: a bounded list; the oldest entry is forgotten first. What is forgotten costs an idle instance that expires, no more.

const REMEMBERED_MAX = 4096;

export class RetiredKeys {
  readonly #keys = new Set<string>();

  add(instanceKey: string): void {
    this.#keys.add(instanceKey);
    if (this.#keys.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      return;
    }
  }

  has(instanceKey: string): boolean {
    return this.#keys.has(instanceKey);
  }
}
