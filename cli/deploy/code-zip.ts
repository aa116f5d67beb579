// Packs a bundle into the zip that Lambda's API takes: the same files give the same bytes, so that an unchanged function is seen to be unchanged.

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { Failure } from '../failure.ts';
import { bytes as formatBytes } from '../terminal/amounts.ts';
import type { Bundle } from './bundle.ts';

export interface CodeZip {
  readonly bytes: Uint8Array;
  /** Base64 SHA-256 as in Lambda's CodeSha256. */
  readonly sha256: string;
}

/** Lambda's quota for a zip that comes inside the request. */
const ZIP_BYTES_MAX = 50 * 1024 * 1024;

export async function zipBundle(bundle: Bundle, place: string): Promise<CodeZip> {
  const zip = new ZipFile();
  // Any fixed date. A zip keeps local time, so the date is made of local fields: the same bytes in every zone.
  const mtime = new Date(1980, 1, 1);
  const entries = [
    ...[...bundle.generated].map(([path, contents]) => ({ path, contents, source: undefined, executable: false })),
    ...bundle.shipped.map((file) => ({ ...file, contents: undefined })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, contents, source, executable } of entries) {
    const options = { mtime, mode: executable ? 0o100755 : 0o100644, forceDosTimestamp: true };
    if (source === undefined) zip.addBuffer(Buffer.from(contents), path, options);
    else zip.addFile(source, path, options);
  }
  zip.end();
  // A file that vanishes or cannot be read is reported by the zip, not by its stream.
  const { promise: broken, reject } = Promise.withResolvers<never>();
  zip.on('error', reject);
  const bytes = await Promise.race([buffer(zip.outputStream), broken]);
  if (bytes.length > ZIP_BYTES_MAX) {
    const mend = `Largest first:\n${largestPackages(bundle)}\nMove a large package into a layer, or data into a bucket.`;
    throw new Failure(`${place}: zipped, the function has ${Math.ceil(bytes.length / 1024 / 1024)} MiB; Lambda takes 50.`, {
      code: 'CodeTooLarge',
      mend,
    });
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('base64') };
}

function largestPackages({ shipped }: Bundle): string {
  const sizes = new Map<string, number>();
  for (const { path, bytes } of shipped) {
    const name = /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[1] ?? path;
    sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  }
  const largest = [...sizes].toSorted((a, b) => b[1] - a[1]).slice(0, 5);
  return largest.map(([name, size]) => `  ${name}: ${formatBytes(size)}`).join('\n');
}
