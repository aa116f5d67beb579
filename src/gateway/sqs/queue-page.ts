// Pages of queues: how many, and the token after which the next one begins.

import { LIMITS } from '#kernel';
import { checkedRange, invalidParameter } from './operation.ts';

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export function pageOf({ MaxResults, NextToken }: PageRequest): { readonly limit: number; readonly after: string | undefined } {
  return {
    limit: checkedRange(MaxResults ?? LIMITS.queuesPerPage, 'MaxResults', [1, LIMITS.queuesPerPage]),
    after: NextToken === undefined ? undefined : parseToken(NextToken),
  };
}

/** Only those who ask for pages are told that there are more: others get what one answer holds, as on AWS. */
export function nextTokenOf({ MaxResults }: PageRequest, next: string | undefined): { readonly NextToken?: string } {
  return MaxResults === undefined || next === undefined ? {} : { NextToken: Buffer.from(`after:${next}`).toString('base64url') };
}

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw invalidParameter('Invalid or expired next token.');
  return text.slice('after:'.length);
}
