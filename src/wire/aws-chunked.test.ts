// Chunked bodies: AWS's published examples in every division, and whoever changes, cuts or stretches one.

import assert from 'node:assert/strict';
import { createHmac, hash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeChunks } from './aws-chunked.ts';
import type { ChunkedRequest, ChunkSigning } from './aws-chunked.ts';
import { BodyRejected } from './body-rejected.ts';
import { EMPTY_SHA256, signingKey } from './sigv4.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const SCOPE = { date: '20130524', region: 'us-east-1', service: 's3' };
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const SIGNING: ChunkSigning = {
  key: signingKey(SECRET, SCOPE),
  amzDate: '20130524T000000Z',
  scope: SCOPE,
  seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};

const AWS_EXAMPLE = Buffer.concat([
  Buffer.from('10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n'),
  Buffer.alloc(65536, 'a'),
  Buffer.from('\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n'),
  Buffer.alloc(1024, 'a'),
  Buffer.from('\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n'),
]);

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const TRAILER_SIGNING: ChunkSigning = {
  ...SIGNING,
  seedSignature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
};
const AWS_TRAILER_EXAMPLE = Buffer.concat([
  Buffer.from('10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n'),
  Buffer.alloc(65536, 'a'),
  Buffer.from('\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n'),
  Buffer.alloc(1024, 'a'),
  Buffer.from('\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n'),
  Buffer.from('x-amz-checksum-crc32c:sOO8/Q==\r\n'),
  Buffer.from('x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n'),
]);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Decoded {
  readonly bytes: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

async function decode(source: AsyncIterable<Uint8Array>, options: Partial<ChunkedRequest>): Promise<Decoded> {
  let trailers: ReadonlyMap<string, string> = new Map();
  const parts: Uint8Array[] = [];
  const request = { source, signing: SIGNING, hasTrailer: false, decodedLength: 66560, chunkBytesMax: 1 << 20, ...options };
  for await (const part of decodeChunks({ ...request, onTrailers: (received) => void (trailers = received) }))
    parts.push(Buffer.from(part));
  return { bytes: Buffer.concat(parts), trailers };
}

const rejected = (code: string) => (error: unknown) => error instanceof BodyRejected && error.code === code;

test("AWS's example is decoded, however the network divides it", async () => {
  for (const size of [13, 1000, 65535, 65536, 1 << 20]) {
    const { bytes } = await decode(pieces(AWS_EXAMPLE, size), {});
    assert.ok(bytes.equals(Buffer.alloc(66560, 'a')), `in pieces of ${size}`);
  }
});

test("AWS's example with a trailer is decoded, and the trailer's signature checked", async () => {
  const sent = AWS_TRAILER_EXAMPLE;
  const { bytes, trailers } = await decode(pieces(sent, 5000), { signing: TRAILER_SIGNING, hasTrailer: true });
  assert.equal(bytes.length, 66560);
  assert.deepEqual([...trailers], [['x-amz-checksum-crc32c', 'sOO8/Q==']]);
  // The document ends with the signature, and some clients send a line feed before the end of the trailer's line.
  const text = sent.toString('latin1');
  for (const variant of [text.slice(0, -4), text.replace('Q==\r\n', 'Q==\n\r\n')])
    await decode(pieces(Buffer.from(variant, 'latin1'), 5000), { signing: TRAILER_SIGNING, hasTrailer: true });
  const changed = Buffer.from(sent.toString('latin1').replace('sOO8', 'sOO9'), 'latin1');
  await assert.rejects(
    decode(pieces(changed, 5000), { signing: TRAILER_SIGNING, hasTrailer: true }),
    rejected('SignatureDoesNotMatch'),
  );
  const unsigned = Buffer.from(sent.toString('latin1').replace(/x-amz-trailer-signature:.*\r\n/, ''), 'latin1');
  await assert.rejects(
    decode(pieces(unsigned, 5000), { signing: TRAILER_SIGNING, hasTrailer: true }),
    rejected('SignatureDoesNotMatch'),
  );
});

test('no byte of a changed chunk comes out', async () => {
  const changed = Buffer.from(AWS_EXAMPLE);
  changed[100] = 0x62;
  const out: Uint8Array[] = [];
  await assert.rejects(async () => {
    for await (const part of decodeChunks({
      source: pieces(changed, 4096),
      signing: SIGNING,
      hasTrailer: false,
      decodedLength: 66560,
      chunkBytesMax: 1 << 20,
      onTrailers: () => undefined,
    }))
      out.push(part);
  }, rejected('SignatureDoesNotMatch'));
  assert.deepEqual(out, []);
});

test('chunks that are exchanged, dropped, cut or followed by more are refused', async () => {
  const text = AWS_EXAMPLE.toString('latin1');
  const broken: [string, string, Partial<ChunkedRequest>][] = [
    ['without its last chunk', text.slice(0, text.indexOf('0;chunk-signature=b6c6')), {}],
    ['cut in the middle', text.slice(0, 5000), {}],
    ['followed by more', `${text}x`, {}],
    ['of another length', text, { decodedLength: 66561 }],
    ['longer than announced', text, { decodedLength: 1024 }],
    ['without the second chunk', text.replace(/400;chunk-signature=.*\r\na{1024}\r\n/, ''), { decodedLength: 65536 }],
    ['with a chunk beyond the cap', text, { chunkBytesMax: 65535 }],
    ['with a header that is none', text.replace('400;', 'zz;'), {}],
    ['with an unsigned chunk', text.replace(/400;chunk-signature=[0-9a-f]+/, '400'), {}],
  ];
  for (const [what, body, options] of broken)
    await assert.rejects(decode(pieces(Buffer.from(body, 'latin1'), 4096), options), BodyRejected, what);
});

test('an endless line is given up', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(1000, '1');
  }
  await assert.rejects(decode(endless(), {}), rejected('InvalidRequest'));
});

