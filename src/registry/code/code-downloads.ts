// Short-lived links to archives, for GetFunction and GetLayerVersion: who holds one may download that one archive, for ten minutes.

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock, ContentHash } from '#kernel';

export interface CodeDownloads {
  /** A token for the URL's last part; letters, digits, `-`, `_` and `.` only. */
  issue(hash: ContentHash): string;
  /** Whose archive it stands for; undefined when it is forged, changed or past its time. */
  redeem(token: string): ContentHash | undefined;
}

/** Lambda: "a presigned URL that you can use to download the deployment package", valid for ten minutes. */
const VALID_MS = 10 * 60 * 1000;
const TOKEN = /^(?<expires>[0-9a-z]{1,12})\.(?<hash>[0-9a-f]{64})\.(?<mac>[A-Za-z0-9_-]{43})$/;

export function createCodeDownloads({
  secretKey,
  clock,
}: {
  readonly secretKey: Uint8Array;
  readonly clock: Clock;
}): CodeDownloads {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'mayfly code downloads', 32));
  const macOf = (claim: string) => createHmac('sha256', key).update(claim).digest();

  return {
    issue(hash) {
      const claim = `${(clock.now() + VALID_MS).toString(36)}.${hash}`;
      return `${claim}.${macOf(claim).toString('base64url')}`;
    },
    redeem(token) {
      const parts = TOKEN.exec(token)?.groups;
      if (parts === undefined) return undefined;
      const { expires = '', hash = '', mac = '' } = parts;
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(`${expires}.${hash}`);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return clock.now() <= Number.parseInt(expires, 36) ? (hash as ContentHash) : undefined;
    },
  };
}
