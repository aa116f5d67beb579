// One call from its head to its answer: dispatch, authenticate, route, authorise, receive, read, validate, handle, write.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { decide } from '#identity';
import { ApiError } from '#kernel';
import type { Clock, Log, RequestId, Scope } from '#kernel';
import {
  findQuery,
  findRoute,
  isStreamingInput,
  loadService,
  parseForm,
  parseQuery,
  readInput,
  validate,
  writeOutput,
} from '#wire';
import type { Operation, Protocol, ServiceModel, WireAnswer, WireBody, WireRequest } from '#wire';
import { sendAnswer } from './answer.ts';
import type { Authenticated, Authenticator } from './authenticate.ts';
import { bodyBytesMax, FORM_BYTES, UNKNOWN_FORM_BYTES } from './body-limits.ts';
import { inflate } from './body.ts';
import type { BodyReceiver, WholeBody } from './body.ts';
import { Context } from './context.ts';
import { dispatch, formDestination } from './dispatch.ts';
import type { Destination } from './dispatch.ts';
import { ErrorTeller } from './error-teller.ts';
import { AuthenticationFailure, closingError, unknownOperation, violationError } from './failure.ts';
import type { HostReader } from './host.ts';
import { bodyHeaders, locate, s3Headers } from './s3-request.ts';
import type { S3Location } from './s3-request.ts';
import type { AnyHandler, Service, Services } from './service.ts';

export interface CallTools {
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly bodies: BodyReceiver;
  readonly readHost: HostReader;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the gateway closes. */
  readonly closing: AbortSignal;
  /** What comes from outside is refused, for the platform is going down. */
  readonly isDraining: () => boolean;
}

export interface CallRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: RequestId;
  readonly isFromSandbox: boolean;
}

/** Answers the request, whatever becomes of it. Never rejects but for a bug in the writing of errors themselves. */
export async function handleCall(tools: CallTools, call: CallRequest): Promise<void> {
  const { request, response, requestId } = call;
  const errors = new ErrorTeller({ log: tools.log, requestId, method: request.method ?? 'GET', resource: request.url ?? '/' });
  const held: WholeBody[] = [];
  try {
    const answer = await new Call(tools, call, errors, held).run().catch((error: unknown) => errors.answer(error));
    await sendAnswer({
      request,
      response,
      answer: { ...answer, headers: { ...errors.identifyingHeaders(), ...answer.headers } },
      clock: tools.clock,
    });
  } catch (error) {
    // A stream that broke after its head was sent, or a head that could not be written: the caller learns it from the cut connection.
    errors.report(error);
    response.destroy();
  } finally {
    for (const body of held) body.release();
  }
}

/** What dispatch, host and path have said. */
interface Addressed {
  readonly service: ServiceModel;
  readonly protocol: Protocol;
  readonly operationName: string | undefined;
  readonly location: S3Location | undefined;
}

interface Routed {
  readonly operation: Operation;
  readonly labels: Readonly<Record<string, string>>;
}

class Call {
  readonly #tools: CallTools;
  readonly #call: CallRequest;
  readonly #errors: ErrorTeller;
  readonly #held: WholeBody[];
  /** As it was when the request came: what had begun goes on. */
  readonly #isRefused: boolean;

  constructor(tools: CallTools, call: CallRequest, errors: ErrorTeller, held: WholeBody[]) {
    this.#tools = tools;
    this.#call = call;
    this.#errors = errors;
    this.#held = held;
    this.#isRefused = !call.isFromSandbox && tools.isDraining();
  }

