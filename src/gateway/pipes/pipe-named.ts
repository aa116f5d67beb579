// The pipe that an ARN names.

import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import { pipeNameIn } from '#sources';

export function pipeNamed(scope: Scope, arn: string): string {
  const name = pipeNameIn(scope, arn);
  if (name === undefined) throw new ApiError('NotFoundException', `There is no pipe ${arn}.`);
  return name;
}
