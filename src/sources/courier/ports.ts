// What the courier needs of the rooms below it, as narrow as it uses them. What they throw as an ApiError is an outcome here.

import type { Scope } from '#kernel';
import type { MessageAttributes, OutboxEntry, Sender } from '#outbox';
import type { FunctionTarget, InvocableFunction, PolicyQuestion } from '#registry';
import type { DeliveryClaim } from '#store';
import type { WebRequest, WebResult } from '../http/web-request.ts';
import type { Outcome } from './outcome.ts';

export interface CourierPorts {
  readonly functions: FunctionPort;
  readonly queues: QueuePort;
  readonly topics: TopicPort;
  readonly buses: BusPort;
  readonly logs: LogPort;
  readonly buckets: BucketPort;
  readonly stateMachines: StateMachinePort;
  readonly http: HttpPort;
  readonly mail: MailPort;
  readonly connections: ConnectionPort;
}

export interface FunctionPort {
  resolve(scope: Scope, target: FunctionTarget): Promise<InvocableFunction>;
  policyAllows(question: PolicyQuestion): Promise<boolean>;
}

export interface ServiceMessage {
  /** The entry's, the same for every attempt. */
  readonly id: string;
  readonly scope: Scope;
  readonly arn: string;
  /** On whose behalf: the target's policy is asked about it. */
  readonly sender: Sender;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly traceHeader: string | undefined;
}

export interface QueuePort {
  /** With a claim, in the step that settles the entry that it is on; where that was lost, nothing is sent. */
  send(message: ServiceMessage, claim?: DeliveryClaim): Promise<void>;
}

export interface TopicPort {
  publish(message: ServiceMessage & { readonly subject: string | undefined }): Promise<void>;
}

export type BusOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface BusPort {
  /** Of an entry whose target is a bus; its payload is the event's detail. */
  deliver(entry: OutboxEntry): Promise<BusOutcome>;
}

export interface LogPort {
  put(line: { readonly scope: Scope; readonly group: string; readonly stream: string; readonly message: string }): Promise<void>;
}

export interface NewObject {
  readonly scope: Scope;
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly content: Uint8Array;
  /** Goes on with what the bucket tells of the object: a loop through it is counted. */
  readonly traceHeader: string | undefined;
  /** Of the entry, for the bucket's own notifications. */
  readonly id: string;
  readonly sender: Sender;
}

export interface BucketPort {
  put(object: NewObject): Promise<void>;
}

export interface ExecutionStart {
  readonly scope: Scope;
  /** Of the machine, one of its versions, or an alias. */
  readonly arn: string;
  readonly name: string;
  /** JSON. */
  readonly input: string;
  readonly traceHeader: string | undefined;
}

export type SynchronousEnd =
  | { readonly kind: 'succeeded'; readonly output: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface StateMachinePort {
  /** Resolves when the start is on the disk. */
  start(execution: ExecutionStart): Promise<void>;
  /** Of an express machine: resolves when the execution has ended. */
  startSync(execution: ExecutionStart): Promise<SynchronousEnd>;
}

export interface HttpPort {
  send(request: WebRequest): Promise<WebResult>;
}

export interface MailPort {
  send(mail: {
    readonly id: string;
    readonly address: string;
    readonly subject: string;
    readonly body: string;
    readonly senderName: string | undefined;
    readonly signal: AbortSignal;
  }): Promise<Outcome>;
}

/** What a connection adds to a request. */
export interface ConnectionAdditions {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Members of the body's JSON object. */
  readonly body: Readonly<Record<string, string>>;
}

export interface ConnectionPort {
  /** With `renew` a token that a server did not take is not used again. */
  additionsOf(scope: Scope, connectionArn: string, options: { readonly renew: boolean }): Promise<ConnectionAdditions>;
}
