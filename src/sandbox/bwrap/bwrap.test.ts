// The small parts of the bwrap level: what is told to bwrap, whose uid a sandbox has, what the probe program says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { runtimeCommand } from '../runtimes/start-command.ts';
import { baseEnvironment, SANDBOX_PATHS, startEnvironmentOf } from '../function-environment.ts';
import { bwrapOptions, encodeOptions, SANDBOX_LIMITS } from './arguments.ts';
import { HostUids } from './host-uids.ts';
import { SYSCALLS } from './seccomp/filter.ts';
import { probeResults, syscallProbe } from './syscall-probe.ts';

describe('the options of bwrap', () => {
  const options = bwrapOptions({
    slotFolder: '/w/slots/1',
    runtimeFolder: '/w/image/runtime',
    langFolder: '/w/image/lang',
    etcFolder: '/w/image/etc',
    network: 'platform',
    ephemeralMiB: 512,
    environment: { A: 'b' },
    filterFd: 4,
  });
  const text = options.join(' ');

  it('unshare every namespace, and keep user namespaces from being made again', () => {
    for (const name of ['user', 'pid', 'net', 'ipc', 'uts', 'cgroup']) assert(options.includes(`--unshare-${name}`), name);
    for (const option of ['--disable-userns', '--die-with-parent', '--new-session', '--clearenv'])
      assert(options.includes(option), option);
    assert.match(text, /--cap-drop ALL/);
    assert.match(text, /--seccomp 4/);
  });

  it('bind nothing writable, and make /proc and / read-only after everything is mounted', () => {
    assert(!options.includes('--bind'));
    assert(!options.includes('--dev'), 'bwrap’s own /dev brings terminals and a uid 0 in the outer namespace');
    const last = Math.max(
      ...['--ro-bind', '--tmpfs', '--symlink', '--proc', '--dev-bind'].map((option) => options.lastIndexOf(option)),
    );
    for (const path of ['/proc', '/']) {
      const at = options.findIndex((option, index) => option === '--remount-ro' && options[index + 1] === path);
      assert(at > last, path);
    }
    assert.match(text, /--size 536870912 --perms 1777 --tmpfs \/tmp/);
  });

  it('show nothing of /usr/local, homes or other places of the operator', () => {
    for (const path of ['/usr/local', '/root', '/home', '/srv', '/usr', '/opt', '/etc', '/var']) {
      assert(!text.includes(`--ro-bind ${path} `), path);
    }
  });

  it('are NUL-separated, and an option cannot smuggle in another', () => {
    assert.equal(encodeOptions(['--a', 'b']), '--a\0b\0');
    assert.throws(() => encodeOptions(['--setenv', 'A', 'x\0--bind\0/\0/']), RangeError);
  });

  it('leave nothing for the command line but constants', () => {
    assert(SANDBOX_LIMITS.every((part) => /^(?:\/usr\/bin\/prlimit|--[a-z-]+=[\d:]+|--)$/.test(part)));
    const starts = (['node', 'python', 'custom'] as const).flatMap((family) =>
      [true, false].map((supervised) => [family, supervised] as const),
    );
    for (const [family, supervised] of starts) {
      const command = runtimeCommand({ family, isSupervised: supervised, pythonPath: '/usr/bin/python3', paths: SANDBOX_PATHS });
      for (const part of command)
        assert.match(part, /^(?:--?[a-z-]+(?:=\d+)?|\/var\/(?:lang|runtime)\/[a-z/.]+|\/usr\/bin\/python3)$/);
    }
    assert(SANDBOX_LIMITS.includes('--core=1:1'), 'a limit of 0 does not hold for |program handlers');
  });
});

describe('host uids', () => {
  it('are never root, never given twice, and given again when they came back', () => {
    assert.throws(() => new HostUids({ first: 0, count: 10 }), RangeError);
    const uids = new HostUids({ first: 500, count: 2 });
    assert.deepEqual([uids.take(), uids.take(), uids.take()], [500, 501, undefined]);
    uids.giveBack(500);
    assert.deepEqual([uids.take(), uids.take()], [500, undefined]);
  });
});

describe('a function’s environment', () => {
  it('has Lambda’s paths', () => {
    const environment = baseEnvironment('nodejs24.x', SANDBOX_PATHS);
    assert.equal(
      environment['NODE_PATH'],
      '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
    );
    assert.equal(environment['PATH'], '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin');
    assert.match(baseEnvironment('nodejs22.x', SANDBOX_PATHS)['NODE_PATH'] ?? '', /^\/opt\/nodejs\/node22\//);
  });

  it('needs a start of its own for variables that are read at the start only', () => {
    const mine = {
      NODE_OPTIONS: '--require x',
      LD_PRELOAD: 'y',
      NODE_EXTRA_CA_CERTS: 'z',
      LD_LIBRARY_PATH: '/opt/lib',
      UV_THREADPOOL_SIZE: '8',
    };
    const more = { A: '1', NODE_ENV: 'production', PATH: '/bin', PYTHONPATH: '/opt/mine' };
    assert.deepEqual(startEnvironmentOf({ ...mine, ...more }, { runtime: 'nodejs24.x' }), mine);
    assert.deepEqual(startEnvironmentOf({ PYTHONUTF8: '1' }, { runtime: 'python3.12' }), { PYTHONUTF8: '1' });
    assert.deepEqual(startEnvironmentOf({ TABLE: 'x' }, { runtime: 'nodejs24.x' }), {});
  });

  it('goes as a whole to what the supervisor starts', () => {
    assert.deepEqual(startEnvironmentOf({ LD_PRELOAD: 'y' }, { runtime: 'provided.al2023' }), {});
    assert.deepEqual(startEnvironmentOf({ NODE_OPTIONS: '--require x' }, { runtime: 'nodejs24.x', supervised: true }), {});
  });

  it('has a Node on its path with Node’s runtimes alone', () => {
    assert.equal(baseEnvironment('python3.12', SANDBOX_PATHS)['PATH'], '/usr/local/bin:/usr/bin:/bin:/opt/bin');
    const custom = baseEnvironment('provided.al2023', SANDBOX_PATHS);
    assert.equal(custom['PATH'], '/usr/local/bin:/usr/bin:/bin:/opt/bin');
    assert.equal(custom['LD_LIBRARY_PATH'], '/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib');
    assert.equal('NODE_PATH' in custom, false);
  });
});

describe('the probe program', () => {
  const machine = arch();
  const isKnown = platform() === 'linux' && (machine === 'x64' || machine === 'arm64');

  it('reports what the kernel answers', { skip: isKnown ? false : `not for ${platform()} ${machine}` }, () => {
    assert(machine === 'x64' || machine === 'arm64');
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-probe-'));
    const numbers = SYSCALLS[machine];
    const [getuid, close, unknown] = [numbers['getuid'], numbers['close'], 5000];
    assert(getuid !== undefined && close !== undefined);
    writeFileSync(
      join(folder, 'probe'),
      syscallProbe(machine, [
        { number: getuid, arguments: [] },
        { number: close, arguments: [-1] },
        { number: unknown, arguments: [1, 2, 3, 4, 5, 6] },
      ]),
      { mode: 0o755 },
    );
    const [EBADF, ENOSYS] = [9, 38];
    assert.deepEqual(probeResults(execFileSync(join(folder, 'probe'))), [process.getuid?.(), -EBADF, -ENOSYS]);
    rmSync(folder, { recursive: true });
  });
});
