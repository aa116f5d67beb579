// What functions have for themselves, reserved or provisioned, as long as enough is left for those that have neither.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html

import type { FunctionName, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { ResourceChange, ResourceKey, ResourceStore } from '#store';
import { functionArn, LATEST } from '../function-reference.ts';
import { constraintViolated, functionNotFound, invalidParameter } from '../refusals.ts';
import { put } from './function-documents.ts';
import { provisionedTotal } from './function-record.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';

/** What each function has for itself: its reservation, else what is provisioned. All of an account in one document, so that two cannot claim the same rest. */
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
      const changed = { ...record, reservedConcurrency: reserved };
      const provisioned = provisionedTotal(record);
      if (reserved !== null && reserved < provisioned)
        throw invalidParameter(
          `Specified ReservedConcurrentExecutions for function should not be less than its provisioned concurrency [${provisioned}].`,
        );
      const claim = await claimConcurrency(functions.resources, scope, changed, 'ReservedConcurrentExecutions');
      return { kind: 'change', record: changed, also: [claim], result: undefined };
    },
  });
}

/** The change of the account's document that goes with a change of the function's. Throws where too little would be left. */
export function claimConcurrency(
  resources: ResourceStore,
  scope: Scope,
  record: FunctionRecord,
  specified: 'ReservedConcurrentExecutions' | 'ConcurrentExecutions',
): Promise<ResourceChange> {
  const claim = Math.max(record.reservedConcurrency ?? 0, provisionedTotal(record));
  return changeReservations(resources, scope, ({ [record.name]: before = 0, ...others }) => {
    if (claim === 0) return others;
    const taken = Object.values(others).reduce((sum, each) => sum + each, claim);
    if (claim > before && taken > LIMITS.accountConcurrency - LIMITS.unreservedConcurrencyMin)
      throw invalidParameter(
        `Specified ${specified} for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LIMITS.unreservedConcurrencyMin}].`,
      );
    return { ...others, [record.name]: claim };
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
