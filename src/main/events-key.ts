// The bearer key with which systems that sign nothing may send CloudEvents, where the operator has set one. It comes in a file, as all secrets do.

import { readFileSync } from 'node:fs';

const NAMED = 'MAYFLY_EVENTS_KEY_FILE';
const LENGTH_MIN = 16;

export function eventsKeyOf(environment: NodeJS.ProcessEnv): string | undefined {
  const path = environment[NAMED];
  if (path === undefined) return undefined;
  const key = contentOf(path).trim();
  if (key.length >= LENGTH_MIN && /^[\w.~+/=-]+$/.test(key)) return key;
  throw new Error(`${path} (${NAMED}) must hold ${LENGTH_MIN} characters or more, as \`openssl rand -base64 32\` makes them.`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`The key file ${path} (${NAMED}) cannot be read.`, { cause });
  }
}
