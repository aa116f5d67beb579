// Download links: good for one archive and ten minutes.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { createCodeDownloads } from './code-downloads.ts';

const HASH = 'a'.repeat(64) as never;
const secretKey = Buffer.alloc(32, 1);

it('a token is good for ten minutes', async () => {
  const clock = new FakeClock();
  const downloads = createCodeDownloads({ secretKey, clock });
  const token = downloads.issue(HASH);
  assert.match(token, /^[A-Za-z0-9_.-]+$/);
  await clock.advance(10 * 60 * 1000);
  assert.equal(downloads.redeem(token), HASH);
  await clock.advance(1);
  assert.equal(downloads.redeem(token), undefined);
});

it('a token is good for nothing else', () => {
  const clock = new FakeClock();
  const downloads = createCodeDownloads({ secretKey, clock });
  const [expires = '', hash = '', mac = ''] = downloads.issue(HASH).split('.');
  const later = (Number.parseInt(expires, 36) + 1).toString(36);
  const forged = [
    `${later}.${hash}.${mac}`,
    `${expires}.${'b'.repeat(64)}.${mac}`,
    `${expires}.${hash}.${'A'.repeat(43)}`,
    `${expires}.${hash}`,
    '',
  ];
  for (const token of forged) assert.equal(downloads.redeem(token), undefined, token);
  const other = createCodeDownloads({ secretKey: Buffer.alloc(32, 2), clock });
  assert.equal(other.redeem(`${expires}.${hash}.${mac}`), undefined);
});
