// Filters of event source mappings: EventBridge's patterns, and the sentence in which Lambda refuses a bad one.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html

import { InvalidPattern, parsePattern } from '#patterns';
import { invalidParameter } from '../refusals.ts';

/** The pattern, as it was given. Throws InvalidParameterValueException. */
export function checkFilter(pattern: string): string {
  try {
    parsePattern(pattern);
    return pattern;
  } catch (cause) {
    if (!(cause instanceof InvalidPattern)) throw cause;
    throw invalidParameter(`Invalid filter pattern definition. ${cause.message}`, cause);
  }
}
