// The whole contract and the hostile chapters once more, as an ordinary user without any privilege.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { levels } from './support/levels.ts';
import { PROJECT_ROOT } from './support/real-house.ts';

/** The level `process` is the same for every user. */
const BWRAP_ONLY = '^(?!.*level process)';
/** Nobody's: neither a person's nor a service's. */
const UID = 64_123;
const skip = process.geteuid?.() === 0 ? ((await levels())[0]?.skip ?? true) : 'these tests run as an ordinary user already';

describe('without root', { skip }, () => {
  for (const chapter of ['contract-handlers', 'contract-life', 'hostile-view', 'hostile-resources', 'after-a-kill', 'endpoint']) {
    it(`the chapter ${chapter} holds`, () => {
      accessSync(PROJECT_ROOT, constants.X_OK);
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--test', '--test-reporter=tap', '--test-name-pattern', BWRAP_ONLY, join(import.meta.dirname, `${chapter}.test.ts`)],
        {
          uid: UID,
          gid: UID,
          // Not the runner's own variables: a test runner inside a test runner reports to it instead of to us.
          env: { PATH: process.env['PATH'], HOME: '/var/tmp' },
          cwd: PROJECT_ROOT,
          encoding: 'utf8',
        },
      );
      assert.match(
        stdout,
        /^# fail 0$/m,
        stdout
          .split('\n')
          .filter((line) => /^\s*(?:not ok|error:|\s+at )/.test(line))
          .join('\n'),
      );
      assert.match(stdout, /^# pass [1-9]/m);
      assert.equal(status, 0);
    });
  }
});
