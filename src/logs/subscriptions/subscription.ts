// A subscription filter: which events of a group a function is told of. Checked here, stored as attributes, and read back.

import { LIMITS, type Scope } from '#kernel';
import type { Json, LogSubscription } from '#store';
import { invalid, invalidMember } from '../log-answers.ts';
import { parseFilterPattern } from '../pattern/filter-pattern.ts';

export interface SubscriptionFilter {
  readonly scope: Scope;
  readonly group: string;
  readonly name: string;
  readonly pattern: string;
  readonly functionArn: string;
  readonly createdAtMs: number;
}

export type NewSubscription = Omit<SubscriptionFilter, 'createdAtMs'>;

const NAME = /^[^:*]*$/;
const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:([a-z0-9-]+):(\d{12}):function:[\w-]{1,64}(?::[\w$-]{1,128})?$/;
const ARN = /^arn:aws[\w-]*:([a-z0-9-]+):/;

/** Throws InvalidParameterException. */
export function checkSubscription({ scope, name, pattern, functionArn }: NewSubscription): void {
  checkSubscriptionName(name);
  parseFilterPattern(pattern);
  const [, service] = ARN.exec(functionArn) ?? [];
  if (service !== undefined && service !== 'lambda')
    throw invalid(`Subscriptions to ${service} are not served: name the ARN of a Lambda function as destinationArn.`);
  const [, region, account] = FUNCTION_ARN.exec(functionArn) ?? [];
  if (region === undefined) throw invalidMember(functionArn, 'destinationArn', 'be the ARN of a Lambda function');
  if (region !== scope.region || account !== scope.account)
    throw invalid(`The function ${functionArn} is not in this region (${scope.region}) and account (${scope.account}).`);
}

export function checkSubscriptionName(name: string, member = 'filterName'): string {
  if (name === '' || name.length > LIMITS.logNameLength)
    throw invalidMember(name, member, `have length between 1 and ${LIMITS.logNameLength}`);
  if (!NAME.test(name) || !name.isWellFormed()) throw invalidMember(name, member, 'satisfy regular expression pattern: [^:*]*');
  return name;
}

export function attributesOf({ pattern, functionArn }: NewSubscription): Json {
  return { pattern, functionArn };
}

export function filterOf({ scope, group, name, createdAtMs, attributes }: LogSubscription): SubscriptionFilter {
  // Written by `attributesOf` alone.
  const { pattern, functionArn } = attributes as unknown as Pick<SubscriptionFilter, 'pattern' | 'functionArn'>;
  return { scope, group, name, createdAtMs, pattern, functionArn };
}
