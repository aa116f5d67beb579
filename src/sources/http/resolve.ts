// Names of servers to addresses.

import { lookup, Resolver } from 'node:dns/promises';

/** Every address of a name; rejects where there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const QUERY_TIMEOUT_MS = 2000;

/**
 * Asks the network's resolvers by itself. The system's own way (`getaddrinfo`) holds one of Node's four threads for as long as a dead name server
 * takes, and those are what files are read with.
 */
export function networkResolver(): Resolve {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: 2 });
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    throw new Error(`${host} has no address.`, { cause: answers.find((answer) => answer.status === 'rejected')?.reason });
  };
}

const LOOKUPS_AT_ONCE = 2;

/** Knows /etc/hosts and whatever else the machine does, for destinations on the operator's own network; two at a time, so that two threads stay free. */
export function systemResolver(): Resolve {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (host) => {
    if (running >= LOOKUPS_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
