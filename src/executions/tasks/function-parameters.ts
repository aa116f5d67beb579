// The parameters of `lambda:invoke`. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { ApiError, LIMITS } from '#kernel';
import { isObject } from '#workflows';
import type { Json } from '#workflows';
import { COMPLAINTS, complainOfUnknown, textParameter } from './task-failure.ts';

export type Invocation = {
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly type: 'RequestResponse' | 'Event' | 'DryRun';
  readonly payload: Json | undefined;
  /** JSON text, not base64. */
  readonly clientContext: string | undefined;
  readonly wantsTail: boolean;
  readonly tenantId: string | undefined;
};

const KNOWN: ReadonlySet<string> = new Set([
  'ClientContext',
  'FunctionName',
  'InvocationType',
  'LogType',
  'Payload',
  'Qualifier',
  'TenantId',
]);

const NO_PAYLOAD = Buffer.from('{}');

export function readInvocation(input: Json): Invocation | { readonly complaints: readonly string[] } {
  const parameters = isObject(input) ? input : {};
  const complaints: string[] = [];
  complainOfUnknown(parameters, KNOWN, complaints);
  const functionName = textParameter(parameters, 'FunctionName', complaints, { isRequired: true }) ?? '';
  const qualifier = textParameter(parameters, 'Qualifier', complaints);
  const type = textParameter(parameters, 'InvocationType', complaints) ?? 'RequestResponse';
  const logType = textParameter(parameters, 'LogType', complaints) ?? 'None';
  const tenantId = textParameter(parameters, 'TenantId', complaints);
  const context = textParameter(parameters, 'ClientContext', complaints);
  const clientContext = context === undefined || type === 'DryRun' ? undefined : decoded(context);
  if (type !== 'RequestResponse' && type !== 'Event' && type !== 'DryRun') complaints.push(COMPLAINTS.format('InvocationType'));
  if (logType !== 'None' && logType !== 'Tail') complaints.push(COMPLAINTS.format('LogType'));
  if (clientContext === null) complaints.push(COMPLAINTS.format('ClientContext'));
  if (complaints.length > 0) return { complaints };
  return {
    functionName,
    qualifier,
    type: type as Invocation['type'],
    payload: parameters['Payload'],
    clientContext: clientContext ?? undefined,
    wantsTail: logType === 'Tail',
    tenantId,
  };
}

/** JSON text. A text is the payload itself, as it stands (recorded: "0.0" arrives as a number), and refused where it is no JSON; nothing at all is an empty event. */
export function payloadOf(payload: Json | undefined): Uint8Array {
  if (payload === undefined || payload === null) return NO_PAYLOAD;
  if (typeof payload !== 'string') return Buffer.from(JSON.stringify(payload));
  try {
    JSON.parse(payload);
  } catch (cause) {
    const detail = (cause as SyntaxError).message;
    throw new ApiError('InvalidRequestContentException', `Could not parse request body into json: ${detail}`, { cause });
  }
  return Buffer.from(payload);
}

/** Base64 of JSON; null where it is none. */
function decoded(context: string): string | null {
  if (context.length > LIMITS.clientContextBytes) return null;
  const text = Buffer.from(context, 'base64').toString();
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}
