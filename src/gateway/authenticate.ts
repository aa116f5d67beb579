// Who sent this? The one place where signatures are verified: before a request is routed, and before its body is read where the headers allow it.

import { hash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '#identity';
import type { AccountId, Clock } from '#kernel';
import {
  EMPTY_SHA256,
  readClaim,
  readPresignedV2,
  signingKey,
  unsignedAmzHeaders,
  verifyPresignedV2,
  verifySignature,
} from '#wire';
import type { ChunkSigning, SignatureClaim, WireRequest } from '#wire';
import { AuthenticationFailure } from './failure.ts';

export interface KnownKey {
  readonly secret: string;
  /** What X-Amz-Security-Token must say; undefined where the key carries none. */
  readonly sessionToken: string | undefined;
  readonly principal: Principal;
}

/** What the gateway asks of identity. */
export interface KeyRing {
  secretFor(accessKeyId: string): KnownKey | undefined | Promise<KnownKey | undefined>;
}

export interface AuthenticatorOptions {
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** `mayfly dev` on loopback: a key that nobody knows is the root of this account, and its signature is not looked at. */
  readonly acceptAnyKey: AccountId | undefined;
}

export interface AuthenticationRequest {
  readonly wire: WireRequest;
  /** What the scope must name: `lambda`, `s3`, `states`. */
  readonly signingName: string;
  /** S3: `/bucket/key` as it came, which version 2 signs whatever the host says. */
  readonly resource: string;
  /** The connection came from a sandbox. */
  readonly isFromSandbox: boolean;
  /** The Host header is an address or a name of ours. */
  readonly isOurHost: boolean;
}

export interface Authenticated {
  readonly principal: Principal;
  /** How chunks of the body are to be verified. */
  readonly chunkSigning: ChunkSigning | 'unchecked' | undefined;
  /** Must be called with the body before anything is done, where the signature could not be verified without it. */
  readonly verifyBody: ((body: Uint8Array) => void) | undefined;
}

const ANONYMOUS: Authenticated = { principal: { kind: 'anonymous' }, chunkSigning: undefined, verifyBody: undefined };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const SKEW_MS = 15 * 60 * 1000;

export class Authenticator {
  readonly #keys: KeyRing;
  readonly #clock: Clock;
  readonly #acceptAnyKey: AccountId | undefined;

  constructor({ keys, clock, acceptAnyKey }: AuthenticatorOptions) {
    this.#keys = keys;
    this.#clock = clock;
    this.#acceptAnyKey = acceptAnyKey;
  }

  /** Throws AuthenticationFailure for anything that claims to be signed and is not; what claims nothing is anonymous. */
  async authenticate(request: AuthenticationRequest): Promise<Authenticated> {
    const authenticated = await this.#identify(request);
    if (request.isFromSandbox && authenticated.principal.kind !== 'function')
      throw new AuthenticationFailure('wrong-door', 'Only the credentials of a function are accepted from inside a sandbox.');
    return authenticated;
  }

  async #identify(request: AuthenticationRequest): Promise<Authenticated> {
    const { wire } = request;
    const result = readClaim(wire);
    switch (result.kind) {
      case 'claim':
        return this.#verify(result.claim, request);
      case 'malformed':
        throw new AuthenticationFailure(isOtherScheme(wire.headers['authorization']) ? 'unsupported' : 'malformed', result.why);
      case 'none': {
        const v2 = request.signingName === 's3' ? readPresignedV2(wire) : undefined;
        return v2 === undefined ? ANONYMOUS : this.#verifyV2(v2, request);
      }
      default:
        return result satisfies never;
    }
  }

  async #verify(claim: SignatureClaim, request: AuthenticationRequest): Promise<Authenticated> {
    const { wire, signingName } = request;
    const isS3 = signingName === 's3';
    const key = await this.#keys.secretFor(claim.accessKeyId);
    if (key === undefined) return this.#strangerOrFailure(claim.accessKeyId, request);
    if (claim.scope.service !== signingName)
      throw new AuthenticationFailure('wrong-service', `Credential should be scoped to correct service: '${signingName}'.`);
    this.#checkTime(claim);
    checkToken(key, claim.sessionToken);
    const unsigned = unsignedAmzHeaders(claim, wire.headers);
    if (unsigned.length > 0)
      throw new AuthenticationFailure(
        'unsigned-headers',
        `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
      );
    const check = (payloadHash: string) => {
      if (!verifySignature({ claim, secret: key.secret, request: wire, payloadHash, isS3 }))
        throw new AuthenticationFailure('bad-signature', 'The signature does not match.');
    };
    const declared = wire.headers['x-amz-content-sha256'];
    if (isS3) {
      check(s3PayloadHash(claim, declared));
      const { scope, amzDate, signature: seedSignature } = claim;
      return {
        principal: key.principal,
        chunkSigning: { key: signingKey(key.secret, scope), amzDate, scope, seedSignature },
        verifyBody: undefined,
      };
    }
    return { principal: key.principal, chunkSigning: undefined, verifyBody: bodyVerifier(wire, declared, check) };
  }

  async #verifyV2(claim: NonNullable<ReturnType<typeof readPresignedV2>>, request: AuthenticationRequest): Promise<Authenticated> {
    const key = await this.#keys.secretFor(claim.accessKeyId);
    if (key === undefined) return this.#strangerOrFailure(claim.accessKeyId, request);
    checkToken(key, claim.sessionToken);
    if (!verifyPresignedV2(claim, key.secret, request.wire, request.resource))
      throw new AuthenticationFailure('bad-signature', 'The signature does not match.');
    if (claim.expires * 1000 < this.#clock.now()) throw new AuthenticationFailure('expired', 'Request has expired');
    return { principal: key.principal, chunkSigning: undefined, verifyBody: undefined };
  }

  #strangerOrFailure(accessKeyId: string, request: AuthenticationRequest): Authenticated {
    if (this.#acceptAnyKey === undefined || request.isFromSandbox)
      throw new AuthenticationFailure('unknown-key', 'The access key is not known.');
    if (mayBeAnotherSitesPage(request))
      throw new AuthenticationFailure('wrong-door', 'A page of another site must sign with a key that is known here.');
    return {
      principal: { kind: 'root', account: this.#acceptAnyKey, accessKeyId },
      chunkSigning: 'unchecked',
      verifyBody: undefined,
    };
  }

  #checkTime({ kind, timeMs, expiresSeconds, amzDate }: SignatureClaim): void {
    const now = this.#clock.now();
    const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
    if (kind === 'header') {
      if (timeMs < now - SKEW_MS)
        throw new AuthenticationFailure(
          'skewed',
          `Signature expired: ${amzDate} is now earlier than ${stamp(now - SKEW_MS)} (${stamp(now)} - 15 min.)`,
        );
      if (timeMs > now + SKEW_MS)
        throw new AuthenticationFailure(
          'skewed',
          `Signature not yet current: ${amzDate} is still later than ${stamp(now + SKEW_MS)} (${stamp(now)} + 15 min.)`,
        );
      return;
    }
    const end = timeMs + (expiresSeconds ?? 0) * 1000;
    if (end < now) throw new AuthenticationFailure('expired', `Signature expired: ${stamp(end)} is now earlier than ${stamp(now)}`);
    if (timeMs > now + SKEW_MS)
      throw new AuthenticationFailure('not-yet-valid', `Signature not yet current: ${amzDate} is still later than ${stamp(now)}`);
  }
}

/**
 * Where any key will do, so would one in a URL that some page makes the developer's browser ask for. Only S3's methods that browsers ask leave
 * for, or that change nothing, are taken from another origin; and none under a name that somebody else has made point to this machine.
 */
function mayBeAnotherSitesPage({ wire, signingName, isOurHost }: AuthenticationRequest): boolean {
  if (!isOurHost) return true;
  const site = wire.headers['sec-fetch-site'];
  const isForeign = wire.headers['origin'] !== undefined || site === 'cross-site' || site === 'same-site';
  return isForeign && (signingName !== 's3' || wire.method === 'POST');
}

function isOtherScheme(authorization: string | undefined): boolean {
  return authorization !== undefined && !authorization.startsWith('AWS4-HMAC-SHA256 ');
}

/** Compared by their hashes: the time tells neither what the token is nor how long. */
function checkToken(key: KnownKey, given: string | undefined): void {
  if (key.sessionToken === undefined && given === undefined) return;
  const isEqual =
    key.sessionToken !== undefined &&
    given !== undefined &&
    timingSafeEqual(hash('sha256', key.sessionToken, 'buffer'), hash('sha256', given, 'buffer'));
  if (!isEqual) throw new AuthenticationFailure('bad-token', 'The security token does not belong to the access key.');
}

/** What stands for the body in S3's signature: the declared hash, which the stream is checked against later. A presigned URL has none. */
function s3PayloadHash(claim: SignatureClaim, declared: string | undefined): string {
  if (claim.kind === 'presigned') return declared ?? 'UNSIGNED-PAYLOAD';
  if (declared === undefined)
    throw new AuthenticationFailure('malformed', 'Missing required header for this request: x-amz-content-sha256');
  return declared;
}

/**
 * Outside S3 the hash is always that of the body that came. Where a header declares it, the signature is verified now and the body against it
 * later; where none does, both wait for the body.
 */
function bodyVerifier(
  wire: WireRequest,
  declared: string | undefined,
  check: (payloadHash: string) => void,
): Authenticated['verifyBody'] {
  if (declared !== undefined && /^[0-9a-f]{64}$/.test(declared)) {
    check(declared);
    return (body) => {
      if (hash('sha256', body, 'hex') !== declared)
        throw new AuthenticationFailure('bad-signature', 'The body is not the one that was signed.');
    };
  }
  if (wire.method === 'GET' || wire.method === 'HEAD') check(EMPTY_SHA256);
  return (body) => check(hash('sha256', body, 'hex'));
}
