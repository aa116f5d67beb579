// What of Step Functions has tags: state machines and activities.

import { ApiError, type Scope } from '#kernel';
import type { SfnRooms } from './operation.ts';

type Tags = Readonly<Record<string, string>>;

export interface Tagged {
  tags(): Promise<Tags>;
  tag(added: Tags): Promise<void>;
  untag(keys: readonly string[]): Promise<void>;
}

/** Throws InvalidArn for what can have none. */
export function taggedBy({ machines, activities }: SfnRooms, scope: Scope, arn: string): Tagged {
  if (arn.split(':')[5] === 'activity') {
    const { book } = activities;
    return {
      tags: async () => (await asResource(arn, book.need(scope, arn))).tags,
      tag: (added) => asResource(arn, book.tag(scope, arn, added)),
      untag: (keys) => asResource(arn, book.untag(scope, arn, keys)),
    };
  }
  const { book } = machines;
  return {
    tags: () => asResource(arn, book.tags(scope, arn)),
    tag: (added) => asResource(arn, book.tag(scope, arn, added)),
    untag: (keys) => asResource(arn, book.untag(scope, arn, keys)),
  };
}

/** What is not there has another name here than elsewhere. */
async function asResource<Result>(arn: string, asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'StateMachineDoesNotExist' || error.code === 'ActivityDoesNotExist'))
      throw new ApiError('ResourceNotFound', `Resource not found: '${arn}'`, { cause: error, fields: { resourceName: arn } });
    throw error;
  }
}
