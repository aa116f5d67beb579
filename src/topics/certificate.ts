// A certificate for a key of our own, signed with itself (X.509 v3, in DER): what SigningCertURL leads to. Node reads certificates and
// makes none. https://www.rfc-editor.org/rfc/rfc5280#section-4.1

import { sign, type KeyObject } from 'node:crypto';

export interface CertificateRequest {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly commonName: string;
  readonly organization: string;
  /** Sixteen random bytes. */
  readonly serial: Uint8Array;
  readonly fromMs: number;
  readonly toMs: number;
}

/** In PEM. */
export function selfSignedCertificate(request: CertificateRequest): string {
  const { privateKey, publicKey, commonName, organization, serial, fromMs, toMs } = request;
  const name = sequence(nameMember('2.5.4.10', organization), nameMember('2.5.4.3', commonName));
  const body = sequence(
    element(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    RSA_WITH_SHA256,
    name,
    sequence(time(fromMs), time(toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(NO_AUTHORITY, SIGNS_ONLY)),
  );
  const certificate = sequence(body, RSA_WITH_SHA256, bits(sign('sha256', body, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.of(0x80 | digits.length, ...digits);
}

function sequence(...members: readonly Uint8Array[]): Buffer {
  return element(0x30, ...members);
}

/** Positive: a first bit that is set would be a sign. */
function integer(bytes: Uint8Array): Buffer {
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
}

/** Whole bytes: none of the last one's bits is unused. */
function bits(bytes: Uint8Array, unused = 0): Buffer {
  return element(0x03, Uint8Array.of(unused), bytes);
}

function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

function nameMember(identifier: string, value: string): Buffer {
  return element(0x31, sequence(objectIdentifier(identifier), element(0x0c, Buffer.from(value))));
}

/** Years before 2050 have two digits. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}

function extension(identifier: string, value: Buffer): Buffer {
  const critical = element(0x01, Uint8Array.of(0xff));
  return sequence(objectIdentifier(identifier), critical, element(0x04, value));
}

const RSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(0x05));
/** basicConstraints without `cA`. */
const NO_AUTHORITY = extension('2.5.29.19', sequence());
/** keyUsage: digitalSignature, the first of the bits. */
const SIGNS_ONLY = extension('2.5.29.15', bits(Uint8Array.of(0x80), 7));
