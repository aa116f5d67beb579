// Functions with the internet, on the only machine of a fake one: as root, and as an ordinary user.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { levels } from './support/levels.ts';
import { openHouse, PROJECT_ROOT } from './support/real-house.ts';

const SUPPORT = join(import.meta.dirname, 'support');
/** Nobody's: neither a person's nor a service's. */
const UID = 64_124;
/** What a filter must have kept from the hosts, whatever the function was told. */
const KEPT = ['10.9.9.9:80', '169.254.169.254:80', '93.184.216.34:25'];

for (const level of ['bwrap', 'oci'] as const) {
  describe(`the internet at level ${level}`, { skip: await reasonToSkip(level) }, () => {
    it('is what a function reaches, and nothing else: sandboxes of root', () => {
      const { tests, arrivals } = runInFakeInternet(0, level);
      assert.match(tests, /^# skipped 0$/m);
      for (const place of KEPT) assert(arrivals.includes(place), 'the control, which takes the filter away, arrived');
    });

    it('is what a function reaches, and nothing else: sandboxes of an ordinary user', () => {
      accessSync(PROJECT_ROOT, constants.X_OK);
      const { arrivals } = runInFakeInternet(UID, level);
      assert(arrivals.includes('93.184.216.34:80') && arrivals.includes('10.9.9.53:53'), 'the host that may be reached was');
      for (const place of KEPT) assert(!arrivals.includes(place), `${place} was reached`);
    });
  });
}

async function reasonToSkip(level: 'bwrap' | 'oci'): Promise<string | false> {
  if (process.geteuid?.() !== 0) return 'only root can make a fake internet';
  const found = (await levels()).find((one) => one.level === level);
  if (found?.skip !== false) return found?.skip ?? 'no sandboxes';
  await using house = await openHouse(level);
  if (!house.launcher.networks.includes('internet'))
    return 'nftables or slirp4netns is missing (apt-get install nftables slirp4netns)';
  if (spawnSync('ip', ['-V']).status !== 0) return 'iproute2 is missing (apt-get install iproute2)';
  return false;
}

function runInFakeInternet(uid: number, level: string): { readonly tests: string; readonly arrivals: readonly string[] } {
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      '--net',
      '--mount',
      '--',
      process.execPath,
      join(SUPPORT, 'fake-internet-platform.ts'),
      String(uid),
      join(SUPPORT, 'internet-child.ts'),
      level,
    ],
    // Not the runner's own variables: a test runner inside a test runner reports to it instead of to us.
    { env: { PATH: process.env['PATH'] }, encoding: 'utf8' },
  );
  const failures = stdout.split('\n').filter((line) => /^\s*(?:not ok|error:|\s+at |\+|-)/.test(line));
  assert.match(stdout, /^# fail 0$/m, `${failures.join('\n')}\n${stderr}`);
  assert.match(stdout, /^# pass [1-9]/m);
  assert.equal(status, 0, stderr);
  return { tests: stdout, arrivals: (/^# arrivals (.*)$/m.exec(stdout)?.[1] ?? '').split(' ') };
}
