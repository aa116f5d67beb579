// CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload, ListParts, ListMultipartUploads and
// GetObjectAttributes, with the real client and with lib-storage.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const MiB = 1024 * 1024;
const large = Buffer.alloc(5 * MiB, 'x');

async function start(more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const Bucket = more.Bucket ?? (await opened.bucket());
  const { UploadId } = await opened.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big', ...more }));
  const ref = { Bucket, Key: more.Key ?? 'big', UploadId };
  return {
    ref,
    part: async (PartNumber: number, Body: string | Buffer) => {
      const { ETag, ChecksumCRC32 } = await opened.s3.send(new UploadPartCommand({ ...ref, PartNumber, Body }));
      return { PartNumber, ETag, ChecksumCRC32 };
    },
    complete: (Parts: readonly { readonly PartNumber: number; readonly ETag?: string | undefined }[], conditions = {}) =>
      opened.s3.send(new CompleteMultipartUploadCommand({ ...ref, MultipartUpload: { Parts: [...Parts] }, ...conditions })),
  };
}

describe('multipart uploads: serialisation', () => {
  test('from the beginning to the end', async () => {
    const upload = await start({ ContentType: 'text/plain', Metadata: { a: 'b' }, Tagging: 'x=y', ChecksumAlgorithm: 'CRC32' });
    const parts = [await upload.part(1, large), await upload.part(2, 'end')];
    const listed = await opened.s3.send(new ListPartsCommand(upload.ref));
    assert.deepEqual(
      listed.Parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag]),
      [
        [1, 5 * MiB, parts[0]?.ETag],
        [2, 3, parts[1]?.ETag],
      ],
    );
    assert.deepEqual([listed.ChecksumAlgorithm, listed.ChecksumType, listed.IsTruncated], ['CRC32', 'COMPOSITE', false]);
    const done = await upload.complete(parts);
    assert.match(done.ETag ?? '', /^"[0-9a-f]{32}-2"$/);
    assert.match(done.ChecksumCRC32 ?? '', /-2$/);
    assert.equal(done.Location, `${opened.house.endpoint}/${upload.ref.Bucket}/big`);
    const head = await opened.s3.send(new HeadObjectCommand({ Bucket: upload.ref.Bucket, Key: 'big', ChecksumMode: 'ENABLED' }));
    assert.deepEqual([head.ContentLength, head.ContentType, head.Metadata], [5 * MiB + 3, 'text/plain', { a: 'b' }]);
    assert.deepEqual([head.ChecksumCRC32, head.ChecksumType, head.PartsCount], [done.ChecksumCRC32, 'COMPOSITE', undefined]);
  });

  test('parts can be read one by one', async () => {
    const upload = await start({ ChecksumAlgorithm: 'CRC32' });
    const parts = [await upload.part(1, large), await upload.part(2, 'end')];
    await upload.complete(parts);
    const second = await opened.s3.send(
      new GetObjectCommand({ Bucket: upload.ref.Bucket, Key: 'big', PartNumber: 2, ChecksumMode: 'ENABLED' }),
    );
    assert.deepEqual(
      [second.$metadata.httpStatusCode, second.PartsCount, second.ContentRange, second.ChecksumCRC32],
      [206, 2, `bytes ${5 * MiB}-${5 * MiB + 2}/${5 * MiB + 3}`, parts[1]?.ChecksumCRC32],
    );
    assert.equal(await second.Body?.transformToString(), 'end');
  });

  test('GetObjectAttributes tells of the whole and of its parts', async () => {
    const upload = await start({ ChecksumAlgorithm: 'CRC32' });
    const parts = [await upload.part(3, large), await upload.part(5, 'end')];
    const done = await upload.complete(parts);
    const ObjectAttributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
    const all = await opened.s3.send(
      new GetObjectAttributesCommand({
        Bucket: upload.ref.Bucket,
        Key: 'big',
        ObjectAttributes: [...ObjectAttributes],
        MaxParts: 1,
      }),
    );
    assert.deepEqual(
      [`"${all.ETag}"`, all.ObjectSize, all.StorageClass, all.Checksum?.ChecksumCRC32],
      [done.ETag, 5 * MiB + 3, 'STANDARD', done.ChecksumCRC32],
    );
    const { ObjectParts } = all;
    assert.deepEqual([ObjectParts?.TotalPartsCount, ObjectParts?.IsTruncated, ObjectParts?.NextPartNumberMarker], [2, true, '3']);
    assert.deepEqual(ObjectParts?.Parts, [{ PartNumber: 3, Size: 5 * MiB, ChecksumCRC32: parts[0]?.ChecksumCRC32 }]);
  });

  test('uploads are listed in pages, folded and filtered', async () => {
    const Bucket = await opened.bucket();
    const ids: (string | undefined)[] = [];
    for (const Key of ['a', 'a', 'dir/b', 'dir/c', 'e']) ids.push((await start({ Bucket, Key })).ref.UploadId);
    const first = await opened.s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }));
    assert.deepEqual([first.IsTruncated, first.NextKeyMarker, first.NextUploadIdMarker], [true, 'a', first.Uploads?.[0]?.UploadId]);
    const rest = await opened.s3.send(
      new ListMultipartUploadsCommand({ Bucket, KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker }),
    );
    assert.deepEqual(
      rest.Uploads?.map(({ Key }) => Key),
      ['a', 'dir/b', 'dir/c', 'e'],
    );
    assert.deepEqual(new Set([...(first.Uploads ?? []), ...(rest.Uploads ?? [])].map(({ UploadId }) => UploadId)), new Set(ids));
    const folded = await opened.s3.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/', MaxUploads: 3 }));
    assert.deepEqual([folded.CommonPrefixes, folded.IsTruncated, folded.NextKeyMarker], [[{ Prefix: 'dir/' }], true, 'dir/']);
  });
});

