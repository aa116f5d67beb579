// What this room needs from rooms below it, as narrow as it uses them.

import type { Keys } from '#identity';
import type { Ledger } from '#ledger';
import type { Logs } from '#logs';
import type { FunctionConnection } from '#sandbox';

/** Credentials of one instance, closed with it. */
export type Sessions = Pick<Keys, 'openSession'>;

/** One log stream an instance. Writing never waits and never throws. */
export type LogStreams = Pick<Logs, 'openStream'>;

/** Takes a record in the same turn as the answer. Never throws for a full disk: the ledger decides what that means. */
export type UsageSink = Pick<Ledger, 'record'>;

/** Whose connection it is: the function version, and the only key that may be used on it. */
export interface ConnectionOwner {
  readonly functionArn: string;
  readonly accessKeyId: string;
}

/** Serves a connection that a function opened to AWS_ENDPOINT_URL. */
export type AcceptConnection = (connection: FunctionConnection, owner: ConnectionOwner) => void;