  async run(): Promise<WireAnswer> {
    const received = readHead(this.#call.request);
    const host = this.#tools.readHost(received.headers['host']);
    const destination = await this.#destination(received, host.label);
    const addressed = this.#address(received, destination, host.bucket);
    if (this.#isRefused) throw closingError(addressed.service.name);
    const wire = addressed.location === undefined ? received : { ...received, headers: s3Headers(received) };
    const authenticated = await this.#tools.authenticator.authenticate({
      wire: received,
      signingName: addressed.service.signingName,
      resource: addressed.location?.resource ?? received.path,
      isFromSandbox: this.#call.isFromSandbox,
      isOurHost: host.isOurs,
    });
    if (addressed.protocol === 'awsQuery') return this.#queryCall(addressed, wire, authenticated, host.origin);
    const routed = route(addressed, wire);
    const { service, handler } = this.#find(addressed, routed.operation);
    authorise(authenticated, service, routed.operation);
    const context = new Context({
      ...this.#call,
      scope: this.#tools.scope,
      principal: authenticated.principal,
      origin: host.origin,
      closing: this.#tools.closing,
    });
    const body = await this.#body(routed.operation, wire, authenticated, context);
    return this.#handle(addressed, { ...routed, handler, wire, body, context });
  }

  async #destination(wire: WireRequest, hostLabel: string | undefined): Promise<Destination> {
    let found = dispatch(wire, hostLabel);
    if (found.kind === 'form') {
      const form = await this.#tools.bodies.whole({ ...this.#call, headers: wire.headers }, undefined, UNKNOWN_FORM_BYTES);
      this.#held.push(form);
      found = formDestination(parseForm(Buffer.from(form.bytes).toString('utf8')).get('Version') ?? 'none');
    }
    if (found.kind === 'service') return found.destination;
    this.#errors.protocol = found.kind === 'unknown' ? found.protocol : 'awsQuery';
    throw unknownOperation(this.#errors.protocol, `service '${found.kind === 'unknown' ? found.name.slice(0, 64) : ''}'`, '');
  }

  #address(wire: WireRequest, { service: name, protocol, operationName }: Destination, hostBucket: string | undefined): Addressed {
    const service = loadService(name);
    const location = name === 's3' ? locate(wire.path, hostBucket) : undefined;
    this.#errors.service = service;
    this.#errors.protocol = protocol;
    if (location !== undefined) this.#errors.resource = location.resource;
    return { service, protocol, operationName, location };
  }

  /** A form names its operation inside, so that the body comes first. */
  async #queryCall(addressed: Addressed, wire: WireRequest, authenticated: Authenticated, origin: string): Promise<WireAnswer> {
    const bytes = await this.#wholeBody(wire, authenticated, FORM_BYTES);
    const action = findQuery(wire.query, 'Action') ?? parseForm(Buffer.from(bytes).toString('utf8')).get('Action');
    const operation = addressed.service.operations.get(action ?? '');
    if (operation === undefined) throw unknownOperation('awsQuery', action?.slice(0, 128), addressed.service.version);
    const { service, handler } = this.#find(addressed, operation);
    authorise(authenticated, service, operation);
    const { scope, closing } = this.#tools;
    const context = new Context({ ...this.#call, scope, principal: authenticated.principal, origin, closing });
    return this.#handle(addressed, { operation, labels: {}, handler, wire, body: bytes, context });
  }

  #find({ protocol, service }: Addressed, operation: Operation): { service: Service; handler: AnyHandler } {
    const found = this.#tools.services[service.name];
    const handler =
      found !== undefined && Object.hasOwn(found.handlers, operation.name) ? found.handlers[operation.name] : undefined;
    if (found === undefined || handler === undefined) throw unknownOperation(protocol, operation.name, service.version);
    return { service: found, handler };
  }

  async #body(
    operation: Operation,
    wire: WireRequest,
    authenticated: Authenticated,
    context: Context,
  ): Promise<WireBody | undefined> {
    const { service } = operation;
    if (service.name !== 's3') return this.#wholeBody(wire, authenticated, bodyBytesMax(operation));
    const arrival = { ...this.#call, headers: bodyHeaders(operation, wire.headers) };
    const streamed = this.#tools.bodies.stream(arrival, authenticated.chunkSigning);
    if (isStreamingInput(operation)) {
      if (streamed.length === undefined)
        throw new ApiError('MissingContentLength', 'You must provide the Content-Length HTTP header.');
      context.trailers = streamed.trailers;
      return streamed.bytes;
    }
    const whole = await this.#tools.bodies.whole(arrival, streamed.bytes, bodyBytesMax(operation));
    this.#held.push(whole);
    return whole.bytes;
  }

  async #wholeBody(wire: WireRequest, authenticated: Authenticated, bytesMax: number): Promise<Uint8Array> {
    // A form of unknown sender was read to know whose it is.
    const before = this.#held[0]?.bytes;
    if (before === undefined)
      this.#held.push(await this.#tools.bodies.whole({ ...this.#call, headers: wire.headers }, undefined, bytesMax));
    const bytes = before ?? this.#held[0]?.bytes ?? new Uint8Array(0);
    authenticated.verifyBody?.(bytes);
    return inflate(bytes, wire.headers['content-encoding'], bytesMax);
  }

  async #handle({ protocol, service }: Addressed, prepared: Prepared): Promise<WireAnswer> {
    const { operation, handler, wire, labels, body, context } = prepared;
    const input = readInput({ operation, protocol, request: wire, labels, body });
    const violations = validate(operation, input);
    if (violations.length > 0) throw violationError(violations, service.name);
    const output = (await handler(input as never, context)) as Readonly<Record<string, unknown>>;
    const answer = writeOutput({
      operation,
      protocol,
      output,
      requestId: this.#call.requestId,
      describeError: (error) => this.#errors.describe(error),
    });
    const extra = output['$headers'] as Readonly<Record<string, string>> | undefined;
    return extra === undefined ? answer : { ...answer, headers: { ...answer.headers, ...extra } };
  }
}

