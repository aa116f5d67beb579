// Functions that look around: what they can read, reach and do outside of their place. Everything only opens, lists or connects to this machine's loopback. The
// same looks at the `process` level, which isolates nothing, show that the eye works.

import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { linkTree } from '../../src/sandbox/slots/link-tree.ts';
import { levels } from './support/levels.ts';
import { GENERIC, invocation, openHouse, PROJECT_ROOT, specialisation, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { runFunction, startFunction } from './support/running.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const isRoot = process.geteuid?.() === 0;

describe('a function that looks around', { skip }, () => {
  let house: House;
  let open: House;

  before(async () => {
    house = await openHouse('bwrap');
    open = await openHouse('process');
  });
  after(async () => {
    await house[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
  });

  const inside = (source: string, event: unknown = {}): Promise<unknown> => runFunction(house, source, event);
  const outside = (source: string, event: unknown = {}): Promise<unknown> => runFunction(open, source, event);

  const OPENS = `const fs = require('fs'); exports.handler = async ({ paths, flags }) => paths.filter((p) => { try { fs.closeSync(fs.openSync(p, flags)); return true } catch { return false } })`;

  it('opens no file of the host', async () => {
    const canary = join(house.workDir, '..', 'canary');
    await writeFile(canary, 'for everybody', { mode: 0o644 });
    const paths = [
      canary,
      PROJECT_ROOT,
      join(PROJECT_ROOT, 'package.json'),
      house.workDir,
      '/proc/kcore',
      '/dev/mem',
      '/dev/kmsg',
      '/dev/kvm',
      '/dev/tty',
    ];
    const hostOnly = [
      '/etc/shadow',
      '/etc/hostname',
      '/etc/machine-id',
      '/root',
      '/home',
      '/srv',
      '/usr/local',
      '/var/lib',
      '/var/log',
      '/run',
      '/boot',
      '/sys/kernel',
      '/mnt',
    ];
    assert.deepEqual(await inside(OPENS, { paths: [...paths, ...hostOnly], flags: 'r' }), []);
    assert.deepEqual(await outside(OPENS, { paths: [canary, join(PROJECT_ROOT, 'package.json')], flags: 'r' }), [
      canary,
      join(PROJECT_ROOT, 'package.json'),
    ]);
  });

  it('opens no kernel knob for writing', async () => {
    const source = `const fs = require('fs'); const path = require('path');
      const knobs = (folder) => { try { return fs.readdirSync(folder, { withFileTypes: true }).flatMap((e) => e.isDirectory() ? knobs(path.join(folder, e.name)) : [path.join(folder, e.name)]) } catch { return [] } };
      exports.handler = async () => { const all = [...knobs('/proc/sys'), '/proc/sysrq-trigger', '/proc/self/oom_score_adj', '/proc/1/oom_score_adj']; return [all.length > 100, all.filter((p) => { try { fs.closeSync(fs.openSync(p, 'r+')); return true } catch { return false } })] }`;
    assert.deepEqual(await inside(source), [true, []]);
    if (isRoot) assert.equal(Object(await outside(source))[1].includes('/proc/sys/kernel/core_pattern'), true);
  });

  it('writes nowhere but to /tmp', async () => {
    const source = `const fs = require('fs'); const { execSync } = require('child_process');
      exports.handler = async () => [execSync('find / -xdev -writable -not -path "/proc/*" -not -type l 2>/dev/null || true').toString().trim().split('\\n').filter((p) => p !== '' && !p.startsWith('/tmp') && !['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'].includes(p)),
        ['/var/task/x', '/opt/x', '/var/x', '/x', '/dev/x', '/etc/x', '/node_modules/x', '/usr/bin/x', '/var/runtime/x', '/dev/shm'].filter((p) => { try { fs.writeFileSync(p, ''); return true } catch { return false } }), fs.existsSync('/tmp') ]`;
    assert.deepEqual(await inside(source), [[], [], true]);
  });

  it('reads no name of the platform, in no file of /proc', async () => {
    const source = `const fs = require('fs'); const path = require('path');
      const read = (p) => { try { const fd = fs.openSync(p, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK); const b = Buffer.alloc(262144); const n = fs.readSync(fd, b); fs.closeSync(fd); return b.latin1Slice(0, n) } catch { return '' } };
      const files = (folder, depth) => { try { return fs.readdirSync(folder, { withFileTypes: true }).flatMap((e) => e.isDirectory() ? depth > 0 ? files(path.join(folder, e.name), depth - 1) : [] : e.isFile() ? [path.join(folder, e.name)] : []) } catch { return [] } };
      exports.handler = async ({ secrets }) => [...files('/proc', 1), ...files('/proc/net', 2), ...files('/proc/self/task', 2)].filter((p) => !/kmsg|sysrq|pagemap|\\/mem$/.test(p)).filter((p) => { const t = read(p); return secrets.some((s) => t.includes(s)) })`;
    const mark = 'MAYFLY-TEST-MARK';
    process.env['MAYFLY_TEST_MARK'] = mark;
    const secrets = [mark, PROJECT_ROOT, join(PROJECT_ROOT, 'node_modules'), 'process_api'];
    assert.deepEqual(await inside(source, { secrets }), []);
    assert(Object(await outside(source, { secrets })).length > 0);
    delete process.env['MAYFLY_TEST_MARK'];
  });

  it('sees two processes besides its own children, and none of the host', async () => {
    const source = `const fs = require('fs'); exports.handler = async () => fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).map((n) => fs.readFileSync('/proc/' + n + '/comm', 'utf8').trim())`;
    assert.deepEqual(await inside(source), ['bwrap', 'MainThread'], 'Node 24 names its main thread');
    assert(Object(await outside(source)).length > 3);
  });

  it('finds the descriptors that it was given and no other', async () => {
    const source = `const fs = require('fs'); const { execFileSync } = require('child_process');
      exports.handler = async () => ({ own: fs.readdirSync('/proc/self/fd').flatMap((fd) => { try { return [fs.readlinkSync('/proc/self/fd/' + fd)] } catch { return [] } }),
        child: execFileSync('/bin/ls', ['/proc/self/fd'], { stdio: ['ignore', 'pipe', 'inherit'] }).toString().trim().split('\\n') })`;
    const seen = Object(await inside(source));
    const isPlain = (link: string): boolean => /^(?:socket|pipe|anon_inode):|^\/dev\/null$/.test(link);
    assert.deepEqual(
      seen.own.filter((link: string) => !isPlain(link)),
      [],
    );
    assert.deepEqual(seen.child, ['0', '1', '2', '3'], 'a child has stdio; 3 is the folder that ls lists');
  });

  it('reaches no port of the host, on no address of it', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const { port } = server.address() as AddressInfo;
    const source = `const net = require('net'); const reach = (host, port) => new Promise((ok) => { const s = net.connect({ host, port }); s.on('connect', () => ok(true)); s.on('error', () => ok(false)) });
      exports.handler = async ({ port }) => { const reached = []; for (const host of ['127.0.0.1', '0.0.0.0', '::1', '127.0.0.2']) if (await reach(host, port)) reached.push(host); return reached }`;
    assert.deepEqual(await inside(source, { port }), []);
    assert(Object(await outside(source, { port })).includes('127.0.0.1'));
    server.close();
  });

  it('reaches no abstract unix socket of the host', async () => {
    const name = `\0mayfly-test-${process.pid}`;
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(name, resolve));
    const source = `const net = require('net'); exports.handler = ({ name }) => new Promise((ok) => { const s = net.connect(name); s.on('connect', () => ok(true)); s.on('error', (e) => ok(e.code)) })`;
    assert.equal(await inside(source, { name }), 'ECONNREFUSED');
    assert.equal(await outside(source, { name }), true);
    server.close();
  });

  it('has no network but its own loopback', async () => {
    const source = `const fs = require('fs'); exports.handler = async () => [Object.keys(require('os').networkInterfaces()), fs.readFileSync('/proc/net/route', 'utf8').trim().split('\\n').length - 1]`;
    assert.deepEqual(await inside(source), [['lo'], 0]);
  });

  it('makes no namespaces, mounts or privileges', async () => {
    const source = `const { spawnSync } = require('child_process'); const fs = require('fs');
      exports.handler = async () => { const status = fs.readFileSync('/proc/self/status', 'utf8'); return { works: Object.fromEntries(Object.entries({ user: ['unshare', '-U', 'true'], mount: ['unshare', '-m', 'true'], net: ['unshare', '-n', 'true'], pid: ['unshare', '-p', 'true'], bwrap: ['bwrap', '--ro-bind', '/', '/', 'true'], su: ['su', '-c', 'true'], chroot: ['chroot', '/', 'true'], true: ['true'] }).map(([n, [c, ...a]]) => [n, spawnSync(c, a).status === 0])),
        caps: status.match(/^Cap(Inh|Prm|Eff|Bnd|Amb):\\s+0+$/gm).length, nnp: /^NoNewPrivs:\\s+1$/m.test(status), seccomp: /^Seccomp:\\s+2$/m.test(status), uid: process.getuid(), gid: process.getgid(), groups: process.getgroups() } }`;
    const { works, ...rest } = Object(await inside(source));
    assert.deepEqual(works, {
      user: false,
      mount: false,
      net: false,
      pid: false,
      bwrap: false,
      su: false,
      chroot: false,
      true: true,
    });
    const groups = isRoot ? [990] : rest.groups;
    assert.deepEqual(rest, { caps: 5, nnp: true, seccomp: true, uid: 993, gid: 990, groups });
  });

  it(
    'runs under a host uid of its own, which is not root',
    { skip: isRoot ? false : 'sandboxes share the user’s uid' },
    async () => {
      const source = `exports.handler = async () => { const fs = require('fs'); return fs.readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\\s+/) }`;
      const map = await inside(source);
      assert.deepEqual(map, ['993', '993', '1'], 'seen from inside, the outer namespace is not the host either');
    },
  );

  it('sees another function’s code, files and variables nowhere', async () => {
    await using victim = await startFunction(
      house,
      {
        'index.js': `require('fs').writeFileSync('/tmp/secret-file', 'x'); exports.handler = async () => 'SECRET-CODE'`,
        'secret-name.txt': 'SECRET-TEXT',
      },
      { environment: { SECRET: 'SECRET-VARIABLE' } },
    );
    const source = `const { execSync } = require('child_process'); exports.handler = async () => [execSync('ls -laR /tmp /var/task /var/run /var/opt 2>/dev/null; cat /proc/*/environ 2>/dev/null; ls /var').toString(), execSync('find / -name "secret*" -not -path "/usr/*" -not -path "/proc/*" 2>/dev/null || true').toString()].join('')`;
    const seen = String(await inside(source));
    assert.equal(valueOf(await victim.sandbox.invoke(invocation())), 'SECRET-CODE', 'it was there all the time');
    for (const secret of ['SECRET', 'secret-name', 'secret-file']) assert(!seen.includes(secret), secret);
    assert.match(
      String(
        await runFunction(
          house,
          source.replace('exports', '/* SECRET */ require("fs").writeFileSync("/tmp/secret-file", ""); exports'),
        ),
      ),
      /secret-file/,
      'the control',
    );
  });

  it('follows a symbolic link in its code to its own world only', async () => {
    const codeTree = await house.codeTree({
      'index.js': `const fs = require('fs'); exports.handler = async () => { try { return fs.readFileSync('/var/task/link', 'utf8') } catch (e) { return e.code } }`,
    });
    await symlink('/etc/shadow', join(codeTree, 'link'));
    const sandbox = await house.launcher.launch(GENERIC);
    assert.deepEqual(await sandbox.specialise(specialisation(codeTree)), { kind: 'ready' });
    assert.equal(valueOf(await sandbox.invoke(invocation())), 'ENOENT');
    await sandbox.destroy();
  });

  it('cannot reach out through LD_PRELOAD or NODE_OPTIONS: they act inside', async () => {
    const startEnvironment = { LD_PRELOAD: '/nowhere/evil.so', NODE_OPTIONS: '--title=mine' };
    const sandbox = await house.launcher.launch({ ...GENERIC, startEnvironment });
    const source = `const fs = require('fs'); exports.handler = async () => [process.title, fs.readFileSync('/proc/1/environ', 'latin1'), fs.readFileSync('/proc/1/cmdline', 'latin1').split('\\0').slice(0, 3)]`;
    assert.deepEqual(await sandbox.specialise(specialisation(await house.codeTree({ 'index.js': source }))), { kind: 'ready' });
    assert.deepEqual(valueOf(await sandbox.invoke(invocation())), ['mine', '', ['/usr/bin/bwrap', '--args', '5']]);
    await sandbox.destroy();
  });

  it('can use native addons, such as sharp, that it brings', async () => {
    const codeTree = await house.codeTree({
      'index.js': `const sharp = require('sharp'); exports.handler = async () => { const png = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } }).png().toBuffer(); const { width, height } = await sharp(await sharp(png).resize(10).jpeg().toBuffer()).metadata(); return [width, height] }`,
    });
    for (const name of ['sharp', '@img', 'detect-libc', 'semver']) {
      await mkdir(join(codeTree, 'node_modules'), { recursive: true });
      await linkTree({ from: join(PROJECT_ROOT, 'node_modules', name), to: join(codeTree, 'node_modules', name) });
    }
    const sandbox = await house.launcher.launch(GENERIC);
    assert.deepEqual(await sandbox.specialise(specialisation(codeTree, { memoryMiB: 256 })), { kind: 'ready' });
    assert.deepEqual(valueOf(await sandbox.invoke(invocation())), [10, 5]);
    await sandbox.destroy();
  });

  it('can use the programs and native libraries of the system', async () => {
    const source = `const { execFileSync } = require('child_process'); exports.handler = async () => [execFileSync('/bin/sh', ['-c', 'echo $((1+1))']).toString().trim(), execFileSync('node', ['-p', '1+1']).toString().trim(), execFileSync('tar', ['--version']).toString().includes('tar')]`;
    assert.deepEqual(await inside(source), ['2', '2', true]);
  });
});
