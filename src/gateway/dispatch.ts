// Whose request is this? One port serves every service: told apart by protocol headers, target, credential scope, form and host, in that order.

import { findQuery, SERVICES } from '#wire';
import type { Protocol, ServiceFacts, ServiceName, WireRequest } from '#wire';

export interface Destination {
  readonly service: ServiceName;
  readonly protocol: Protocol;
  /** The operation's name where the request says it outright; a path or a form is read later. */
  readonly operationName: string | undefined;
}

export type Dispatch =
  | { readonly kind: 'service'; readonly destination: Destination }
  /** An unsigned form: only its body says whose it is (STS's AssumeRoleWithWebIdentity). */
  | { readonly kind: 'form' }
  /** A service that is not modelled; answered in the protocol that the request looks like. */
  | { readonly kind: 'unknown'; readonly name: string; readonly protocol: Protocol };

/** The first label of a host, and the credential scope, by which clients name services. */
const BY_SIGNING_NAME = new Map<string, ServiceName>();
const BY_TARGET = new Map<string, ServiceName>();
const BY_VERSION = new Map<string, ServiceName>();
for (const [name, facts] of SERVICES) {
  // DynamoDB's streams sign as DynamoDB and are told by their target; the second API of API Gateway is told by its path.
  if (!BY_SIGNING_NAME.has(facts.signingName)) BY_SIGNING_NAME.set(facts.signingName, name);
  BY_TARGET.set(facts.target, name);
  if (facts.protocols.includes('awsQuery')) BY_VERSION.set(facts.version, name);
}

export function dispatch(request: WireRequest, hostLabel: string | undefined): Dispatch {
  const { headers, query } = request;
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return cborDestination(request.path);
  const target = headers['x-amz-target'];
  if (target !== undefined) return targetDestination(target, headers['content-type'] ?? '');
  const signingName = scopeService(request);
  if (signingName !== undefined) return signedDestination(signingName, request);
  if (findQuery(query, 'AWSAccessKeyId') !== undefined && findQuery(query, 'Signature') !== undefined)
    return service('s3', 'restXml');
  const version = findQuery(query, 'Version');
  if (version !== undefined && findQuery(query, 'Action') !== undefined) return formDestination(version);
  if (isForm(request)) return { kind: 'form' };
  const named = hostLabel === undefined ? undefined : BY_SIGNING_NAME.get(hostLabel.replace(/^(sync|stream)-/, ''));
  if (named !== undefined) return signedDestination(hostLabel?.replace(/^(sync|stream)-/, '') ?? '', request);
  return service('s3', 'restXml');
}

function service(name: ServiceName, protocol: Protocol, operationName?: string): Dispatch {
  return { kind: 'service', destination: { service: name, protocol, operationName } };
}

function facts(name: ServiceName): ServiceFacts {
  const known = SERVICES.get(name);
  if (known === undefined) throw new Error(`${name} is not modelled`);
  return known;
}

/** `/service/GraniteServiceVersion20100801/operation/PutMetricData` */
function cborDestination(path: string): Dispatch {
  const [, target, operation] = /^\/service\/([\w.]+)\/operation\/(\w+)$/.exec(path) ?? [];
  // The last part of a qualified name is enough: `com.amazonaws.cloudwatch.GraniteServiceVersion20100801`.
  const name = BY_TARGET.get(target?.split('.').at(-1) ?? '');
  if (name === undefined || !facts(name).protocols.includes('rpcv2Cbor'))
    return { kind: 'unknown', name: target ?? path, protocol: 'rpcv2Cbor' };
  return service(name, 'rpcv2Cbor', operation);
}

/** `DynamoDB_20120810.PutItem` */
function targetDestination(target: string, contentType: string): Dispatch {
  const dot = target.lastIndexOf('.');
  const name = BY_TARGET.get(target.slice(0, Math.max(dot, 0)));
  const asked: Protocol = contentType.includes('json-1.0') ? 'awsJson1_0' : 'awsJson1_1';
  const own = name === undefined ? undefined : facts(name).protocols.find((protocol) => protocol.startsWith('awsJson'));
  if (name === undefined || own === undefined) return { kind: 'unknown', name: target, protocol: asked };
  return service(name, contentType.includes('x-amz-json') ? asked : own, target.slice(dot + 1));
}

/** The fourth part of the credential, wherever it stands; who checks the signature reads it again, whole. */
function scopeService({ headers, query }: WireRequest): string | undefined {
  const credential = headers['authorization']?.match(/Credential=([^,\s]+)/)?.[1] ?? findQuery(query, 'X-Amz-Credential');
  return credential?.split('/')[3];
}

function signedDestination(signingName: string, request: WireRequest): Dispatch {
  // Only the path tells API Gateway's two APIs apart.
  const name = signingName === 'apigateway' && /^\/v2(\/|$)/.test(request.path) ? 'apigatewayv2' : BY_SIGNING_NAME.get(signingName);
  if (name === undefined) return { kind: 'unknown', name: signingName, protocol: isForm(request) ? 'awsQuery' : 'restJson1' };
  const { protocols } = facts(name);
  const [first = 'restJson1'] = protocols;
  // A service of several protocols is asked without a target in the oldest of them.
  return service(name, protocols.includes('awsQuery') ? 'awsQuery' : first);
}

/** The version is unique to each query service, and the only clue of an unsigned form. */
export function formDestination(version: string): Dispatch {
  const name = BY_VERSION.get(version);
  return name === undefined ? { kind: 'unknown', name: `version ${version}`, protocol: 'awsQuery' } : service(name, 'awsQuery');
}

function isForm({ method, headers }: WireRequest): boolean {
  return method === 'POST' && (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}
