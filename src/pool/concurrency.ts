// Who is in flight: counts invocations per function and account from their admission to their end.
// Owns: the counters. Never: decides (scale.ts does).
// I1: a ticket that was given out is taken back exactly once.
// I2: a counter at zero is forgotten: functions that nobody calls cost nothing here.

import assert from 'node:assert/strict';
import type { AccountId } from '#kernel';
import { admit } from './scale.ts';
import type { ThrottleReason } from './scale.ts';

export interface AdmissionRequest {
  readonly account: AccountId;
  readonly functionArn: string;
  /** With the version or alias that the caller named: what is provisioned belongs to it alone. */
  readonly qualifiedArn: string;
  readonly reservedConcurrency: number | undefined;
  /** As many calls at once take nothing of the account's: it has been taken for them already. */
  readonly provisionedConcurrency?: number;
}

/** Remembers how an invocation was counted, since the reservation may change before it ends. */
export interface Ticket {
  readonly functionArn: string;
  /** The account whose unreserved concurrency it uses; undefined where the function has its own. */
  readonly unreservedIn: AccountId | undefined;
  /** The qualified ARN on whose provisioned concurrency it runs; undefined where it runs on none. */
  readonly provisionedFor: string | undefined;
}

export class Concurrency {
  readonly #functions = new Map<string, number>();
  /** By qualified ARN, those that run on what was provisioned. */
  readonly #provisioned = new Map<string, number>();
  readonly #unreserved = new Map<AccountId, number>();
  readonly #unreservedLimit: (account: AccountId) => number;
  #inFlight = 0;

  constructor(unreservedLimit: (account: AccountId) => number) {
    this.#unreservedLimit = unreservedLimit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  of(functionArn: string): number {
    return this.#functions.get(functionArn) ?? 0;
  }

  enter(request: AdmissionRequest): Ticket | ThrottleReason {
    const { account, functionArn, qualifiedArn, reservedConcurrency, provisionedConcurrency = 0 } = request;
    const provisionedInFlight = this.#provisioned.get(qualifiedArn) ?? 0;
    if (reservedConcurrency === undefined && provisionedInFlight < provisionedConcurrency) {
      this.#inFlight += 1;
      this.#functions.set(functionArn, this.of(functionArn) + 1);
      this.#provisioned.set(qualifiedArn, provisionedInFlight + 1);
      return { functionArn, unreservedIn: undefined, provisionedFor: qualifiedArn };
    }
    const functionInFlight = this.of(functionArn);
    const unreservedInFlight = this.#unreserved.get(account) ?? 0;
    const refusal = admit({
      reserved: reservedConcurrency,
      functionInFlight,
      unreservedLimit: this.#unreservedLimit(account),
      unreservedInFlight,
    });
    if (refusal !== undefined) return refusal;
    this.#inFlight += 1;
    this.#functions.set(functionArn, functionInFlight + 1);
    if (reservedConcurrency !== undefined) return { functionArn, unreservedIn: undefined, provisionedFor: undefined };
    this.#unreserved.set(account, unreservedInFlight + 1);
    return { functionArn, unreservedIn: account, provisionedFor: undefined };
  }

  leave(ticket: Ticket): void {
    this.#inFlight -= 1;
    lower(this.#functions, ticket.functionArn);
    if (ticket.provisionedFor !== undefined) lower(this.#provisioned, ticket.provisionedFor);
    if (ticket.unreservedIn !== undefined) lower(this.#unreserved, ticket.unreservedIn);
  }
}

function lower<Key>(counts: Map<Key, number>, key: Key): void {
  const count = counts.get(key);
  assert(count !== undefined && count > 0, 'I1: left more often than entered');
  if (count === 1) counts.delete(key);
  else counts.set(key, count - 1);
}
