// A zip archive in memory, from names and contents.

import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** The same files give the same bytes: times are fixed. */
export async function zipOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  { executable = [] }: { readonly executable?: readonly string[] } = {},
): Promise<Uint8Array> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(files))
    archive.addBuffer(Buffer.from(content), name, {
      mtime: new Date(2020, 0, 1),
      mode: executable.includes(name) ? 0o100755 : 0o100644,
    });
  archive.end();
  return buffer(archive.outputStream);
}
