// What crun is told for a sandbox, and what stands around it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { bwrapOptions } from '../bwrap/arguments.ts';
import { ociConfig } from './oci-config.ts';
import { crunCommand, frameOptions, ROOT_FOLDER } from './oci-frame.ts';

const view = {
  slotFolder: '/w/slots/1/abc',
  runtimeFolder: '/w/image/runtime',
  langFolder: '/w/image/lang',
  etcFolder: '/w/image/etc',
  network: 'platform',
  ephemeralMiB: 512,
} as const;
const config = Object(
  ociConfig({
    rootFolder: ROOT_FOLDER,
    command: ['/var/lang/bin/node', 'agent'],
    environment: { A: 'b=c' },
    filter: Buffer.from([1, 2, 3]),
  }),
);

/** `--ro-bind FROM TO` and the like, as triples. */
function bindsOf(options: readonly string[]): readonly string[] {
  return options.flatMap((option, index) => (option.endsWith('-bind') ? [options.slice(index, index + 3).join(' ')] : []));
}

describe('the frame of an OCI sandbox', () => {
  it('puts together what a sandbox of bwrap sees, one folder further down', () => {
    const own = bindsOf(bwrapOptions({ ...view, environment: {}, filterFd: 4 })).filter(
      (bind) => !bind.includes(' /dev/null /proc/'),
    );
    const framed = new Set(bindsOf(frameOptions({ ...view, configFd: 4 })));
    assert(own.length > 10);
    for (const bind of own) {
      const [kind, from, to] = bind.split(' ');
      assert(framed.has(`${kind} ${from} ${ROOT_FOLDER}${to}`), bind);
    }
  });

  it('has a network of its own, but where one was made before it', () => {
    assert(frameOptions({ ...view, configFd: 4 }).includes('--unshare-net'));
    const options = frameOptions({ ...view, network: 'internet', configFd: 4 });
    assert(!options.includes('--unshare-net'));
    assert(bindsOf(options).some((bind) => bind.endsWith(`/resolv.internet.conf ${ROOT_FOLDER}/etc/resolv.conf`)));
  });

  it('dies with the platform, and leaves crun no privilege', () => {
    const options = frameOptions({ ...view, configFd: 4 });
    assert(options.includes('--die-with-parent') && options.includes('--unshare-pid'));
    assert.equal(options[options.indexOf('--cap-drop') + 1], 'ALL');
    assert(!options.includes('--cap-add'));
  });

  it('lets nothing but the channel through', () => {
    const command = crunCommand('/usr/bin/crun');
    assert.equal(command[command.indexOf('--preserve-fds') + 1], '1');
  });
});

describe('the configuration of an OCI sandbox', () => {
  it('gives no capability, no privilege, no uid but its own', () => {
    assert.deepEqual([...new Set(Object.values(config.process.capabilities).flat())], []);
    assert.equal(config.process.noNewPrivileges, true);
    assert.deepEqual(config.linux.uidMappings, [{ containerID: 993, hostID: 993, size: 1 }]);
    assert.deepEqual(config.process.user, { uid: 993, gid: 990 });
  });

  it('has every namespace of its own but the network, which is the frame’s', () => {
    assert.deepEqual(config.linux.namespaces.map(({ type }: { type: string }) => type).sort(), [
      'cgroup',
      'ipc',
      'mount',
      'pid',
      'user',
      'uts',
    ]);
  });

  it('makes the root and /proc read-only, its knobs once more', () => {
    assert.equal(config.root.readonly, true);
    assert(config.mounts[0].options.includes('ro'));
    assert(config.linux.readonlyPaths.includes('/proc/sys') && config.linux.readonlyPaths.includes('/proc/sysrq-trigger'));
    assert(config.linux.maskedPaths.includes('/proc/keys') && config.linux.maskedPaths.includes('/proc/kcore'));
  });

  it('carries the filter of bwrap as it is', () => {
    assert.equal(config.annotations['run.oci.seccomp_bpf_data'], 'AQID');
  });

  it('passes command and environment on', () => {
    assert.deepEqual(config.process.args.slice(-2), ['/var/lang/bin/node', 'agent']);
    assert.deepEqual(config.process.env, ['A=b=c']);
  });
});
