// A body that proves itself as it passes: length, SHA-256, MD5 and checksums, in headers or in trailers. It throws at its end if anything is
// wrong, so that whoever stores what it reads must commit only after the end.

import { createHash } from 'node:crypto';
import { BodyRejected } from './body-rejected.ts';
import { checksumOfHeader, newChecksum, statesChecksum } from './checksum.ts';
import type { Checksum } from './checksum.ts';

export interface BodyExpectations {
  /** Of the decoded bytes; undefined where a plain body was sent without a length. */
  readonly length: number | undefined;
  /** Hexadecimal; undefined where the payload is not signed as a whole. */
  readonly sha256: string | undefined;
  /** The Content-MD5 header. */
  readonly md5: string | undefined;
  /** x-amz-checksum-* headers: name → base64. */
  readonly checksums: ReadonlyMap<string, string>;
  /** Names that x-amz-trailer announces. */
  readonly trailerNames: readonly string[];
}

/** What a request's headers promise of its body. */
export function readExpectations(headers: Readonly<Record<string, string | undefined>>, isChunked: boolean): BodyExpectations {
  const checksums = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && statesChecksum(name)) checksums.set(computed(name), value);
  }
  const declared = headers['x-amz-content-sha256'];
  const md5 = headers['content-md5'];
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16)
    throw new BodyRejected('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  return {
    length: parseLength(isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length']),
    sha256: declared !== undefined && /^[0-9a-f]{64}$/.test(declared) ? declared : undefined,
    md5,
    checksums,
    trailerNames: (headers['x-amz-trailer'] ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== '')
      .map((name) => (statesChecksum(name) ? computed(name) : name)),
  };
}

/** A checksum that is stated and cannot be computed is refused: whoever sends one believes that it was looked at. */
function computed(name: string): string {
  if (checksumOfHeader(name) === undefined)
    throw new BodyRejected(
      'InvalidRequest',
      `${name.slice(0, 64)} is not computed here: use crc32, crc32c, crc64nvme, sha1, sha256, sha512 or md5.`,
    );
  return name;
}

function parseLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new BodyRejected('InvalidRequest', `'${text.slice(0, 64)}' is not a length.`);
  return Number(text);
}

/** Whether anything but the length is to be checked: if not, bytes need not be looked at. */
export async function* checkBody(
  source: AsyncIterable<Uint8Array>,
  expected: BodyExpectations,
  trailers: ReadonlyMap<string, string>,
): AsyncGenerator<Uint8Array> {
  const sha256 = expected.sha256 === undefined ? undefined : createHash('sha256');
  const md5 = expected.md5 === undefined ? undefined : createHash('md5');
  const checksums = checksumsOf(expected);
  let length = 0;
  for await (const bytes of source) {
    length += bytes.length;
    if (expected.length !== undefined && length > expected.length)
      throw new BodyRejected('IncompleteBody', 'The body has more bytes than were announced.');
    sha256?.update(bytes);
    md5?.update(bytes);
    for (const checksum of checksums.values()) checksum.update(bytes);
    yield bytes;
  }
  if (expected.length !== undefined && length !== expected.length)
    throw new BodyRejected(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header.',
    );
  if (sha256 !== undefined && sha256.digest('hex') !== expected.sha256)
    throw new BodyRejected(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  if (md5 !== undefined && md5.digest('base64') !== expected.md5)
    throw new BodyRejected('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  checkSums(expected, trailers, checksums);
}

/** One running checksum for each that a header states or a trailer will. */
function checksumsOf({ checksums, trailerNames }: BodyExpectations): Map<string, Checksum> {
  const running = new Map<string, Checksum>();
  for (const name of [...checksums.keys(), ...trailerNames]) {
    const algorithm = checksumOfHeader(name);
    if (algorithm !== undefined) running.set(name, newChecksum(algorithm));
  }
  return running;
}

function checkSums(
  expected: BodyExpectations,
  trailers: ReadonlyMap<string, string>,
  running: ReadonlyMap<string, Checksum>,
): void {
  for (const name of expected.trailerNames) {
    if (!trailers.has(name))
      throw new BodyRejected('MalformedTrailerError', `The trailing header ${name} was announced and did not come.`);
  }
  for (const [name, checksum] of running) {
    const given = trailers.get(name) ?? expected.checksums.get(name);
    if (given !== checksum.digest()) {
      const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase();
      throw new BodyRejected('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}