describe('multipart uploads: validation', () => {
  test('uploads that are not there', async () => {
    const { ref } = await start();
    const wrong = { ...ref, UploadId: 'nonsense' };
    await assert.rejects(opened.s3.send(new UploadPartCommand({ ...wrong, PartNumber: 1, Body: 'x' })), error('NoSuchUpload', 404));
    await assert.rejects(opened.s3.send(new ListPartsCommand(wrong)), error('NoSuchUpload', 404));
    await assert.rejects(opened.s3.send(new AbortMultipartUploadCommand(wrong)), error('NoSuchUpload', 404));
    await assert.rejects(opened.s3.send(new ListPartsCommand({ ...ref, Bucket: 'no-such-bucket' })), error('NoSuchBucket', 404));
    await assert.rejects(
      opened.s3.send(new CreateMultipartUploadCommand({ Bucket: 'no-such-bucket', Key: 'a' })),
      error('NoSuchBucket', 404),
    );
  });

  test('part numbers, orders, tags and sizes', async () => {
    const upload = await start();
    await assert.rejects(upload.part(10_001, 'x'), error('InvalidArgument', 400));
    const [one, two] = [await upload.part(1, 'small'), await upload.part(2, 'end')];
    await assert.rejects(upload.complete([two, one]), error('InvalidPartOrder', 400));
    await assert.rejects(upload.complete([{ PartNumber: 1, ETag: '"x"' }]), error('InvalidPart', 400));
    await assert.rejects(upload.complete([one, two]), error('EntityTooSmall', 400));
    await assert.rejects(upload.complete([one], { MpuObjectSize: 4 }), error('InvalidRequest', 400));
    await upload.complete([one], { MpuObjectSize: 5 });
  });

  test('a SHA of the whole cannot be asked for, and neither can what S3 has for other places', async () => {
    await assert.rejects(start({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }), error('InvalidRequest', 400));
    await assert.rejects(start({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }), error('InvalidRequest', 400));
    await assert.rejects(start({ ChecksumAlgorithm: 'XXHASH64' }), error('NotImplemented', 400));
    await assert.rejects(start({ StorageClass: 'DEEP_ARCHIVE' }), error('InvalidStorageClass', 400));
    await assert.rejects(start({ ServerSideEncryption: 'AES256' }), error('NotImplemented', 400));
  });
});