test('unsigned chunks with trailers, as the SDKs send them, pass', async () => {
  const body = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n');
  const { bytes, trailers } = await decode(pieces(body, 3), { signing: undefined, hasTrailer: true, decodedLength: 5 });
  assert.equal(bytes.toString(), 'hello');
  assert.deepEqual([...trailers], [['x-amz-checksum-crc32', 'NhCmhg==']]);
});

test('what a signing client sends comes out as it went in, and one changed byte never does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 64 }),
      fc.nat(),
      async (chunks, size, position) => {
        const body = encode(chunks);
        const decodedLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        const { bytes } = await decode(pieces(body, size), { decodedLength });
        assert.ok(bytes.equals(Buffer.concat(chunks)));
        const changed = Buffer.from(body);
        const at = position % changed.length;
        changed[at] = (changed[at] ?? 0) ^ 1;
        // The case of a size's digits is the one thing that a signature does not cover.
        await decode(pieces(changed, size), { decodedLength }).then(
          (result) => assert.ok(result.bytes.equals(bytes), 'a changed body came out'),
          (error: unknown) => assert.ok(error instanceof BodyRejected),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('no bytes make the decoder fail otherwise than by refusing them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.boolean(), async (bytes, isSigned, hasTrailer) => {
      await decode(pieces(bytes, 7), { signing: isSigned ? SIGNING : undefined, hasTrailer, decodedLength: 3 }).catch(
        (error: unknown) => assert.ok(error instanceof BodyRejected, String(error)),
      );
    }),
  );
});

/** A signing client, written from the document alone: HMAC objects, where the decoder has hashes of its own. */
function encode(chunks: readonly Uint8Array[]): Buffer {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, SCOPE.date), SCOPE.region), SCOPE.service), 'aws4_request');
  let previous = SIGNING.seedSignature;
  const encoded = [...chunks, new Uint8Array(0)].map((chunk) => {
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${previous}\n${EMPTY_SHA256}\n${hash('sha256', chunk, 'hex')}`;
    previous = hmac(key, text).toString('hex');
    return Buffer.concat([Buffer.from(`${chunk.length.toString(16)};chunk-signature=${previous}\r\n`), chunk, Buffer.from('\r\n')]);
  });
  return Buffer.concat(encoded);
}
