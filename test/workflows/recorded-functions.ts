// Functions of the recorded cases: what each answers, in the way in which Lambda hands it to Step Functions.

import type { Command, Json } from '#workflows';
import type { TaskAnswer } from '../support/flow-runner.ts';
import type { RecordedFunction } from './recorded-cases.ts';

export function answerOf(functions: readonly RecordedFunction[], command: Extract<Command, { kind: 'start-task' }>): TaskAnswer {
  const { resource, input } = command;
  if (resource.kind === 'function') return behave(named(functions, resource.arn), input, resource.arn);
  if (resource.kind === 'activity' || resource.service !== 'lambda')
    return { kind: 'error', error: 'NoSuchService', cause: resource.arn };
  const { FunctionName: name, Payload: payload } = input as { readonly FunctionName: string; readonly Payload?: Json };
  const answer = behave(named(functions, name), eventOf(payload), name);
  if (answer.kind === 'error') return answer;
  const metadata = { SdkHttpMetadata: { HttpStatusCode: 200 }, SdkResponseMetadata: { RequestId: 'request' } };
  return { ...answer, output: { ExecutedVersion: '$LATEST', Payload: answer.output, StatusCode: 200, ...metadata } };
}

/** Lambda takes a null for no event at all, and Step Functions hands a text over as the payload's own JSON. */
function eventOf(payload: Json | undefined): Json {
  if (payload === undefined || payload === null) return {};
  if (typeof payload !== 'string') return payload;
  return jsonOr(payload, payload);
}

/** Handlers of the recordings that return bytes return JSON. */
function returned(value: Json): Json {
  return typeof value === 'string' ? jsonOr(value, value) : value;
}

function jsonOr(text: string, other: Json): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return other;
  }
}

function named(functions: readonly RecordedFunction[], name: string): RecordedFunction | undefined {
  return functions.find((candidate) => candidate.name === name || candidate.arn === name);
}

function behave(found: RecordedFunction | undefined, event: Json, name: string): TaskAnswer {
  if (found === undefined) return notFound(name);
  switch (found.behaviour) {
    case 'echo':
      return { kind: 'output', output: event };
    case 'constant':
      return { kind: 'output', output: returned(found.value ?? null) };
    case 'decorate':
      return { kind: 'output', output: `input-event-${pythonRepr(event)}` };
    case 'sleep':
      return { kind: 'output', output: event, afterMs: 1000 * (found.seconds ?? 0) };
    case 'bytesRepeat':
      return { kind: 'output', output: (found.char ?? 'a').repeat((found.bytes ?? 0) / Buffer.byteLength(found.char ?? 'a')) };
    case 'raise':
      return { kind: 'error', error: found.errorType ?? 'Exception', cause: causeOf(found) };
    default:
      throw new Error(`no such behaviour: ${found.behaviour}`);
  }
}

function notFound(name: string): TaskAnswer {
  const arn = `arn:aws:lambda:us-east-1:111111111111:function:${name}:$LATEST`;
  const cause = `Function not found: ${arn} (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: request; Proxy: null)`;
  return { kind: 'error', error: 'Lambda.ResourceNotFoundException', cause };
}

function causeOf(found: RecordedFunction): string {
  return JSON.stringify({
    errorMessage: found.errorMessage ?? '',
    errorType: found.errorType ?? 'Exception',
    requestId: 'request',
    stackTrace: [],
  });
}

function pythonRepr(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string')
    return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("'", "\\'")}'`;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `'${key}': ${pythonRepr(item)}`)
    .join(', ')}}`;
}
