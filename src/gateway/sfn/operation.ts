// What every handler of Step Functions starts from.

import type { ValidationExceptionReason } from '@aws-sdk/client-sfn';
import { ApiError } from '#kernel';
import type { Activities, Executions, Machines, MapRuns } from '#executions';
import type { Handler, ServiceHandlers } from '../operation.ts';
import type { StateTests } from './test-state.ts';

type Sfn = typeof import('@aws-sdk/client-sfn');

export type SfnHandlers = ServiceHandlers<Sfn>;

export interface SfnRooms {
  readonly machines: Machines;
  readonly activities: Activities;
  readonly executions: Executions;
  readonly mapRuns: MapRuns;
  readonly stateTests: StateTests;
}

/** One operation, given the rooms that it calls. */
export type SfnHandler<Name extends keyof SfnHandlers> = (rooms: SfnRooms) => Handler<Sfn, Name>;

export function invalid(message: string, reason?: ValidationExceptionReason): ApiError {
  return new ApiError('ValidationException', message, reason === undefined ? {} : { fields: { reason } });
}

/** Step Functions' lists of tags as maps; the last of two with one key counts. */
export function tagMap(
  tags: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tags.map(({ key, value }) => {
      if (key === undefined) throw invalid('Every tag has a key.');
      return [key, value ?? ''];
    }),
  );
}

/** A member that is there only where it says something. */
export function when<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Member in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Member in Name]?: Value };
}

export function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