describe('multipart uploads: behaviour', () => {
  test('nothing is visible before the end, and nothing after an abort', async () => {
    const upload = await start();
    await upload.part(1, 'x');
    await assert.rejects(opened.text(upload.ref.Bucket, 'big'), error('NoSuchKey'));
    await opened.s3.send(new AbortMultipartUploadCommand(upload.ref));
    const { Uploads } = await opened.s3.send(new ListMultipartUploadsCommand({ Bucket: upload.ref.Bucket }));
    assert.equal(Uploads?.length ?? 0, 0);
  });

  test('a completion may have conditions, and sent again it has the same answer', async () => {
    const upload = await start();
    const parts = [await upload.part(1, 'x')];
    await opened.put(upload.ref.Bucket, 'big', 'in the way');
    await assert.rejects(upload.complete(parts, { IfNoneMatch: '*' }), error('PreconditionFailed', 412));
    const first = await upload.complete(parts);
    assert.equal((await upload.complete(parts)).ETag, first.ETag);
  });

  test('a CRC64NVME of the whole is made from those of the parts', async () => {
    const upload = await start({ ChecksumAlgorithm: 'CRC64NVME' });
    const send = async (PartNumber: number, Body: string | Buffer) => {
      const part = await opened.s3.send(new UploadPartCommand({ ...upload.ref, PartNumber, Body, ChecksumAlgorithm: 'CRC64NVME' }));
      return { PartNumber, ETag: part.ETag, ChecksumCRC64NVME: part.ChecksumCRC64NVME };
    };
    const done = await upload.complete([await send(1, large), await send(2, 'end')]);
    assert.equal(done.ChecksumType, 'FULL_OBJECT');
    await opened.put(upload.ref.Bucket, 'whole', Buffer.concat([large, Buffer.from('end')]), { ChecksumAlgorithm: 'CRC64NVME' });
    const whole = await opened.s3.send(new HeadObjectCommand({ Bucket: upload.ref.Bucket, Key: 'whole', ChecksumMode: 'ENABLED' }));
    assert.equal(done.ChecksumCRC64NVME, whole.ChecksumCRC64NVME);
  });

  test('parts are copied from other objects', async () => {
    const upload = await start({ ChecksumAlgorithm: 'CRC32' });
    const { Bucket } = upload.ref;
    await opened.put(Bucket, 'source', '0123456789');
    const copy = (more = {}) =>
      opened.s3.send(new UploadPartCopyCommand({ ...upload.ref, PartNumber: 1, CopySource: `${Bucket}/source`, ...more }));
    await assert.rejects(copy({ CopySourceRange: 'bytes=5-10' }), error('InvalidArgument', 400));
    await assert.rejects(copy({ CopySourceIfMatch: '"x"' }), error('PreconditionFailed', 412));
    const { CopyPartResult } = await copy({ CopySourceRange: 'bytes=2-4' });
    await upload.complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    assert.equal(await opened.text(Bucket, 'big'), '234');
  });

  test('lib-storage uploads a stream of unknown length', async () => {
    const Bucket = await opened.bucket();
    const Body = Readable.from(Array.from({ length: 12 }, (_, index) => Buffer.alloc(MiB, index)));
    await new Upload({ client: opened.s3, params: { Bucket, Key: 'streamed', Body } }).done();
    const { Body: read } = await opened.s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
    const bytes = Buffer.from((await read?.transformToByteArray()) ?? []);
    assert.equal(bytes.length, 12 * MiB);
    assert.ok([0, 5, 11].every((index) => bytes[index * MiB] === index));
  });
});
