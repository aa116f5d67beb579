// Tokens of pages: the name after which a list goes on.

import { invalid } from './topic-answers.ts';

export function pageToken(after: string): string {
  return Buffer.from(`after:${after}`).toString('base64url');
}

export function parsePageToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:') || pageToken(text.slice('after:'.length)) !== token) throw invalid('NextToken');
  return text.slice('after:'.length);
}
