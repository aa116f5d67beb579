// Whether a function may run in a loop: the platform ends loops unless it was told that one is meant.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html

import { createHash } from 'node:crypto';
import type { FunctionName, Scope } from '#kernel';
import { functionArn } from '../function-reference.ts';
import type { FunctionStore } from './function-store.ts';

export type RecursiveLoop = 'Allow' | 'Terminate';

export async function getRecursion(functions: FunctionStore, scope: Scope, name: FunctionName): Promise<RecursiveLoop> {
  return (await functions.get(scope, name)).recursiveLoop ?? 'Terminate';
}

export function setRecursion(
  functions: FunctionStore,
  scope: Scope,
  name: FunctionName,
  loop: RecursiveLoop,
): Promise<RecursiveLoop> {
  return functions.change(scope, name, {
    decide({ recursiveLoop: _before, ...record }) {
      return { kind: 'change', record: loop === 'Allow' ? { ...record, recursiveLoop: loop } : record, result: loop };
    },
  });
}

/** What a function is called in the trace headers of what it causes: short, and nothing that a reader could make use of. */
export function lineageIdOf(scope: Scope, name: FunctionName): string {
  return createHash('sha256').update(functionArn(scope, name)).digest('hex').slice(0, 8);
}
