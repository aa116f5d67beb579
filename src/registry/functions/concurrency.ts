// Reserved concurrency: what a function may have for itself, as long as enough is left for those that reserve nothing.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

import type { FunctionName, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { ResourceChange, ResourceKey, ResourceStore } from '#store';
import { functionArn, LATEST } from '../function-reference.ts';
import { constraintViolated, functionNotFound, invalidParameter } from '../refusals.ts';
import { put } from './function-documents.ts';
import type { FunctionStore } from './function-store.ts';

/** All reservations above zero of an account in one document, so that two functions cannot reserve the same rest. */
type Reservations = Readonly<Record<string, number>>;

const reservationsKey = (scope: Scope): ResourceKey => ({ scope, kind: 'concurrency-reservations', name: 'all' });

/** Null takes the reservation back. */
export function reserveConcurrency(
  functions: FunctionStore,
  scope: Scope,
  name: FunctionName,
  reserved: number | null,
): Promise<void> {
  if (reserved !== null && (!Number.isInteger(reserved) || reserved < 0))
    throw constraintViolated('reservedConcurrentExecutions', String(reserved), 'Member must have value greater than or equal to 0');
  return functions.change<void>(scope, name, {
    missing: () => functionNotFound(functionArn(scope, name, LATEST)),
    async decide(record) {
      const change = await changeReservations(functions.resources, scope, ({ [name]: _before, ...others }) => {
        if (reserved === null || reserved === 0) return others;
        const taken = Object.values(others).reduce((sum, each) => sum + each, reserved);
        if (taken > LIMITS.accountConcurrency - LIMITS.unreservedConcurrencyMin)
          throw invalidParameter(
            `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LIMITS.unreservedConcurrencyMin}].`,
          );
        return { ...others, [name]: reserved };
      });
      return { kind: 'change', record: { ...record, reservedConcurrency: reserved }, also: [change], result: undefined };
    },
  });
}

/** The changes that a deleted function's reservation goes with. */
export async function releaseReservation(
  resources: ResourceStore,
  scope: Scope,
  name: FunctionName,
): Promise<readonly ResourceChange[]> {
  const found = await resources.get(reservationsKey(scope));
  if (found === undefined || !Object.hasOwn(found.body as Reservations, name)) return [];
  return [await changeReservations(resources, scope, ({ [name]: _before, ...others }) => others)];
}

/** What the account has not reserved. */
export async function unreservedConcurrency(resources: ResourceStore, scope: Scope): Promise<number> {
  const found = await resources.get(reservationsKey(scope));
  const taken = Object.values((found?.body as Reservations | undefined) ?? {});
  return LIMITS.accountConcurrency - taken.reduce((sum, each) => sum + each, 0);
}

async function changeReservations(
  resources: ResourceStore,
  scope: Scope,
  change: (reservations: Reservations) => Reservations,
): Promise<ResourceChange> {
  const key = reservationsKey(scope);
  const found = await resources.get(key);
  return put(
    key,
    change((found?.body as Reservations | undefined) ?? {}),
    found === undefined ? 'absent' : { revision: found.revision },
  );
}
