// The packet filter of a sandbox that may use the internet, as text for nft, and the proof that the kernel has all of it.
//
// It lies in the sandbox's own network namespace, where every packet of the function is an outgoing one; the function has no privilege there to
// change it. https://wiki.nftables.org/wiki-nftables/index.php/Main_Page

import { LIMITS, SPECIAL_IPV4_RANGES } from '#kernel';

/** Where slirp4netns answers questions for names; the rest of its network, with its way to the host, is private and refused. */
export const NAME_SERVER = '10.0.2.3';
export const DEVICE = 'tap0';
const TABLE = 'mayfly';

type Verdict = 'accept' | 'drop' | 'reject';

interface Rule {
  readonly match: string;
  readonly verdict: Verdict;
}

/** At once, and with an error that says what happened: a function that waits for its timeout would pay for it. */
const REFUSAL = 'reject with icmpx type admin-prohibited';

const { sandboxNewConnectionsPerSecond: rate, sandboxNewConnectionsBurst: burst } = LIMITS;

const OUTPUT: readonly Rule[] = [
  { match: 'oifname "lo"', verdict: 'accept' },
  { match: 'ct state established', verdict: 'accept' },
  // slirp4netns gives no IPv6, and what cannot be used needs no list of its own.
  { match: 'meta nfproto ipv6', verdict: 'reject' },
  { match: 'meta l4proto != { tcp, udp }', verdict: 'drop' },
  // Dropped, not refused: what is sent again a second later gets through, a scan does not. It bounds the kernel's table of connections as well.
  { match: `ct state new limit rate over ${rate}/second burst ${burst} packets`, verdict: 'drop' },
  { match: `ip daddr ${NAME_SERVER} meta l4proto { tcp, udp } th dport 53`, verdict: 'accept' },
  { match: 'ip daddr @refused', verdict: 'reject' },
  // Mail: what a hijacked function would be used for first. Lambda closes 25 as well.
  { match: 'tcp dport { 25, 465, 587 }', verdict: 'reject' },
  { match: `oifname "${DEVICE}"`, verdict: 'accept' },
];

const INPUT: readonly Rule[] = [
  { match: 'iifname "lo"', verdict: 'accept' },
  { match: 'ct state established,related', verdict: 'accept' },
];

const CHAINS: Readonly<Record<string, readonly Rule[]>> = { output: OUTPUT, input: INPUT, forward: [] };

/** `hostAddresses`: the machine's own, as `address/bits`. */
export function ruleset(hostAddresses: readonly string[]): string {
  return [
    `table inet ${TABLE} {`,
    '  set refused {',
    '    type ipv4_addr',
    '    flags interval',
    `    elements = { ${mergedRanges(refusedRanges(hostAddresses)).map(showRange).join(', ')} }`,
    '  }',
    ...Object.entries(CHAINS).flatMap(([name, rules]) => [
      `  chain ${name} {`,
      `    type filter hook ${name} priority filter; policy drop;`,
      ...rules.map(({ match, verdict }) => `    ${match} ${verdict === 'reject' ? REFUSAL : verdict}`),
      '  }',
    ]),
    '}',
    '',
  ].join('\n');
}

/** What is wrong with a ruleset that `nft -j list ruleset` showed; undefined where it is the one that was asked for. */
export function flawOf(listed: unknown, hostAddresses: readonly string[]): string | undefined {
  const items: unknown = Object(listed).nftables;
  if (!Array.isArray(items)) return 'it could not be read back';
  const of = (kind: string): readonly Record<string, unknown>[] =>
    items.flatMap((item: unknown) => (Object(item)[kind] === undefined ? [] : [Object(item)[kind]]));

  for (const [name, rules] of Object.entries(CHAINS)) {
    const chain = of('chain').find((one) => one['name'] === name && one['table'] === TABLE);
    if (chain?.['hook'] !== name || chain['policy'] !== 'drop') return `the chain ${name} does not drop what no rule lets through`;
    const verdicts = of('rule').flatMap((rule) => (rule['chain'] === name ? [verdictOf(rule['expr'])] : []));
    const wanted = rules.map(({ verdict }) => verdict);
    if (verdicts.join() !== wanted.join()) return `the rules of the chain ${name} are ${verdicts.join(', ') || 'missing'}`;
  }
  const set = of('set').find((one) => one['name'] === 'refused');
  const refused = mergedRanges(Array.isArray(set?.['elem']) ? set['elem'].map(listedRange) : []);
  const missing = mergedRanges(refusedRanges(hostAddresses)).filter(
    ({ first, last }) => !refused.some((range) => range.first <= first && last <= range.last),
  );
  return missing.length === 0 ? undefined : `the addresses ${missing.map(showRange).join(', ')} are not refused`;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function refusedRanges(hostAddresses: readonly string[]): readonly Range[] {
  return [...SPECIAL_IPV4_RANGES, ...hostAddresses].map(rangeOf);
}

/** The kernel's intervals may not overlap. */
function mergedRanges(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of [...ranges].sort((one, other) => one.first - other.first)) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return merged;
}

function rangeOf(text: string): Range {
  const [address = '', bits = '32'] = text.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(valueOf(address) / size) * size;
  return { first, last: first + size - 1 };
}

function showRange({ first, last }: Range): string {
  return first === last ? addressOf(first) : `${addressOf(first)}-${addressOf(last)}`;
}

function valueOf(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function addressOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** A single address, a prefix or a range, in nft's JSON. https://manpages.debian.org/bookworm/libnftables1/libnftables-json.5.en.html */
function listedRange(element: unknown): Range {
  if (typeof element === 'string') return rangeOf(element);
  const { prefix, range } = Object(element);
  if (prefix !== undefined) return rangeOf(`${prefix.addr}/${prefix.len}`);
  const [first, last] = Array.isArray(range) ? range.map(String) : [];
  // Nothing is what an element of another form refuses.
  return first === undefined || last === undefined ? { first: 0, last: -1 } : { first: valueOf(first), last: valueOf(last) };
}

function verdictOf(expression: unknown): string {
  const last: unknown = Array.isArray(expression) ? expression.at(-1) : undefined;
  return Object.keys(Object(last))[0] ?? 'nothing';
}
