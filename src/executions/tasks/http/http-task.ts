// HTTP tasks: a request to a server elsewhere, in the name of a connection. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
// Never: lets a connection's secret out but into the request; what TestState shows has them only where it was asked for.

import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '#kernel';
import { StoreFailure } from '#store';
import type { Json } from '#workflows';
import { isTooDeep } from '../../running/json-data.ts';
import { failed, tooDeep, tooLarge, unfit } from '../task-failure.ts';
import type { Failed } from '../task-failure.ts';
import type { InspectedHttp } from '../inspected-http.ts';
import type { StartedTask, TaskEnd } from '../task-port.ts';
import { inspectedResponse, NOTHING_ADDED, prepare } from './http-exchange.ts';
import type { PreparedRequest } from './http-exchange.ts';
import { readHttpParameters } from './http-parameters.ts';
import type { HttpParameters } from './http-parameters.ts';
import type { ConnectionAdditions, ConnectionPort, HttpAnswer, HttpPort } from './http-port.ts';

export interface HttpTaskParts {
  readonly http: HttpPort;
  readonly connections: ConnectionPort;
}

type Tested = { readonly end: TaskEnd; readonly http: InspectedHttp | undefined };
type Sent = { readonly answer: HttpAnswer; readonly request: PreparedRequest };

export class HttpTasks {
  readonly #parts: HttpTaskParts;

  constructor(parts: HttpTaskParts) {
    this.#parts = parts;
  }

  async run(task: StartedTask): Promise<TaskEnd> {
    return (await this.test(task, { revealSecrets: false })).end;
  }

  async test(task: StartedTask, { revealSecrets }: { readonly revealSecrets: boolean }): Promise<Tested> {
    const parameters = readHttpParameters(task.command.input);
    if ('complaints' in parameters) return { end: unfit(task.command.input, parameters.complaints), http: undefined };
    const sent = await this.#send(task, parameters, undefined);
    if ('kind' in sent) return { end: sent, http: undefined };
    // A token may have been taken back before its time; another is asked for once.
    const isStale = sent.answer.kind === 'answered' && (sent.answer.status === 401 || sent.answer.status === 407);
    const last = isStale ? await this.#send(task, parameters, sent) : sent;
    if ('kind' in last) return { end: last, http: undefined };
    const { answer } = last;
    const request = revealSecrets ? last.request.inspected : withoutSecrets(task, parameters);
    const response = answer.kind === 'answered' ? inspectedResponse(request.protocol, answer) : undefined;
    return { end: endOf(task, answer), http: { request, response } };
  }

  /** Once more with a new token, where the connection has tokens: a password or a key that the server did not take is not sent again. */
  async #send(task: StartedTask, parameters: HttpParameters, before: Sent | undefined): Promise<Sent | Failed> {
    const renew = before !== undefined;
    let added: ConnectionAdditions;
    try {
      added = await this.#parts.connections.additionsOf(task.scope, parameters.connectionArn, { renew });
    } catch (error) {
      return connectionFailure(error);
    }
    const request = prepare(parameters, added, task.facts.region);
    if ('complaint' in request) return failed('States.Runtime', `${request.complaint}.`);
    if (before !== undefined && isDeepStrictEqual(request.request, before.request.request)) return before;
    return { request, answer: await this.#parts.http.exchange({ ...request.request, signal: task.signal }) };
  }
}

/** The request as it would be without its connection; a form may need the content type that the connection has. */
function withoutSecrets({ facts }: StartedTask, parameters: HttpParameters): InspectedHttp['request'] {
  const own = prepare(parameters, NOTHING_ADDED, facts.region);
  const bare = 'complaint' in own ? prepare({ ...parameters, form: undefined }, NOTHING_ADDED, facts.region) : own;
  assert(!('complaint' in bare), 'what nothing is added to needs no merging');
  return bare.inspected;
}

function endOf(task: StartedTask, answer: HttpAnswer): TaskEnd {
  switch (answer.kind) {
    case 'refused':
      return failed('States.Permissions', answer.reason);
    case 'unreachable':
      return task.signal.aborted ? { kind: 'interrupted' } : failed('States.Http.Socket', answer.reason);
    case 'answered':
      return endOfAnswer(answer);
    default:
      return answer satisfies never;
  }
}

const UNREADABLE_TYPE = /^\s*(?:application\/octet-stream|image\/|video\/|audio\/)/i;

function endOfAnswer({ status, statusText, headers, content, isCut }: Extract<HttpAnswer, { kind: 'answered' }>): TaskEnd {
  if (status < 200 || status > 299) return failed(`States.Http.StatusCode.${status}`, statusText);
  if (isCut) return tooLarge('http');
  const type = headers.find(([name]) => name === 'content-type')?.[1][0] ?? '';
  if (UNREADABLE_TYPE.test(type)) return failed('States.Runtime', `The content type '${type}' of the response is not supported.`);
  if (!isUtf8(content)) return failed('States.Runtime', 'The response cannot be read as a text.');
  const text = Buffer.from(content).toString();
  if (isTooDeep(text)) return tooDeep('http');
  const output = {
    Headers: Object.fromEntries(headers),
    ResponseBody: documentOf(text, type),
    StatusCode: status,
    StatusText: statusText,
  };
  return { kind: 'succeeded', output };
}

/** JSON where the server says so and it is, or where it says nothing; else a text. */
function documentOf(text: string, type: string): Json {
  if (text === '' || (type !== '' && !/[/+]json\b/i.test(type))) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // What is said to be JSON, and is not, is still what the server answered.
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#http-task-connection-errors */
function connectionFailure(error: unknown): Failed {
  if (error instanceof StoreFailure)
    return failed('Events.ConnectionResource.InternalError', 'The platform cannot read the connection now. Its log says why.');
  if (!(error instanceof ApiError)) throw error;
  const name = error.code === 'ResourceNotFoundException' ? 'ResourceNotFound' : 'InvalidConnectionState';
  return failed(`Events.ConnectionResource.${name}`, error.message);
}
