// Whose rights a platform takes: what was asked, and what stands in the way.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { SERVICE_UID } from '#sandbox';
import { chooseServiceUser, describeRights } from './service-user.ts';
import type { ServiceUserOptions } from './service-user.ts';

const own = process.geteuid?.() ?? 0;
const CHECKOUT = join(import.meta.dirname, '..', '..');
const ASKED: ServiceUserOptions = {
  asked: 'auto',
  level: 'bwrap',
  limits: 'cgroups v2',
  projectRoot: CHECKOUT,
  dataFolder: '/var/tmp/data',
  reads: [],
};

describe('root', { skip: own === 0 ? false : 'this is no root' }, () => {
  it('gives its rights to nobody in particular, or to whom it was told', (t) => {
    const projectRoot = programIn(t, 0o755);
    assert.deepEqual(chooseServiceUser({ ...ASKED, projectRoot }), { kind: 'service', uid: SERVICE_UID });
    assert.deepEqual(chooseServiceUser({ ...ASKED, projectRoot, asked: '4711' }), { kind: 'service', uid: 4711 });
  });

  it('stays root inside of somebody’s own process, and where it was asked to', () => {
    for (const asked of [undefined, 'root']) assert.equal(chooseServiceUser({ ...ASKED, asked }).kind, 'root');
  });

  it('stays root where the program lies behind a closed folder, and says which', (t) => {
    const user = chooseServiceUser({ ...ASKED, projectRoot: programIn(t, 0o700) });
    assert.match(describeRights(user, undefined), /^requests are parsed as root: .*package\.json is closed to uid \d+/);
  });

  it('stays root where a file of the program, or a folder that it was told to read, is closed', (t) => {
    const projectRoot = programIn(t, 0o755);
    const functions = join(projectRoot, 'functions');
    mkdirSync(functions, { mode: 0o700 });
    assert.match(
      describeRights(chooseServiceUser({ ...ASKED, projectRoot, reads: [functions] }), undefined),
      /functions is closed/,
    );
    chmodSync(join(projectRoot, 'package.json'), 0o600);
    assert.match(describeRights(chooseServiceUser({ ...ASKED, projectRoot }), undefined), /package\.json is closed/);
  });

  it('stays root where sandboxes cannot be governed without it', () => {
    assert.match(describeRights(chooseServiceUser({ ...ASKED, level: 'process' }), undefined), /the level process/);
    const unlimited = chooseServiceUser({ ...ASKED, limits: 'rlimits and a watchdog' });
    assert.match(describeRights(unlimited, undefined), /without control groups/);
  });

  it('is still itself after it has asked what others may', (t) => {
    const before = [process.geteuid?.(), process.getegid?.(), process.getgroups?.()];
    chooseServiceUser({ ...ASKED, projectRoot: programIn(t, 0o700) });
    assert.deepEqual([process.geteuid?.(), process.getegid?.(), process.getgroups?.()], before);
  });
});

describe('an ordinary user', { skip: own === 0 ? 'this is root' : false }, () => {
  it('stays itself, and cannot become another', () => {
    assert.deepEqual(chooseServiceUser(ASKED), { kind: 'ordinary', uid: own });
    assert.throws(() => chooseServiceUser({ ...ASKED, asked: String(own + 1) }), /Only root can run the platform as uid/);
  });
});

/** What there is of a checkout, in a folder with that mode. */
function programIn(t: TestContext, mode: number): string {
  const folder = mkdtempSync('/var/tmp/mf-program-');
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{}');
  for (const name of ['src', 'runtimes', 'node_modules/yauzl']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'node_modules/yauzl/index.js'), '');
  chmodSync(folder, mode);
  return folder;
}
