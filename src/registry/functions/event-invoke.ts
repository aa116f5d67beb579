// How asynchronous invocations are retried, for the function or for one of its versions or aliases.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

import type { PutFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import type { Clock, FunctionName, Scope } from '#kernel';
import type { Resource } from '#store';
import { documents } from '../documents.ts';
import { functionArn, LATEST } from '../function-reference.ts';
import type { EventInvokeSettings, FunctionTarget } from '../invocable.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import { constraintViolated, invalidParameter, refusal } from '../refusals.ts';
import { checkDestination, eventDestination } from './event-destinations.ts';
import { put, qualifiedKey, remove } from './function-documents.ts';
import type { FunctionStore } from './function-store.ts';

/** Null: not set, the default holds. */
export interface EventInvokeRecord {
  readonly qualifier: string;
  readonly maximumRetryAttempts: number | null;
  readonly maximumEventAgeSeconds: number | null;
  /** ARNs; absent in records from before there were destinations. */
  readonly onSuccess?: string | null;
  readonly onFailure?: string | null;
  readonly modifiedAtMs: number;
}

export interface EventInvokeDependencies {
  readonly functions: FunctionStore;
  readonly clock: Clock;
}

export type EventInvokeRequest = Readonly<
  Pick<PutFunctionEventInvokeConfigRequest, 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'DestinationConfig'>
>;

const RETRIES_MAX = 2;
const AGE_SECONDS_MIN = 60;
const AGE_SECONDS_MAX = 21_600;

const DEFAULTS: EventInvokeSettings = { maximumRetryAttempts: RETRIES_MAX, maximumEventAgeSeconds: AGE_SECONDS_MAX };

export const eventInvokeOf = (resource: Resource) => resource.body as unknown as EventInvokeRecord;

/** `deadLetterArn` is the function's own, which all of its versions and aliases share. */
export function eventInvokeSettings(record: EventInvokeRecord | undefined, deadLetterArn: string | undefined): EventInvokeSettings {
  return {
    maximumRetryAttempts: record?.maximumRetryAttempts ?? DEFAULTS.maximumRetryAttempts,
    maximumEventAgeSeconds: record?.maximumEventAgeSeconds ?? DEFAULTS.maximumEventAgeSeconds,
    onSuccess: eventDestination(record?.onSuccess),
    onFailure: eventDestination(record?.onFailure),
    deadLetter: eventDestination(deadLetterArn),
  };
}

/** `put` replaces what there was, `update` keeps what the request leaves out. */
export function setEventInvoke(
  { functions, clock }: EventInvokeDependencies,
  scope: Scope,
  target: FunctionTarget,
  mode: 'put' | 'update',
  request: EventInvokeRequest,
): Promise<EventInvokeRecord> {
  checkRequest(request);
  const destinations = checkedDestinations(scope, request);
  const qualifier = target.qualifier ?? LATEST;
  const key = qualifiedKey(scope, 'event-invoke', target.name, qualifier);
  const functionMissing = () => refusal('ResourceNotFoundException', "The function doesn't exist.");
  return functions.change(scope, target.name, {
    missing: mode === 'put' ? functionMissing : () => missing(scope, target),
    async decide(record) {
      const found = await functions.resources.get(key);
      if (mode === 'update' && found === undefined) throw missing(scope, target);
      await functions.version(scope, target).catch((cause: unknown) => {
        throw refusal('ResourceNotFoundException', "The function doesn't exist.", cause);
      });
      const previous = mode === 'update' && found !== undefined ? eventInvokeOf(found) : undefined;
      const changed: EventInvokeRecord = {
        qualifier,
        maximumRetryAttempts: request.MaximumRetryAttempts ?? previous?.maximumRetryAttempts ?? null,
        maximumEventAgeSeconds: request.MaximumEventAgeInSeconds ?? previous?.maximumEventAgeSeconds ?? null,
        onSuccess: destinations.onSuccess === undefined ? (previous?.onSuccess ?? null) : destinations.onSuccess,
        onFailure: destinations.onFailure === undefined ? (previous?.onFailure ?? null) : destinations.onFailure,
        modifiedAtMs: clock.now(),
      };
      return { kind: 'change', record, also: [put(key, changed)], result: changed };
    },
  });
}

export async function getEventInvoke(
  { functions }: EventInvokeDependencies,
  scope: Scope,
  target: FunctionTarget,
): Promise<EventInvokeRecord> {
  const found = await functions.resources.get(qualifiedKey(scope, 'event-invoke', target.name, target.qualifier));
  if (found === undefined) throw missing(scope, target);
  return eventInvokeOf(found);
}

export function deleteEventInvoke({ functions }: EventInvokeDependencies, scope: Scope, target: FunctionTarget): Promise<void> {
  const key = qualifiedKey(scope, 'event-invoke', target.name, target.qualifier);
  return functions.change<void>(scope, target.name, {
    missing: () => missing(scope, target),
    async decide(record) {
      if ((await functions.resources.get(key)) === undefined) throw missing(scope, target);
      return { kind: 'change', record, also: [remove(key)], result: undefined };
    },
  });
}

export async function listEventInvokes(
  { functions }: EventInvokeDependencies,
  scope: Scope,
  name: FunctionName,
  request: PageRequest,
): Promise<Page<EventInvokeRecord>> {
  if ((await functions.find(scope, name)) === undefined) throw refusal('ResourceNotFoundException', "The function doesn't exist.");
  return pageOf(request, async function* configurations(after) {
    const from = after === undefined ? undefined : `${name}/${after}`;
    for await (const found of documents(functions.resources, { scope, kind: 'event-invoke', prefix: `${name}/`, after: from })) {
      const record = eventInvokeOf(found);
      yield { name: record.qualifier, item: record };
    }
  });
}

const missing = (scope: Scope, { name, qualifier }: FunctionTarget) =>
  refusal(
    'ResourceNotFoundException',
    `The function ${functionArn(scope, name, qualifier ?? LATEST)} doesn't have an EventInvokeConfig`,
  );

function checkRequest({
  MaximumRetryAttempts: retries,
  MaximumEventAgeInSeconds: age,
  DestinationConfig: destinations,
}: EventInvokeRequest): void {
  if (retries === undefined && age === undefined && destinations === undefined)
    throw invalidParameter('You must specify at least one of error handling or destination setting.');
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0 && retries <= RETRIES_MAX))
    throw constraintViolated('maximumRetryAttempts', String(retries), `Member must have value between 0 and ${RETRIES_MAX}`);
  if (age !== undefined && !(Number.isInteger(age) && age >= AGE_SECONDS_MIN && age <= AGE_SECONDS_MAX))
    throw constraintViolated(
      'maximumEventAgeInSeconds',
      String(age),
      `Member must have value between ${AGE_SECONDS_MIN} and ${AGE_SECONDS_MAX}`,
    );
}

/** Undefined: the request does not speak of it. Null: it shall have none. */
function checkedDestinations(scope: Scope, { DestinationConfig: config }: EventInvokeRequest) {
  const checked = (asked: { readonly Destination?: string | undefined } | undefined, condition: 'onSuccess' | 'onFailure') =>
    asked === undefined ? undefined : checkDestination(scope, asked.Destination ?? '', condition);
  return { onSuccess: checked(config?.OnSuccess, 'onSuccess'), onFailure: checked(config?.OnFailure, 'onFailure') };
}
