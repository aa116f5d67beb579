// What is signed can be checked with the certificate alone, by Node and by OpenSSL's own reader of certificates.

import assert from 'node:assert/strict';
import { verify, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { newSigningKey, SigningKey } from './signing-key.ts';

const clock = new FakeClock();
let pem: string;
before(async () => {
  pem = await newSigningKey({ clock, random: seededRandom(1) });
});

test('a signature of either version holds for the text that was signed, and for no other', async () => {
  const key = new SigningKey(pem);
  const { publicKey } = new X509Certificate(key.certificate);
  for (const [version, algorithm] of [
    ['1', 'RSA-SHA1'],
    ['2', 'RSA-SHA256'],
  ] as const) {
    const signature = Buffer.from(await key.sign('Message\nhello\n', version), 'base64');
    assert.equal(verify(algorithm, Buffer.from('Message\nhello\n'), publicKey, signature), true);
    assert.equal(verify(algorithm, Buffer.from('Message\nhallo\n'), publicKey, signature), false);
  }
});

test('the certificate is signed with its own key, names SNS, and is valid now', () => {
  const certificate = new X509Certificate(new SigningKey(pem).certificate);
  assert.equal(certificate.verify(certificate.publicKey), true);
  assert.match(certificate.subject, /CN=sns\.amazonaws\.com/);
  assert.equal(certificate.issuer, certificate.subject);
  assert.equal(certificate.ca, false);
  assert.ok(Date.parse(certificate.validFrom) < clock.now() && clock.now() < Date.parse(certificate.validTo));
});

test('a key is the same one after it was read again; one beside a foreign certificate is refused', async () => {
  assert.equal(new SigningKey(pem).fingerprint, new SigningKey(pem).fingerprint);
  const other = await newSigningKey({ clock, random: seededRandom(2) });
  const mixed = `${pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE'))}${other.slice(other.indexOf('-----BEGIN CERTIFICATE'))}`;
  assert.throws(() => new SigningKey(mixed), /do not belong together/);
  assert.throws(() => new SigningKey(pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE'))), /no certificate/);
});
