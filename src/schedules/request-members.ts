// Members of a request that somebody wrote as JSON: read by name, refused by name.

import { invalid } from './schedule-answers.ts';

export type Request = Readonly<Record<string, unknown>>;

export function parseRequest(input: string): Request {
  let request: unknown;
  try {
    request = JSON.parse(input);
  } catch (cause) {
    throw invalid('Input must be well-formed JSON for this target.', cause);
  }
  return objectOf(request, 'Input');
}

export function objectOf(value: unknown, what: string): Request {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be a JSON object.`);
  return value as Request;
}

export function onlyMembers(request: Request, names: readonly string[]): void {
  for (const name of Object.keys(request)) {
    if (!names.includes(name)) throw invalid(`The member ${name} of Input is not served for this target. Leave it out.`);
  }
}

export function text(request: Request, name: string): string | undefined {
  const value = request[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`${name} of Input must be text.`);
}

export function required(request: Request, name: string): string {
  const value = text(request, name);
  if (value === undefined || value === '') throw invalid(`Input must have ${name} for this target.`);
  return value;
}
