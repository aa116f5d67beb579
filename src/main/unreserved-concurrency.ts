// What the account has left for functions without a reservation: the registry's figure, at hand for the pool, which cannot wait for it.
// Owns: the last figure that was read.
// I1: it is read again after every change; a late notice lets an old limit stand a moment longer, and nothing else.

import type { Log, Scope } from '#kernel';
import type { Registry } from '#registry';
import type { Store } from '#store';

export interface UnreservedConcurrency {
  (): number;
  close(): void;
}

export interface UnreservedConcurrencyParts {
  readonly registry: Pick<Registry, 'unreservedConcurrency'>;
  readonly store: Pick<Store, 'changed'>;
  readonly scope: Scope;
  readonly log: Log;
}

export async function watchUnreservedConcurrency({
  registry,
  store,
  scope,
  log,
}: UnreservedConcurrencyParts): Promise<UnreservedConcurrency> {
  let current = await read();
  const stop = store.changed('resources', () => {
    read().then(
      (value) => (current = value),
      (error: unknown) => log.write('warn', 'concurrency.not-read', { error }),
    );
  });
  return Object.assign(() => current, { close: stop });

  async function read(): Promise<number> {
    return registry.unreservedConcurrency(scope);
  }
}