interface Prepared extends Routed {
  readonly handler: AnyHandler;
  readonly wire: WireRequest;
  readonly body: WireBody | undefined;
  readonly context: Context;
}

function readHead(request: IncomingMessage): WireRequest {
  const target = request.url ?? '/';
  // A proxy's absolute form; the Host header says the same.
  const url = /^https?:\/\/[^/?#]*(.*)$/.exec(target)?.[1] ?? target;
  const question = url.indexOf('?');
  const query = parseQuery(question === -1 ? '' : url.slice(question + 1));
  const path = question === -1 ? url : url.slice(0, question);
  if (query === undefined) throw new ApiError('InvalidURI', "Couldn't parse the specified URI.");
  return {
    method: request.method ?? 'GET',
    path: path === '' ? '/' : path,
    query,
    headers: request.headers as WireRequest['headers'],
  };
}

function route({ service, protocol, operationName, location }: Addressed, wire: WireRequest): Routed {
  if (protocol === 'restJson1' || protocol === 'restXml') {
    const match = findRoute(service, wire, location?.path ?? wire.path, location?.bucket);
    if (match === undefined) throw unknownOperation(protocol, undefined, service.version);
    return match;
  }
  const operation = service.operations.get(operationName ?? '');
  if (operation === undefined) throw unknownOperation(protocol, operationName?.slice(0, 128), service.version);
  return { operation, labels: {} };
}

/** Unsigned requests reach what their service lists; everybody else, what identity allows. */
function authorise({ principal }: Authenticated, service: Service, operation: Operation): void {
  if (principal.kind === 'anonymous') {
    if (service.anonymous?.has(operation.name) !== true) throw new AuthenticationFailure('missing', 'The request is not signed.');
    return;
  }
  const decision = decide(principal, { service: operation.service.name, operation: operation.name });
  if (decision.kind === 'denied')
    throw new ApiError(
      operation.service.name === 's3' || operation.service.protocols.includes('awsQuery')
        ? 'AccessDenied'
        : 'AccessDeniedException',
      decision.reason,
    );
}
