// A ResourceStore in memory, for unit tests of rooms that keep documents: the same promises, no disk.

import type { Json, Resource, ResourceKey, ResourceStore } from '../../src/store/index.ts';

const idOf = ({ scope, kind, name }: ResourceKey) => `${scope.account}/${scope.region}/${kind}\n${name}`;
const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

export function memoryResources(): ResourceStore & { readonly size: () => number } {
  const rows = new Map<string, Resource>();
  let revision = 0;
  return {
    size: () => rows.size,
    async get(key) {
      return rows.get(idOf(key));
    },
    async list({ scope, kind, prefix = '', after, limit }) {
      const start = idOf({ scope, kind, name: '' });
      return [...rows.entries()]
        .filter(([id, row]) => id.startsWith(start) && row.key.name.startsWith(prefix))
        .filter(([, row]) => after === undefined || byBytes(row.key.name, after) > 0)
        .map(([, row]) => row)
        .sort((one, other) => byBytes(one.key.name, other.key.name))
        .slice(0, limit);
    },
    async commit(changes) {
      for (const { key, expect } of changes) {
        const found = rows.get(idOf(key));
        const holds =
          expect === 'any' ||
          (expect === 'absent'
            ? found === undefined
            : expect === 'present'
              ? found !== undefined
              : found?.revision === expect.revision);
        if (!holds) return { kind: 'conflict', key, found };
      }
      const revisions = changes.map(({ key, change }) => {
        const found = rows.get(idOf(key));
        if (change === 'check') return found?.revision ?? 0;
        if (change === 'remove') {
          rows.delete(idOf(key));
          return 0;
        }
        // Through text, as every real store does: what JSON cannot hold must not survive here either.
        rows.set(idOf(key), { key, body: JSON.parse(JSON.stringify(change.put)) as Json, revision: ++revision });
        return revision;
      });
      return { kind: 'committed', revisions };
    },
  };
}
