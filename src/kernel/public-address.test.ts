// Addresses of every form, each with its reason to be public or not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPublicAddress, SPECIAL_IPV4_RANGES } from '#kernel';

const PUBLIC = [
  ['1.1.1.1', 'an ordinary host'],
  ['9.255.255.255', 'the last before 10/8'],
  ['11.0.0.0', 'the first after 10/8'],
  ['100.63.255.255', 'the last before the carriers’ range'],
  ['100.128.0.0', 'the first after the carriers’ range'],
  ['128.0.0.1', 'the first after loopback'],
  ['168.63.129.15', 'beside Azure’s host agent'],
  ['172.15.255.255', 'the last before 172.16/12'],
  ['172.32.0.0', 'the first after 172.16/12'],
  ['192.0.1.1', 'between two special ranges'],
  ['192.167.255.255', 'the last before 192.168/16'],
  ['198.17.255.255', 'the last before the benchmarks’ range'],
  ['198.20.0.0', 'the first after the benchmarks’ range'],
  ['223.255.255.255', 'the last before multicast'],
  ['2606:4700:4700::1111', 'an ordinary host'],
  ['2001:200::1', 'the first after the protocols’ range'],
  ['::ffff:1.1.1.1', 'mapped'],
  ['::ffff:101:101', 'mapped, in hexadecimal'],
  ['64:ff9b::1.1.1.1', 'NAT64'],
  ['2002:101:101::1', '6to4'],
] as const;

const NOT_PUBLIC = [
  ['0.0.0.0', 'the machine itself'],
  ['10.9.9.9', 'private'],
  ['100.100.100.200', 'Alibaba’s metadata service'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'Azure’s host agent'],
  ['169.254.169.254', 'metadata'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'Oracle’s metadata service'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', 'a relay of 6to4'],
  ['192.168.1.1', 'private'],
  ['198.19.255.255', 'benchmarks'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.9', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::127.0.0.1', 'the old compatible form'],
  ['::1.1.1.1', 'the old compatible form of a public one: nothing routes it'],
  ['::ffff:127.0.0.1', 'mapped loopback'],
  ['::ffff:7f00:1', 'mapped loopback, in hexadecimal'],
  ['::FFFF:169.254.169.254', 'mapped metadata, in capitals'],
  ['0:0:0:0:0:ffff:a00:1', 'mapped private, written out'],
  ['64:ff9b::a9fe:a9fe', 'NAT64 to metadata'],
  ['64:ff9b::10.0.0.1', 'NAT64 to a private host'],
  ['64:ff9b:1::1.1.1.1', 'local NAT64'],
  ['2002:7f00:1::', '6to4 of loopback'],
  ['2002:a9fe:a9fe::1', '6to4 of metadata'],
  ['2001::1', 'Teredo'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'Teredo'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['100::1', 'discard'],
  ['5f00::1', 'segment routing'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local with a zone'],
  ['2606:4700:4700::1111%eth0', 'a zone where none can be'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['127.1', 'no usual form'],
  ['0x7f000001', 'no usual form'],
  ['2130706433', 'no usual form'],
  ['0177.0.0.1', 'no usual form'],
  ['1.1.1.1 ', 'no address'],
  ['example.com', 'a name'],
  ['', 'nothing'],
] as const;

describe('a public address', () => {
  for (const [address, what] of PUBLIC) it(`is ${address}: ${what}`, () => assert.equal(isPublicAddress(address), true));
  for (const [address, what] of NOT_PUBLIC)
    it(`is not ${JSON.stringify(address)}: ${what}`, () => assert.equal(isPublicAddress(address), false));

  it('is none at either end of a special range', () => {
    for (const range of SPECIAL_IPV4_RANGES) {
      const [first = '', bits] = range.split('/');
      const value = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      const last = value + 2 ** (32 - Number(bits)) - 1;
      const text = [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
      assert.equal(isPublicAddress(first), false, range);
      assert.equal(isPublicAddress(text), false, range);
    }
  });
});
