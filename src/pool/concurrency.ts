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
  readonly reservedConcurrency: number | undefined;
  /** As many calls at once take nothing of the account's: it has been taken for them already. */
  readonly provisionedConcurrency?: number;
}

/** Remembers how an invocation was counted, since the reservation may change before it ends. */
export interface Ticket {
  readonly functionArn: string;
  /** The account whose unreserved concurrency it uses; undefined where the function has its own. */
  readonly unreservedIn: AccountId | undefined;
  readonly isProvisioned: boolean;
}

export class Concurrency {
  readonly #functions = new Map<string, number>();
  /** Of each function, those that run on what was provisioned. */
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

  enter({ account, functionArn, reservedConcurrency, provisionedConcurrency = 0 }: AdmissionRequest): Ticket | ThrottleReason {
    const provisionedInFlight = this.#provisioned.get(functionArn) ?? 0;
    if (reservedConcurrency === undefined && provisionedInFlight < provisionedConcurrency) {
      this.#inFlight += 1;
      this.#functions.set(functionArn, this.of(functionArn) + 1);
      this.#provisioned.set(functionArn, provisionedInFlight + 1);
      return { functionArn, unreservedIn: undefined, isProvisioned: true };
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
    if (reservedConcurrency !== undefined) return { functionArn, unreservedIn: undefined, isProvisioned: false };
    this.#unreserved.set(account, unreservedInFlight + 1);
    return { functionArn, unreservedIn: account, isProvisioned: false };
  }

  leave(ticket: Ticket): void {
    this.#inFlight -= 1;
    lower(this.#functions, ticket.functionArn);
    if (ticket.isProvisioned) lower(this.#provisioned, ticket.functionArn);
    if (ticket.unreservedIn !== undefined) lower(this.#unreserved, ticket.unreservedIn);
  }
}

function lower<Key>(counts: Map<Key, number>, key: Key): void {
  const count = counts.get(key);
  assert(count !== undefined && count > 0, 'I1: left more often than entered');
  if (count === 1) counts.delete(key);
  else counts.set(key, count - 1);
}
