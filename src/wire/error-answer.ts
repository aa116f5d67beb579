// Errors on the wire: one error, told in each protocol as its clients expect it.

import { cborCodec, formatCbor } from './cbor.ts';
import type { DocumentCodec } from './document.ts';
import type { WireAnswer } from './http.ts';
import { headerValue } from './http.ts';
import { formatJson, jsonCodec, restJsonCodec } from './json.ts';
import type { ModelledError, Protocol, ServiceModel } from './model.ts';
import { escapeXml, xmlMembersWriter } from './xml.ts';

export interface WireError {
  /** As a room threw it: the shape's name, the query code, or one that the model does not know. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
  /** Other members of the error's shape. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What errors need of a service; a request that names none we know is answered with a stand-in. */
export type ErrorService = Pick<ServiceModel, 'errors' | 'xmlNamespace' | 'signingName' | 'version' | 'isQueryCompatible'>;

export interface ErrorRequest {
  readonly service: ErrorService;
  readonly protocol: Protocol;
  readonly error: WireError;
  readonly requestId: string;
  /** S3: the path that was asked for. */
  readonly resource: string;
  readonly hostId: string;
  /** A HEAD has no body to tell it in. */
  readonly method: string;
}

/** The model's entry for a code that a room threw, by the shape's name or by the code that the query protocol gives it. */
export function findError(service: ErrorService, code: string): ModelledError | undefined {
  const known = service.errors.get(code);
  if (known !== undefined) return known;
  for (const error of service.errors.values()) if (error.code === code) return error;
  return undefined;
}

export function writeError(request: ErrorRequest): WireAnswer {
  const { protocol, method, error } = request;
  const answer = newAnswer(request);
  // Neither a HEAD nor 304 may carry a body; S3's clients read the status alone there.
  return method === 'HEAD' || error.status === 304
    ? { ...answer, headers: withoutBodyHeaders(answer.headers, protocol), body: undefined }
    : answer;
}

function newAnswer(request: ErrorRequest): WireAnswer {
  switch (request.protocol) {
    case 'restJson1':
      return restJsonError(request);
    case 'awsJson1_0':
      return jsonError(request, 'application/x-amz-json-1.0');
    case 'awsJson1_1':
      return jsonError(request, 'application/x-amz-json-1.1');
    case 'rpcv2Cbor':
      return cborError(request);
    case 'awsQuery':
      return queryError(request);
    case 'restXml':
      return s3Error(request);
    default:
      return request.protocol satisfies never;
  }
}

function restJsonError(request: ErrorRequest): WireAnswer {
  const { error, service } = request;
  const modelled = findError(service, error.code);
  const name = modelled?.shape.name ?? error.code;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-errortype': name };
  for (const { name: member, traits } of modelled?.shape.members ?? []) {
    const value = error.fields[member];
    if (traits.httpHeader !== undefined && (typeof value === 'string' || typeof value === 'number'))
      headers[traits.httpHeader.toLowerCase()] = headerValue(String(value));
  }
  return { status: error.status, headers, body: formatJson(documentOf(restJsonCodec, modelled, error)) };
}

function jsonError(request: ErrorRequest, contentType: string): WireAnswer {
  const { error, service } = request;
  const modelled = findError(service, error.code);
  return {
    status: error.status,
    headers: { 'content-type': contentType, ...queryErrorHeader(request, modelled) },
    body: formatJson({ __type: modelled?.shape.name ?? error.code, ...documentOf(jsonCodec, modelled, error) }),
  };
}

function cborError(request: ErrorRequest): WireAnswer {
  const { error, service } = request;
  const modelled = findError(service, error.code);
  return {
    status: error.status,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', ...queryErrorHeader(request, modelled) },
    body: formatCbor({ __type: modelled?.shape.name ?? error.code, ...documentOf(cborCodec, modelled, error) }),
  };
}

/** Services that spoke the query protocol once: clients of today still show the old code. */
function queryErrorHeader({ service, error }: ErrorRequest, modelled: ModelledError | undefined): Record<string, string> {
  if (!service.isQueryCompatible) return {};
  return { 'x-amzn-query-error': `${queryCode(modelled, error)};${error.fault === 'client' ? 'Sender' : 'Receiver'}` };
}

/** What no model names ends in `Exception` in JSON alone: `InvalidParameterValueException` is `InvalidParameterValue` here. */
function queryCode(modelled: ModelledError | undefined, { code }: WireError): string {
  return modelled === undefined ? code.replace(/Exception$/, '') : (modelled.code ?? code);
}

function queryError({ service, error, requestId }: ErrorRequest): WireAnswer {
  const modelled = findError(service, error.code);
  const namespace = service.xmlNamespace ?? `http://${service.signingName}.amazonaws.com/doc/${service.version}/`;
  const type = error.fault === 'client' ? 'Sender' : 'Receiver';
  const other =
    modelled === undefined
      ? ''
      : xmlMembersWriter(modelled.shape, ({ name }) => !/^(message|code|type)$/i.test(name))(error.fields);
  const text =
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${escapeXml(queryCode(modelled, error))}</Code>` +
    `<Message>${escapeXml(error.message)}</Message>${other}</Error><RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`;
  return { status: error.status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text, 'utf8') };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function s3Error({ service, error, requestId, resource, hostId }: ErrorRequest): WireAnswer {
  const modelled = findError(service, error.code);
  const known = modelled === undefined ? '' : xmlMembersWriter(modelled.shape, ({ name }) => name !== 'message')(error.fields);
  const modelledNames = new Set(modelled?.shape.members.map(({ name }) => name));
  // S3 adds what its model does not name: BucketName, Key, UploadId, and so on.
  const other = Object.entries(error.fields)
    .filter(
      ([name, value]) =>
        !modelledNames.has(name) && /^[A-Za-z]\w*$/.test(name) && (typeof value === 'string' || typeof value === 'number'),
    )
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('');
  const text =
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${known}${other}` +
    `<Resource>${escapeXml(resource)}</Resource><RequestId>${escapeXml(requestId)}</RequestId><HostId>${escapeXml(hostId)}</HostId></Error>`;
  return { status: error.status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text, 'utf8') };
}

/**
 * The error as a document. Its message goes into whichever member the shape has for it (`message` or `Message`), and stands beside where
 * it has none; Lambda's `Type` says whose fault it is.
 */
function documentOf(codec: DocumentCodec, modelled: ModelledError | undefined, { message, fault, fields }: WireError): object {
  if (modelled === undefined) return { message };
  const members: Record<string, unknown> = { ...fields };
  for (const { name } of modelled.shape.members) {
    if (isMessage(name)) members[name] ??= message;
    else if (name === 'Type') members[name] ??= fault === 'client' ? 'User' : 'Service';
  }
  const written = codec.structureWriter(modelled.shape, ({ traits }) => traits.httpHeader === undefined)(members) as object;
  return modelled.shape.members.some(({ name }) => isMessage(name)) ? written : { ...written, message };
}

const isMessage = (name: string) => name === 'message' || name === 'Message';

function withoutBodyHeaders(headers: Readonly<Record<string, string>>, protocol: Protocol): Record<string, string> {
  const { 'content-type': contentType, ...others } = headers;
  return protocol === 'restXml' && contentType !== undefined ? { ...others, 'content-type': contentType } : others;
}
