// How often each blob is pointed at by objects and parts. A blob may be shared (a copy within the platform), so what is let go
// is an orphan only when its count reaches nought.

import type { Connection } from './connection.ts';

export function retainBlobs(connection: Connection, blobs: readonly string[]): void {
  for (const blob of blobs) {
    connection.run(
      'INSERT INTO blob_references (blob, count) VALUES (?, 1) ON CONFLICT (blob) DO UPDATE SET count = count + 1',
      blob,
    );
  }
}

/** The ones that nothing points at any more, each once. Retain first what is to stay. */
export function releaseBlobs(connection: Connection, blobs: readonly string[]): readonly string[] {
  const orphans: string[] = [];
  for (const blob of blobs) {
    const row = connection.get<{ readonly count: number }>(
      'UPDATE blob_references SET count = count - 1 WHERE blob = ? RETURNING count',
      blob,
    );
    if (row === undefined) throw new Error(`The blob ${blob} is let go, but nothing was known to point at it.`);
    if (row.count > 0) continue;
    connection.run('DELETE FROM blob_references WHERE blob = ?', blob);
    orphans.push(blob);
  }
  return orphans;
}

export function referencedBlobs(connection: Connection, blobs: readonly string[]): ReadonlySet<string> {
  const sql = 'SELECT 1 FROM blob_references WHERE blob = ?';
  return new Set(blobs.filter((blob) => connection.get(sql, blob) !== undefined));
}
