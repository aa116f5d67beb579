// The key that signs what subscribers get, and its certificate. One pair for the platform, made when it is first needed.
// Owns: the pair, in memory. Whoever builds the room keeps it on the disk.
// Never: lets the private half out.

import { createHash, createPrivateKey, generateKeyPair, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock, Random } from '#kernel';
import { selfSignedCertificate } from './certificate.ts';

export type SignatureVersion = '1' | '2';

const generate = promisify(generateKeyPair);
// With its callback, a signature is made on one of libuv's threads. Measured: 0.3 ms for 2048 bits, for which the event loop would stand still.
const signAside = promisify<string, Uint8Array, KeyObject, Buffer>(sign);

const BITS = 2048;
/** What validators of AWS's messages expect in the certificate. */
const COMMON_NAME = 'sns.amazonaws.com';
const ORGANIZATION = 'Mayfly, signed with itself';
const VALID_MS = 20 * 365 * 24 * 3_600_000;

export class SigningKey {
  /** In PEM. */
  readonly certificate: string;
  /** 32 hexadecimal digits. */
  readonly fingerprint: string;
  readonly #privateKey: KeyObject;

  /** `pem` is what `newSigningKey` made. Throws with a sentence for the operator where it is something else. */
  constructor(pem: string) {
    const certificate = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----\n/.exec(pem)?.[0];
    if (certificate === undefined) throw new Error('The key that signs notifications has no certificate beside it.');
    this.certificate = certificate;
    this.fingerprint = createHash('sha256').update(certificate).digest('hex').slice(0, 32);
    this.#privateKey = createPrivateKey(pem);
    if (!new X509Certificate(certificate).checkPrivateKey(this.#privateKey))
      throw new Error('The key that signs notifications and the certificate beside it do not belong together.');
  }

  /** In base64. Version 1 is SHA1 with RSA, 2 is SHA256 with RSA. */
  async sign(text: string, version: SignatureVersion): Promise<string> {
    const signature = await signAside(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256', Buffer.from(text), this.#privateKey);
    return signature.toString('base64');
  }
}

/** A key and its certificate, one after the other in PEM: to be kept where nobody else can read it. */
export async function newSigningKey({ clock, random }: { readonly clock: Clock; readonly random: Random }): Promise<string> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: BITS });
  const certificate = selfSignedCertificate({
    privateKey,
    publicKey,
    commonName: COMMON_NAME,
    organization: ORGANIZATION,
    serial: random.bytes(16),
    // Clocks of validators may be a little behind ours.
    fromMs: clock.now() - 24 * 3_600_000,
    toMs: clock.now() + VALID_MS,
  });
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}${certificate}`;
}
