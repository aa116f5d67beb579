// Which IP addresses belong to the public internet. The rules of functions' networks and the platform's own fetchers (webhooks, destinations, copies
// from URLs) share this list, since either could be asked to reach what only the host can: metadata services, private ranges, the host itself.
// https://www.iana.org/assignments/iana-ipv4-special-registry · https://www.iana.org/assignments/iana-ipv6-special-registry

import { isIPv4, isIPv6 } from 'node:net';

/** Address and prefix length; everything else of IPv4 is public. */
export const SPECIAL_IPV4_RANGES = [
  '0.0.0.0/8', // this network; Linux connects 0.0.0.0 to the machine itself
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carriers' translation, and Alibaba's metadata service
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's host agent: a public address that answers on the machine's own wire
  '169.254.0.0/16', // link-local, with most clouds' metadata services
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments, with Oracle's metadata service
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4, which are gone
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, with broadcast
] as const;

/** Inside 2000::/3, which is all that is given out; documentation, Teredo and other protocols, whose tunnels end anywhere. */
const SPECIAL_IPV6_RANGES = ['2001::/23', '2001:db8::/32', '3fff::/20'] as const;

interface Prefix {
  readonly value: bigint;
  readonly bits: number;
}

const special4 = SPECIAL_IPV4_RANGES.map((range) => prefixOf(range, 32, ipv4Value));
const special6 = SPECIAL_IPV6_RANGES.map((range) => prefixOf(range, 128, ipv6Value));
const GLOBAL_UNICAST = prefixOf('2000::/3', 128, ipv6Value);
/** Forms of IPv6 that hold an IPv4 address, which is where a packet ends up, and how many bits follow it. */
const EMBEDDINGS = [
  { prefix: prefixOf('::ffff:0:0/96', 128, ipv6Value), trailingBits: 0n }, // mapped
  { prefix: prefixOf('64:ff9b::/96', 128, ipv6Value), trailingBits: 0n }, // NAT64
  { prefix: prefixOf('2002::/16', 128, ipv6Value), trailingBits: 80n }, // 6to4
] as const;

/** False for whatever is no address in its usual form (`127.1`, `0x7f000001`, a name): resolvers read those, so they are never judged. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return isPublicIPv4(ipv4Value(address));
  // A zone belongs to link-local addresses alone.
  return isIPv6(address) && !address.includes('%') && isPublicIPv6(ipv6Value(address));
}

function isPublicIPv4(value: bigint): boolean {
  return !special4.some((prefix) => holds(prefix, value, 32));
}

function isPublicIPv6(value: bigint): boolean {
  const embedding = EMBEDDINGS.find(({ prefix }) => holds(prefix, value, 128));
  if (embedding !== undefined) return isPublicIPv4((value >> embedding.trailingBits) & 0xffff_ffffn);
  return holds(GLOBAL_UNICAST, value, 128) && !special6.some((prefix) => holds(prefix, value, 128));
}

function holds({ value, bits }: Prefix, address: bigint, width: number): boolean {
  const rest = BigInt(width - bits);
  return value >> rest === address >> rest;
}

function prefixOf(range: string, width: number, valueOf: (address: string) => bigint): Prefix {
  const [address = '', bits] = range.split('/');
  return { value: valueOf(address), bits: Number(bits ?? width) };
}

/** `address` is one by isIPv4. */
function ipv4Value(address: string): bigint {
  return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** `address` is one by isIPv6, without a zone. */
function ipv6Value(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | group, 0n);
}

/** A dotted end counts as two groups. */
function groupsOf(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}
