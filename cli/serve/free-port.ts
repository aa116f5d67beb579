// The first free port of this machine from a number on.

import { createServer } from 'node:net';
import { Failure } from '../failure.ts';

const TRIES = 50;

export async function freePort(first: number, host = '127.0.0.1'): Promise<number> {
  for (let port = first; port < first + TRIES; port += 1) if ((await listenError(port, host)) === undefined) return port;
  throw new Failure(`The ports ${first} to ${first + TRIES - 1} are all taken.`, {
    code: 'EADDRINUSE',
    mend: 'Choose one with --port.',
  });
}

/** Why this process could not listen there; undefined where it could. */
export async function listenError(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  server.once('error', resolve);
  server.listen({ host, port }, () => resolve(undefined));
  const error = await promise;
  if (error !== undefined) return error;
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  return undefined;
}
