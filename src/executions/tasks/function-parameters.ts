// The parameters of `lambda:invoke`. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { LIMITS } from '#kernel';
import { isObject } from '#workflows';
import type { Json } from '#workflows';
import { COMPLAINTS, complainOfUnknown, textParameter } from './task-failure.ts';

export type Invocation = {
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly type: 'RequestResponse' | 'Event' | 'DryRun';
  /** JSON text. */
  readonly payload: Uint8Array;
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
    payload: payloadOf(parameters['Payload']),
    clientContext: clientContext ?? undefined,
    wantsTail: logType === 'Tail',
    tenantId,
  };
}

/** A text goes as a text: the function gets a JSON string. Nothing at all is an empty event. */
function payloadOf(payload: Json | undefined): Uint8Array {
  return payload === undefined || payload === null ? NO_PAYLOAD : Buffer.from(JSON.stringify(payload));
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
