// What a resource policy says to a request. Statements are those that Lambda writes: every one allows, and each condition that it
// carries must be met by the request; what this does not know is not met.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { arnMatches, matches } from '#identity';
import type { PolicyPrincipal } from '../invocable.ts';
import type { PolicyRecord, PolicyStatement } from './policy-document.ts';

/** Condition keys in lower case, as far as the request has a value for them. */
export interface PolicyRequest {
  readonly action: string;
  readonly principal: PolicyPrincipal;
  readonly context: Readonly<Record<string, string | undefined>>;
}

export function allows(policy: PolicyRecord | undefined, request: PolicyRequest): boolean {
  return policy?.statements.some((statement) => statementAllows(statement, request)) ?? false;
}

function statementAllows(statement: PolicyStatement, { action, principal, context }: PolicyRequest): boolean {
  return (
    matches(statement.Action.toLowerCase(), action.toLowerCase()) &&
    principalMatches(statement.Principal, principal) &&
    Object.entries(statement.Condition ?? {}).every(([operator, conditions]) =>
      Object.entries(conditions).every(([key, expected]) => conditionHolds(operator, expected, context[key.toLowerCase()])),
    )
  );
}

function principalMatches(allowed: PolicyStatement['Principal'], principal: PolicyPrincipal): boolean {
  if (allowed === '*') return true;
  switch (principal.kind) {
    case 'anonymous':
      return false;
    case 'service':
      return 'Service' in allowed && allowed.Service === principal.service;
    case 'account':
      return 'AWS' in allowed && (allowed.AWS === `arn:aws:iam::${principal.account}:root` || allowed.AWS === principal.arn);
    default:
      return principal satisfies never;
  }
}

function conditionHolds(operator: string, expected: string, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  switch (operator) {
    case 'StringEquals':
      return actual === expected;
    case 'ArnLike':
      return arnMatches(expected, actual);
    case 'Bool':
      return actual.toLowerCase() === expected.toLowerCase();
    default:
      return false;
  }
}
