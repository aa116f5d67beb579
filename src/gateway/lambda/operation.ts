// What every handler of Lambda's control plane starts from.

import type { Invocations } from '#invocation';
import type { Mappings, Registry } from '#registry';
import type { Handler, ServiceHandlers } from '../operation.ts';

type Lambda = typeof import('@aws-sdk/client-lambda');

export type LambdaHandlers = ServiceHandlers<Lambda>;

export interface LambdaRooms {
  readonly registry: Registry;
  /** `http://<url-id>.lambda-url.<region>.<base domain>:<port>/`: only the listener knows its port and its name. */
  readonly functionUrl: (urlId: string, region: string) => string;
  readonly mappings: Mappings;
  /** How the last batch of a mapping went; undefined as long as there was none. */
  readonly mappingResult: (uuid: string) => string | undefined;
  /** What there is of the concurrency that was provisioned. */
  readonly provisionedState: Invocations['provisionedState'];
}

/** One operation, given the rooms that it calls. */
export type LambdaHandler<Name extends keyof LambdaHandlers> = (rooms: LambdaRooms) => Handler<Lambda, Name>;
