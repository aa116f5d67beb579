// Dates as S3 shows them: in whole seconds everywhere, so that what a listing says equals what a HEAD says.

import { wholeSeconds } from '#buckets';

export function wholeSecondsDate(ms: number): Date {
  return new Date(wholeSeconds(ms));
}
