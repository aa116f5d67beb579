// A network for a function comes whole or not at all. Nothing here sends a packet: the networks are made and ended, and nobody is inside.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';

import type { Clock } from '#kernel';
import { findBwrap } from '../detect.ts';
import { findNetwork } from './find-network.ts';
import type { NetworkFinding } from './find-network.ts';
import type { NetworkTools } from './keeper-arguments.ts';
import { PrivateNetwork } from './private-network.ts';

const clock: Clock = {
  now: () => 0,
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
const isRoot = process.geteuid?.() === 0;
/** Nobody else's. */
const hostUid = isRoot ? 3_100_000 + Math.floor(Math.random() * 100_000) : undefined;
const bwrap = await findBwrap();

describe('the network of a function with the internet', { skip: bwrap.kind === 'none' ? bwrap.reason : false }, () => {
  let workDir: string;
  let finding: NetworkFinding;
  before(async () => {
    workDir = await mkdtemp('/var/tmp/mf-network-');
    await chmod(workDir, 0o711);
    finding = await findNetwork({ clock, bwrapPath: bwrap.kind === 'found' ? bwrap.path : '', workDir, hostUid });
  });
  after(() => rm(workDir, { recursive: true }));

  const open = (tools: Partial<NetworkTools> = {}): Promise<PrivateNetwork> | undefined =>
    finding.kind === 'none'
      ? undefined
      : PrivateNetwork.open({ clock, tools: { ...finding.tools, ...tools }, hostUid, join: () => Promise.resolve() });

  it('is made again and again, and leaves nothing', async (context) => {
    if (finding.kind === 'none') return context.skip(finding.reason);
    for (let round = 0; round < 3; round++) {
      const network = await open();
      if (isRoot) assert.deepEqual(await processesOfUid(), ['bwrap', 'sh', 'slirp4netns']);
      await network?.close();
      await network?.ended;
      if (isRoot) assert.deepEqual(await processesOfUid(), []);
    }
    return undefined;
  });

  for (const [what, tools, complaint] of [
    ['the filter is not loaded', { nft: '/usr/bin/false' }, /packet filter is not in force: it could not be read back/],
    [
      'the filter is loaded but not shown',
      { nft: 'nft() { test "$1" = -f; }; nft' },
      /packet filter is not in force: it could not be read back/,
    ],
    ['there is no namespace', { unshare: '/usr/bin/false' }, /packet filter is not in force/],
    ['nobody carries', { slirp4netns: '/usr/bin/false' }, /slirp4netns did not start/],
    ['there is no device', { tunDevice: '/dev/null' }, /slirp4netns did not start \(.*TUNSETIFF/],
    ['there is no bubblewrap', { bwrap: '/nowhere/bwrap' }, /ENOENT/],
    ['bubblewrap does not understand', { bwrap: '/usr/bin/cat' }, /packet filter is not in force/],
  ] as const) {
    it(`is refused in words when ${what}, and leaves nothing`, async (context) => {
      if (finding.kind === 'none') return context.skip(finding.reason);
      await assert.rejects(async () => open(tools), { name: 'LaunchFailed', message: complaint });
      if (isRoot) assert.deepEqual(await processesOfUid(), []);
      return undefined;
    });
  }

  it('is refused when it cannot be taken into its groups', async (context) => {
    if (finding.kind === 'none') return context.skip(finding.reason);
    const join = (): Promise<void> => Promise.reject(new Error('no such group'));
    await assert.rejects(PrivateNetwork.open({ clock, tools: finding.tools, hostUid, join }), /no such group/);
    if (isRoot) assert.deepEqual(await processesOfUid(), []);
    return undefined;
  });
});

async function processesOfUid(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (new RegExp(`^Uid:\\s+${hostUid}\\s`, 'm').test(status) && !/^State:\s+[ZX]/m.test(status))
      names.push(/^Name:\s+(.*)$/m.exec(status)?.[1] ?? pid);
  }
  return names.sort();
}
