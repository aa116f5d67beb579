// The answer to a filter pattern that cannot be read.

import { ApiError } from '#kernel';

/** `reason` is a sentence that says what to write instead. */
export function invalidPattern(reason: string): ApiError {
  return new ApiError('InvalidParameterException', `Invalid filter pattern: ${reason}`, { status: 400 });
}

/** A term outside of quotes holds a character that only quotes allow. The beginning is AWS's own wording. */
export function invalidTerm(term: string): ApiError {
  const shown = term.length > 64 ? `${term.slice(0, 64)}…` : term;
  return new ApiError(
    'InvalidParameterException',
    `Invalid character(s) in term '${shown}': put a term that holds more than letters, digits and underscores in double quotation marks.`,
    { status: 400 },
  );
}
