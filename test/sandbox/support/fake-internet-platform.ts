// Builds a fake internet and runs a test file on its only "machine": `fake-internet-platform.ts UID FILE LEVEL`, as root, in network and mount namespaces that
// were made for it. There is no way out of them: no device but the loopback and one end of a cable, whose other end lies in one more such namespace.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Of the machine: one that looks public, one that is private. */
const MACHINE = ['93.184.217.1/24', '10.77.0.1/24'];
/** Behind the cable: an internet host, and everything that must be out of reach. */
const HOSTS = [
  '93.184.216.34',
  '10.9.9.9',
  '10.9.9.53',
  '100.100.100.200',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.5.5',
  '192.0.0.192',
  '192.168.77.7',
  '198.18.0.1',
];

const [uid = '0', file = '', level = ''] = process.argv.slice(2);
assert.deepEqual(devices(), ['lo'], 'only ever in a namespace without a network');

const hosts = spawn('/usr/bin/unshare', ['--net', '--', process.execPath, join(import.meta.dirname, 'fake-internet-worker.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: hosts.stdout });
await once(lines, 'line');
const inside = ['/usr/bin/nsenter', `--net=/proc/${hosts.pid}/ns/net`, '--'];
ip(['link', 'set', 'lo', 'up']);
ip(['link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1', 'netns', String(hosts.pid)]);
for (const address of MACHINE) ip(['address', 'add', address, 'dev', 'cable0']);
ip(['link', 'set', 'cable0', 'up']);
ip(['address', 'add', '93.184.217.2/24', 'dev', 'cable1'], inside);
for (const address of HOSTS) ip(['address', 'add', `${address}/32`, 'dev', 'lo'], inside);
for (const device of ['lo', 'cable1']) ip(['link', 'set', device, 'up'], inside);
ip(['route', 'add', 'default', 'via', '93.184.217.1'], inside);
ip(['route', 'add', 'default', 'via', '93.184.217.2']);
hosts.stdin.write('open\n');
await once(lines, 'line');

const folder = mkdtempSync('/var/tmp/mf-internet-');
try {
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 10.9.9.53\n', { mode: 0o644 });
  run(['/usr/bin/mount', '--bind', join(folder, 'resolv.conf'), '/etc/resolv.conf']);
  if (uid !== '0' && (statSync('/dev/net/tun').mode & 0o006) !== 0o006) openTun();
  const who = uid === '0' ? {} : { uid: Number(uid), gid: Number(uid) };
  const test = spawn(process.execPath, ['--test', '--test-reporter=tap', file], {
    ...who,
    env: { PATH: process.env['PATH'], HOME: '/var/tmp', MAYFLY_FAKE_INTERNET: level },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  [process.exitCode] = await once(test, 'exit');
  hosts.stdin.write('report\n');
  const [arrivals] = await once(lines, 'line');
  process.stdout.write(`# arrivals ${String(arrivals)}\n`);
} finally {
  hosts.kill('SIGKILL');
  run(['/usr/bin/umount', '/etc/resolv.conf']);
  rmSync(folder, { recursive: true });
}

/** As udev leaves it everywhere: a node of our own over it, in this mount namespace alone. */
function openTun(): void {
  const node = join(folder, 'tun');
  run(['/usr/bin/mknod', '-m', '666', node, 'c', '10', '200']);
  run(['/usr/bin/mount', '--bind', node, '/dev/net/tun']);
}

function devices(): readonly string[] {
  const { stdout } = spawnSync('ip', ['-json', 'link', 'show'], { encoding: 'utf8' });
  const links: readonly { readonly ifname: string; readonly link_type: string }[] = JSON.parse(stdout);
  // Some kernels put dead tunnels into every namespace.
  return links.flatMap(({ ifname, link_type: type }) => (/^(?:loopback|ether)$/.test(type) ? [ifname] : []));
}

function ip(args: readonly string[], prefix: readonly string[] = []): void {
  run([...prefix, 'ip', ...args]);
}

function run([program = '', ...args]: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr} ${String(error)}`);
}
