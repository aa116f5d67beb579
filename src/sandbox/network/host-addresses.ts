// The machine's own IPv4 addresses, as its kernel would deliver to them: also those of interfaces without a cable, and whole ranges that were routed to
// the machine itself, both of which os.networkInterfaces() leaves out.

import { readFileSync } from 'node:fs';

/** As `address/bits`, from the kernel's routing trie: a line with the address, below it the prefix with its kind. */
export function hostAddresses(trie = readFileSync('/proc/net/fib_trie', 'latin1')): readonly string[] {
  const found = new Set<string>();
  let address = '';
  for (const line of trie.split('\n')) {
    address = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? address;
    const bits = /^\s*\/(\d+) \w+ (?:LOCAL|BROADCAST)\b/.exec(line)?.[1];
    if (bits !== undefined) found.add(`${address}/${bits}`);
  }
  return [...found];
}
