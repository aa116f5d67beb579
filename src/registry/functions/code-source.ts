// Where the code of a function or layer comes from: the request itself, or an object in a bucket.

import type { Readable } from 'node:stream';
import type { FunctionCode } from '@aws-sdk/client-lambda';
import type { Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { CodeStore, HeldCode } from '../code/code-store.ts';
import { invalidParameter } from '../refusals.ts';

/** Reads an object for whoever deploys from it. The buckets stand above this room, so main.ts hands this in. */
export type ReadObject = (
  scope: Scope,
  object: { readonly bucket: string; readonly key: string; readonly versionId: string | undefined },
) => Promise<
  | { readonly kind: 'found'; readonly content: Readable }
  | { readonly kind: 'missing'; readonly code: string; readonly message: string }
>;

/** As Lambda's API names it. */
export type CodeSource = Readonly<Partial<Omit<FunctionCode, 'ZipFile'>>> & { readonly ZipFile?: Uint8Array | undefined };

export interface CodeSourceDependencies {
  readonly codes: CodeStore;
  readonly readObject: ReadObject;
}

/** Stores the archive. Throws InvalidParameterValueException, or RequestEntityTooLargeException. */
export async function storeCode(
  { codes, readObject }: CodeSourceDependencies,
  scope: Scope,
  source: CodeSource,
): Promise<HeldCode> {
  if (source.ImageUri !== undefined)
    throw invalidParameter('Container images are not served. Give the code as ZipFile, or as S3Bucket and S3Key.');
  if (source.SourceKMSKeyArn !== undefined && source.SourceKMSKeyArn !== '')
    throw invalidParameter('SourceKMSKeyArn cannot be honoured. There is no KMS: give the archive unencrypted.');
  if ((source.S3ObjectStorageMode ?? 'COPY') !== 'COPY')
    throw invalidParameter(
      'S3ObjectStorageMode REFERENCE cannot be honoured. Code is always copied, so that it stays what it was.',
    );
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = source;
  if (ZipFile !== undefined) {
    if (S3Bucket !== undefined || S3Key !== undefined)
      throw invalidParameter('Please do not provide other FunctionCode parameters when providing a ZipFile.');
    return codes.put(inPieces(ZipFile), { bytesMax: LIMITS.zipBytes });
  }
  if (S3Bucket === undefined || S3Key === undefined) throw invalidParameter('Please provide a source for function code.');
  const object = await readObject(scope, { bucket: S3Bucket, key: S3Key, versionId: S3ObjectVersion });
  if (object.kind === 'missing')
    throw invalidParameter(`Error occurred while GetObject. S3 Error Code: ${object.code}. S3 Error Message: ${object.message}`);
  return codes.put(object.content, { bytesMax: LIMITS.unzippedBytes });
}

const PIECE_BYTES = 1024 * 1024;

/** Pieces keep hashing and writing from holding up everybody else for the length of a large archive. */
async function* inPieces(archive: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < archive.length; start += PIECE_BYTES) yield archive.subarray(start, start + PIECE_BYTES);
}
