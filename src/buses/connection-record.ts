// A connection as it is kept: what may be seen of it, and its secrets, sealed.

import type { ResourceStore } from '#store';
import { Records } from './records.ts';
import type { Sealed } from './secret-seal.ts';

export interface ConnectionRecord {
  readonly id: string;
  readonly description?: string | undefined;
  readonly state: ConnectionState;
  readonly reason?: string | undefined;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly authorizedAtMs?: number | undefined;
  readonly authorization: Authorization;
  /** Values that are secret are left out. */
  readonly invocation?: Parameters | undefined;
  /** `Secrets`; undefined when the connection was deauthorized. */
  readonly sealed?: Sealed | undefined;
}

export type ConnectionState = 'AUTHORIZED' | 'AUTHORIZING' | 'DEAUTHORIZED';

/** Without what is secret. */
export type Authorization =
  | { readonly kind: 'BASIC'; readonly username: string }
  | { readonly kind: 'API_KEY'; readonly header: string }
  | {
      readonly kind: 'OAUTH_CLIENT_CREDENTIALS';
      readonly clientId: string;
      readonly endpoint: string;
      readonly method: string;
      readonly parameters?: Parameters | undefined;
    };

export interface Parameter {
  readonly key: string;
  /** Undefined where it is secret and this is not the sealed copy. */
  readonly value?: string | undefined;
  readonly isSecret: boolean;
}

/** What is added to requests. */
export interface Parameters {
  readonly headers: readonly Parameter[];
  readonly query: readonly Parameter[];
  readonly body: readonly Parameter[];
}

export interface Secrets {
  /** The password, the API key's value, or the client's secret. */
  readonly secret: string;
  readonly invocation?: Parameters | undefined;
  /** Of the request for a token. */
  readonly token?: Parameters | undefined;
}

export class ConnectionRecords extends Records<ConnectionRecord> {
  constructor(resources: ResourceStore) {
    super(resources, 'event-connection');
  }
}

/** A copy to show. */
export function withoutSecrets(parameters: Parameters | undefined): Parameters | undefined {
  if (parameters === undefined) return undefined;
  const hide = (list: readonly Parameter[]) => list.map(({ value, ...rest }) => (rest.isSecret ? rest : { ...rest, value }));
  return { headers: hide(parameters.headers), query: hide(parameters.query), body: hide(parameters.body) };
}
