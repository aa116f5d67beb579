// A target of a rule as it is kept.

import type { InputTransformer } from './input-template.ts';

export interface TargetRecord {
  readonly id: string;
  readonly arn: string;
  readonly roleArn?: string | undefined;
  /** At most one of the three; without any, the event itself. */
  readonly input?: string | undefined;
  readonly inputPath?: string | undefined;
  readonly inputTransformer?: InputTransformer | undefined;
  /** Of a FIFO queue. */
  readonly messageGroupId?: string | undefined;
  readonly http?: HttpParameters | undefined;
  readonly retry?: { readonly attempts?: number | undefined; readonly ageSeconds?: number | undefined } | undefined;
  readonly deadLetterArn?: string | undefined;
}

/** Each value may be a path into the event (`$.detail.id`). */
export interface HttpParameters {
  /** For the `*` of the destination's URL, in their order. */
  readonly pathValues?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** What kind of target an ARN names; `unserved` are AWS's that are not here. */
export type TargetKind =
  | 'function'
  | 'queue'
  | 'topic'
  | 'bus'
  | 'logGroup'
  | 'apiDestination'
  | 'stateMachine'
  | { readonly unserved: string };

/** Undefined for what is no ARN of a target. */
export function targetKindOf(arn: string): TargetKind | undefined {
  const [, service = '', resource = ''] = /^arn:aws[\w-]*:([\w-]+):[\w-]*:\d*:(.+)$/.exec(arn) ?? [];
  switch (service) {
    case 'lambda':
      return resource.startsWith('function:') ? 'function' : undefined;
    case 'sqs':
      return 'queue';
    case 'sns':
      return 'topic';
    case 'events':
      if (resource.startsWith('event-bus/')) return 'bus';
      return resource.startsWith('api-destination/') ? 'apiDestination' : undefined;
    case 'logs':
      return resource.startsWith('log-group:') ? 'logGroup' : undefined;
    case 'states':
      return resource.startsWith('stateMachine:') ? 'stateMachine' : undefined;
    case '':
      return undefined;
    default:
      return { unserved: `targets of the service ${service}` };
  }
}
