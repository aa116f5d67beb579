// Bodies that prove themselves: every promise of the headers is kept or the stream ends in an error.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { BodyRejected } from './body-rejected.ts';
import { checkBody, readExpectations } from './checked-body.ts';

async function* source(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function read(headers: Record<string, string>, parts: string[], trailers = new Map<string, string>()): Promise<string> {
  let text = '';
  for await (const part of checkBody(source(...parts), readExpectations(headers, false), trailers))
    text += Buffer.from(part).toString();
  return text;
}

const rejected = (code: string) => (error: unknown) => error instanceof BodyRejected && error.code === code;

const PROMISES: [name: string, header: string, good: string, bad: string, code: string][] = [
  ['length', 'content-length', '5', '6', 'IncompleteBody'],
  ['shorter length', 'content-length', '5', '4', 'IncompleteBody'],
  ['SHA-256', 'x-amz-content-sha256', hash('sha256', 'hello', 'hex'), hash('sha256', 'hullo', 'hex'), 'XAmzContentSHA256Mismatch'],
  ['MD5', 'content-md5', hash('md5', 'hello', 'base64'), hash('md5', 'hullo', 'base64'), 'BadDigest'],
  ['CRC32', 'x-amz-checksum-crc32', 'NhCmhg==', 'NhCmhw==', 'BadDigest'],
  ['CRC32C', 'x-amz-checksum-crc32c', 'mnG7TA==', 'mnG7TQ==', 'BadDigest'],
  ['SHA-1', 'x-amz-checksum-sha1', hash('sha1', 'hello', 'base64'), hash('sha1', 'hullo', 'base64'), 'BadDigest'],
  ['SHA-256 checksum', 'x-amz-checksum-sha256', hash('sha256', 'hello', 'base64'), hash('sha256', 'hullo', 'base64'), 'BadDigest'],
];

for (const [name, header, good, bad, code] of PROMISES) {
  test(`a ${name} that holds passes, and one that does not ends in ${code}`, async () => {
    assert.equal(await read({ [header]: good }, ['he', 'llo']), 'hello');
    await assert.rejects(read({ [header]: bad }, ['he', 'llo']), rejected(code));
  });
}

test('an announced trailer must come, and must be right', async () => {
  const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
  assert.equal(await read(headers, ['hello'], new Map([['x-amz-checksum-crc32', 'NhCmhg==']])), 'hello');
  await assert.rejects(read(headers, ['hello'], new Map([['x-amz-checksum-crc32', 'AAAAAA==']])), rejected('BadDigest'));
  await assert.rejects(read(headers, ['hello']), rejected('MalformedTrailerError'));
});

test('a body of another length is stopped before more of it is handed on', async () => {
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const part of checkBody(source('hello', ' and more'), readExpectations({ 'content-length': '5' }, false), new Map()))
      seen.push(Buffer.from(part).toString());
  }, rejected('IncompleteBody'));
  assert.deepEqual(seen, ['hello']);
});

test('a promise that cannot be read is refused at once', () => {
  assert.throws(() => readExpectations({ 'content-md5': 'short' }, false), rejected('InvalidDigest'));
  assert.throws(() => readExpectations({ 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }, false), rejected('InvalidRequest'));
  assert.throws(() => readExpectations({ 'x-amz-trailer': 'x-amz-checksum-xxhash3' }, true), rejected('InvalidRequest'));
  assert.deepEqual(
    [...readExpectations({ 'x-amz-checksum-type': 'COMPOSITE', 'x-amz-checksum-mode': 'ENABLED' }, false).checksums],
    [],
  );
  assert.throws(() => readExpectations({ 'x-amz-decoded-content-length': '-1' }, true), rejected('InvalidRequest'));
});
