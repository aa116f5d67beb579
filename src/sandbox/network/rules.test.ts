// The text of the packet filter, and the eye that finds every flaw in what the kernel shows of it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SPECIAL_IPV4_RANGES } from '#kernel';
import { hostAddresses } from './host-addresses.ts';
import { flawOf, ruleset } from './rules.ts';

const HOST = ['93.184.216.1/32', '93.184.216.255/32'];

/** What `nft -j list ruleset` shows of it (nftables 1.0.6), for the parts that are looked at. */
interface Listed {
  chains: Record<string, { policy: string; hook: string; verdicts: string[] }>;
  elements: unknown[];
}

function listed(change: (listing: Listed) => void = () => {}): unknown {
  const listing: Listed = {
    chains: {
      output: {
        policy: 'drop',
        hook: 'output',
        verdicts: ['accept', 'accept', 'reject', 'drop', 'drop', 'accept', 'reject', 'reject', 'accept'],
      },
      input: { policy: 'drop', hook: 'input', verdicts: ['accept', 'accept'] },
      forward: { policy: 'drop', hook: 'forward', verdicts: [] },
    },
    elements: [
      ...SPECIAL_IPV4_RANGES.map((range) => ({ prefix: { addr: range.split('/')[0], len: Number(range.split('/')[1]) } })),
      '93.184.216.1',
      { range: ['93.184.216.254', '93.184.216.255'] },
    ],
  };
  change(listing);
  const chains = Object.entries(listing.chains);
  return {
    nftables: [
      { metainfo: { json_schema_version: 1 } },
      { table: { family: 'inet', name: 'mayfly' } },
      { set: { family: 'inet', name: 'refused', table: 'mayfly', elem: listing.elements } },
      ...chains.map(([name, { policy, hook }]) => ({ chain: { family: 'inet', table: 'mayfly', name, hook, policy } })),
      ...chains.flatMap(([chain, { verdicts }]) =>
        verdicts.map((verdict) => ({ rule: { chain, table: 'mayfly', expr: [{ match: {} }, { [verdict]: null }] } })),
      ),
    ],
  };
}

describe('the packet filter of a function with the internet', () => {
  it('names every special range and the machine’s own addresses', () => {
    const text = ruleset(HOST);
    for (const part of [
      '169.254.0.0-169.254.255.255',
      '168.63.129.16',
      '224.0.0.0-255.255.255.255',
      '93.184.216.1,',
      '93.184.216.255',
    ])
      assert(text.includes(part), part);
  });

  it('merges what overlaps or touches: the kernel takes no intervals that do', () => {
    assert.match(
      ruleset(['10.1.2.3/32', '11.0.0.0/8']),
      /elements = \{ 0\.0\.0\.0-0\.255\.255\.255, 10\.0\.0\.0-11\.255\.255\.255,/,
    );
  });

  it('lets nothing through that comes before the refusals, but loopback, answers and names', () => {
    const rules = ruleset([])
      .split('\n')
      .map((line) => line.trim());
    const accepted = rules.slice(0, rules.indexOf('ip daddr @refused reject with icmpx type admin-prohibited'));
    assert.deepEqual(
      accepted.filter((line) => line.endsWith(' accept')),
      ['oifname "lo" accept', 'ct state established accept', 'ip daddr 10.0.2.3 meta l4proto { tcp, udp } th dport 53 accept'],
    );
  });

  it('is believed to be in force when the kernel shows it', () => {
    assert.equal(flawOf(listed(), HOST), undefined);
  });

  const FLAWS: readonly (readonly [string, (listing: Listed) => void, RegExp])[] = [
    [
      'a chain that lets the rest through',
      ({ chains }) => Object.assign(chains['output'] ?? {}, { policy: 'accept' }),
      /chain output does not drop/,
    ],
    ['a chain that hangs elsewhere', ({ chains }) => Object.assign(chains['output'] ?? {}, { hook: 'input' }), /chain output/],
    ['a chain that is missing', ({ chains }) => delete chains['forward'], /chain forward/],
    ['a rule too few', ({ chains }) => chains['output']?.verdicts.splice(6, 1), /rules of the chain output/],
    ['a rule too many', ({ chains }) => chains['input']?.verdicts.push('accept'), /rules of the chain input/],
    [
      'a refused range that is missing',
      ({ elements }) => elements.splice(5, 1),
      /169\.254\.0\.0-169\.254\.255\.255 are not refused/,
    ],
    ['an own address that is missing', ({ elements }) => elements.pop(), /93\.184\.216\.255 are not refused/],
    [
      'an element of an unknown form',
      ({ elements }) => elements.splice(0, 1, { concat: [] }),
      /0\.0\.0\.0-0\.255\.255\.255 are not/,
    ],
  ];
  for (const [what, change, complaint] of FLAWS)
    it(`is not believed with ${what}`, () => assert.match(String(flawOf(listed(change), HOST)), complaint));

  it('is not believed when nothing was shown', () => {
    for (const nothing of [undefined, {}, { nftables: [] }, 'text']) assert.notEqual(flawOf(nothing, []), undefined);
  });
});

describe('the machine’s own addresses', () => {
  it('are what its kernel delivers to itself: interfaces, whole ranges, broadcasts; not its neighbours', () => {
    const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/31 1 0 0
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 93.184.216.0/24 2 0 2
        |-- 93.184.216.0
           /24 link UNICAST
        |-- 93.184.216.1
           /32 host LOCAL
        |-- 93.184.216.255
           /32 link BROADCAST
     |-- 45.0.0.0
        /24 host LOCAL
`;
    assert.deepEqual(hostAddresses(trie + trie), [
      '127.0.0.0/8',
      '127.0.0.1/32',
      '93.184.216.1/32',
      '93.184.216.255/32',
      '45.0.0.0/24',
    ]);
  });

  it('can be read here', () => {
    assert(hostAddresses().includes('127.0.0.1/32'));
  });
});
