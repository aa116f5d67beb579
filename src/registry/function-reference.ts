// How functions are named: a name, a partial ARN or a full one, with or without a version or alias behind it.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax

import type { AccountId, FunctionName, FunctionVersion, Region, Scope } from '#kernel';
import type { FunctionTarget } from './invocable.ts';
import { constraintViolated, invalidParameter, refusal } from './refusals.ts';

export interface FunctionReference {
  /** As far as the text names them. */
  readonly region: Region | undefined;
  readonly account: AccountId | undefined;
  readonly name: FunctionName;
  readonly qualifier: string | undefined;
}

export const LATEST = '$LATEST' as FunctionVersion;

const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:(?=[a-z]))?(?:(?<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9_-]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?$/;
const PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
/** What Lambda's model allows for a whole reference. */
const REFERENCE_LENGTH_MAX = 170;
const NAME_LENGTH_MAX = 64;
const QUALIFIER = /^(?:\$LATEST|[a-zA-Z0-9_$-]{1,128})$/;

/** Throws ValidationException for what is no reference at all, InvalidParameterValueException for a name that is too long. */
export function parseFunctionReference(text: string): FunctionReference {
  const parts = text.length <= REFERENCE_LENGTH_MAX ? REFERENCE.exec(text)?.groups : undefined;
  const name = parts?.['name'];
  // A full ARN says all of it: `arn:aws:lambda:us-east-1:f` would otherwise be a function called "f".
  const whole =
    !text.startsWith('arn:') || (parts?.['region'] !== undefined && parts['account'] !== undefined && text.includes(':function:'));
  if (parts === undefined || name === undefined || !whole)
    throw constraintViolated('functionName', text, `Member must satisfy regular expression pattern: ${PATTERN}`);
  if (name.length > NAME_LENGTH_MAX)
    throw invalidParameter(
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    );
  return {
    region: parts['region'] as Region | undefined,
    account: parts['account'] as AccountId | undefined,
    name: name as FunctionName,
    qualifier: parts['qualifier'],
  };
}

/** The function that a call in `scope` means. A qualifier may stand in the reference, beside it, or in both alike. */
export function targetOf(scope: Scope, text: string, qualifier?: string): FunctionTarget {
  const reference = parseFunctionReference(text);
  if (reference.region !== undefined && reference.region !== scope.region)
    throw refusal(
      'ResourceNotFoundException',
      `Functions from '${reference.region}' are not reachable in this region ('${scope.region}')`,
    );
  if (reference.account !== undefined && reference.account !== scope.account)
    throw refusal(
      'AccessDeniedException',
      `The function belongs to account ${reference.account}, this call to account ${scope.account}. Functions are reached within their own account.`,
    );
  if (qualifier !== undefined && !QUALIFIER.test(qualifier))
    throw constraintViolated(
      'qualifier',
      qualifier,
      'Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+',
    );
  if (qualifier !== undefined && reference.qualifier !== undefined && qualifier !== reference.qualifier)
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.');
  return { name: reference.name, qualifier: qualifier ?? reference.qualifier };
}

/** For the operations that work on a function as a whole. */
export function unqualifiedTargetOf(scope: Scope, text: string): FunctionName {
  const { name, qualifier } = targetOf(scope, text);
  if (qualifier !== undefined)
    throw invalidParameter(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  return name;
}

/** A published version's number: what looks like one is never an alias. */
export const isVersionNumber = (qualifier: string) => /^[1-9]\d{0,17}$/.test(qualifier);

export function functionArn(scope: Scope, name: FunctionName, qualifier?: string): string {
  const arn = `arn:aws:lambda:${scope.region}:${scope.account}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** In lists a padded number sorts as a number. */
export const versionKey = (name: string, version: string) => `${name}/${version.padStart(18, '0')}`;
