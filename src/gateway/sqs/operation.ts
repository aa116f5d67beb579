// What every handler of SQS starts from.

import type { Message } from '@aws-sdk/client-sqs';
import type { Principal } from '#identity';
import { ApiError } from '#kernel';
import { parseQueueUrl, type MessageAttribute, type MessageAttributes, type QueueAddress, type Queues } from '#queues';
import type { CallContext, Handler, ServiceHandlers } from '../operation.ts';

type Sqs = typeof import('@aws-sdk/client-sqs');

export type SqsHandlers = ServiceHandlers<Sqs>;

export interface SqsRooms {
  readonly queues: Queues;
}

/** One operation, given the rooms that it calls. */
export type SqsHandler<Name extends keyof SqsHandlers> = (rooms: SqsRooms) => Handler<Sqs, Name>;

/** The queue that a request names. Whatever host its URL has, it is one of this account and region. */
export function queueOf({ QueueUrl }: { readonly QueueUrl: string }, { scope }: Pick<CallContext, 'scope'>): QueueAddress {
  return parseQueueUrl(scope, QueueUrl);
}

/** `SenderId`: the account, or a role and the name of its session. */
export function senderOf(principal: Principal): string {
  switch (principal.kind) {
    case 'root':
      return principal.account;
    case 'function': {
      const role = principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1);
      return `${role}:${principal.functionArn.split(':')[6] ?? ''}`;
    }
    case 'anonymous':
      return 'anonymous';
    default:
      return principal satisfies never;
  }
}

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterValueException', message, { status: 400 });
}

/** Whole numbers within bounds, in AWS's words. */
export function checkedRange(value: number, parameter: string, [least, most]: readonly [number, number]): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidParameter(
    `Value ${value} for parameter ${parameter} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

/** A message attribute as the wire has it, on its way in. */
export interface SentAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
  readonly StringListValues?: readonly string[] | undefined;
  readonly BinaryListValues?: readonly Uint8Array[] | undefined;
}

export function attributesOf(sent: Readonly<Record<string, SentAttribute>> | undefined): MessageAttributes | undefined {
  if (sent === undefined) return undefined;
  const entries = Object.entries(sent).map(([name, attribute]) => [name, attributeOf(name, attribute)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function attributeOf(name: string, sent: SentAttribute): MessageAttribute {
  if ((sent.StringListValues ?? []).length > 0 || (sent.BinaryListValues ?? []).length > 0) {
    throw invalidParameter(`Message (user) attribute '${name}' list values in SendMessage operation are not supported.`);
  }
  const isBinary = sent.DataType.startsWith('Binary');
  const value = isBinary ? Buffer.from(sent.BinaryValue ?? []).toString('base64') : (sent.StringValue ?? '');
  return { type: sent.DataType, value };
}

/** The same on its way out. */
export function wireAttributes(attributes: MessageAttributes): NonNullable<Message['MessageAttributes']> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [
      name,
      type.startsWith('Binary')
        ? { DataType: type, BinaryValue: Buffer.from(value, 'base64') }
        : { DataType: type, StringValue: value },
    ]),
  );
}
