// Calls the handlers without a request: any served operation by the name that a task's resource has for it, with JSON in and out, by way of the models.
// What passes here has passed the same checks as on the wire: the shapes, the constraints, and the service's own.

import assert from 'node:assert/strict';
import type { MemberNames, OperationCall, OperationEnd, OperationError, OperationPort } from '#executions';
import { ERROR_CODES } from '#kernel';
import type { ApiError, Log } from '#kernel';
import { findError, isStreamingInput, loadService, validate } from '#wire';
import type { Operation, ServiceModel } from '#wire';
import { ErrorTeller } from '../error-teller.ts';
import { unknownOperation, violationError } from '../failure.ts';
import type { Services } from '../service.ts';
import { taskContext } from './call-context.ts';
import { writtenOutput } from './output-writer.ts';
import { readParameters } from './parameter-reader.ts';
import { className, exceptionName, operationName, serviceNamed } from './sdk-names.ts';

export interface OperationCallerParts {
  /** Asked for at every call: services are made of the rooms that call them. */
  readonly services: () => Services;
  /** `http://127.0.0.1:4566`, for URLs in answers. */
  readonly endpoint: string;
  readonly log: Log;
}

const NOTHING = new Uint8Array(0);

export function createOperationCaller(parts: OperationCallerParts): OperationPort {
  return {
    async call(call) {
      const found = find(call.service, call.action);
      if (typeof found === 'string') return { kind: 'unknown', reason: found };
      const read = readParameters(found, call.names, call.parameters);
      if (read.kind === 'unfit') return read;
      const errors = new ErrorTeller({
        log: parts.log,
        requestId: call.requestId,
        method: 'TASK',
        resource: `${call.service}:${call.action}`,
      });
      errors.service = found.service;
      errors.protocol = found.service.protocols[0] ?? 'awsJson1_0';
      try {
        return await handle(parts, call, found, read.input);
      } catch (error) {
        // What was given up together with its task is no failure of anybody's.
        if (call.signal.aborted && error === call.signal.reason) return { kind: 'interrupted' };
        return { kind: 'failed', error: told(found.service, errors.apiErrorOf(error), call.names) };
      }
    },
    refusalOf(service, action) {
      const found = find(service, action);
      return typeof found === 'string' ? found : undefined;
    },
  };
}

/** The operation, or why there is none. */
function find(service: string, action: string): Operation | string {
  const name = serviceNamed(service);
  if (name === undefined) return `The service '${service}' is not known here. docs/compatibility.md lists those that are.`;
  const operation = loadService(name).operations.get(operationName(action));
  if (operation === undefined || /^[A-Z]/.test(action)) return `The service '${service}' has no action '${action}'.`;
  if (operation.eventStream !== undefined)
    return `The action '${service}:${action}' answers a stream of events, which no task can wait for.`;
  return operation;
}

async function handle(
  { services, endpoint }: OperationCallerParts,
  call: OperationCall,
  operation: Operation,
  read: Readonly<Record<string, unknown>>,
): Promise<OperationEnd> {
  const { service, name } = operation;
  const input = isStreamingInput(operation) ? streamed(operation, read) : read;
  const violations = validate(operation, input);
  if (violations.length > 0) throw violationError(violations, service.name);
  const handlers = services()[service.name]?.handlers;
  const handler = handlers !== undefined && Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (handler === undefined) throw unknownOperation(service.protocols[0] ?? 'awsJson1_0', name, service.version);
  const { requestId, scope, signal } = call;
  const answer = (await handler(input as never, taskContext({ requestId, scope, signal, endpoint }))) as Readonly<
    Record<string, unknown>
  >;
  const output = await writtenOutput(operation, call.names, answer);
  if (output === undefined) return { kind: 'too-large' };
  return { kind: 'answered', status: (answer['$status'] as number | undefined) ?? operation.http?.status ?? 200, output };
}

/** A body is a stream to its handler, and comes with its length. */
function streamed(operation: Operation, input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const member = operation.input.members.find(({ traits }) => traits.streaming);
  const content = (member === undefined ? undefined : input[member.name]) ?? NOTHING;
  assert(member !== undefined && content instanceof Uint8Array, `${operation.name} has a body`);
  return { ContentLength: content.byteLength, ...input, [member.name]: once(content) };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function told(service: ServiceModel, { code, message, status }: ApiError, names: MemberNames): OperationError {
  const modelled = findError(service, code);
  return {
    client: className(service.serviceId),
    code: modelled?.code ?? code,
    exception: modelled === undefined ? undefined : exceptionName(modelled.shape.name, names),
    message,
    status: status ?? modelled?.status ?? ERROR_CODES[code].status,
  };
}
