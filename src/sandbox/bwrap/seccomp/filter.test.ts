// What the filter says to single system calls, on both machines, by running its real bytes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ABSENT, ALLOWED, EXAMINED } from './allowed.ts';
import { ACTION } from './assembler.ts';
import { ARCHITECTURE, seccompFilter, SYSCALLS } from './filter.ts';
import type { Machine } from './filter.ts';
import { runFilter } from './interpreter.ts';

const EPERM = ACTION.errno(1);
const ENOSYS = ACTION.errno(38);
const EAFNOSUPPORT = ACTION.errno(97);

for (const machine of ['x64', 'arm64'] as const satisfies readonly Machine[]) {
  const program = seccompFilter(machine);
  const numbers = SYSCALLS[machine];
  const call = (name: string, ...values: (number | bigint)[]): number => {
    const number = numbers[name];
    assert(number !== undefined, `${name} is not in the table of ${machine}`);
    return runFilter(program, { architecture: ARCHITECTURE[machine], number, arguments: values.map(BigInt) });
  };

  describe(`the filter on ${machine}`, () => {
    it('fits the kernel: eight bytes an instruction, 4096 at most', () => {
      assert.equal(program.byteLength % 8, 0);
      assert(program.byteLength / 8 <= 4096);
    });

    it('decides every number from 0 to 1000 as the lists say', () => {
      const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
      const examined: readonly string[] = EXAMINED;
      for (let number = 0; number <= 1000; number++) {
        const name = names.get(number);
        if (name !== undefined && examined.includes(name)) continue;
        const expected = name === undefined || ABSENT.includes(name) ? ENOSYS : ALLOWED.includes(name) ? ACTION.allow : EPERM;
        assert.equal(runFilter(program, { architecture: ARCHITECTURE[machine], number }), expected, `${number} ${name}`);
      }
    });

    it('kills a process that calls by another architecture', () => {
      for (const architecture of [0x40000003, 0x40000028, 0]) {
        assert.equal(runFilter(program, { architecture, number: 0 }), ACTION.killProcess);
      }
    });

    it('denies what carries kernel exploits or looks into other processes', () => {
      const names = 'ptrace process_vm_readv process_vm_writev userfaultfd keyctl add_key request_key bpf perf_event_open vmsplice';
      const more =
        'mount umount2 unshare setns pivot_root chroot open_by_handle_at name_to_handle_at kexec_load init_module fanotify_init';
      for (const name of `${names} ${more} move_mount fsopen memfd_secret pidfd_getfd syslog acct swapon reboot statmount`.split(
        ' ',
      )) {
        assert.equal(call(name), EPERM, name);
      }
    });

    it('lets threads and processes be made, but no namespaces, also with the flag among others', () => {
      const thread = 0x3d0f00;
      assert.equal(call('clone', thread), ACTION.allow);
      assert.equal(call('clone', 17), ACTION.allow);
      for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
        assert.equal(call('clone', flag), EPERM);
        assert.equal(call('clone', thread | flag), EPERM);
      }
      assert.equal(call('clone3', 0, 88), ENOSYS);
    });

    it('lets a function have internet and unix sockets and the route table, and no other family or protocol', () => {
      const [nonBlocking, closeOnExec] = [0o4000, 0o2000000];
      for (const family of [2, 10]) {
        for (const kind of [1, 2]) assert.equal(call('socket', family, kind | nonBlocking | closeOnExec, 0), ACTION.allow);
        assert.equal(call('socket', family, 3, 0), EAFNOSUPPORT, 'raw');
        assert.equal(call('socket', family, 5, 132), EAFNOSUPPORT, 'SCTP');
        assert.equal(call('socket', family, 1, 262), EAFNOSUPPORT, 'MPTCP');
      }
      for (const kind of [1, 2, 5]) assert.equal(call('socket', 1, kind, 0), ACTION.allow);
      assert.equal(call('socket', 16, 3, 0), ACTION.allow);
      assert.equal(call('socket', 16, 3, 12), EAFNOSUPPORT, 'netfilter');
      for (const family of [17, 40, 38, 44, 31, 29]) assert.equal(call('socket', family, 1, 0), EAFNOSUPPORT);
      assert.equal(call('socketpair', 1, 1, 0), ACTION.allow);
      assert.equal(call('socketpair', 30, 1, 0), EAFNOSUPPORT);
    });

    it('is not fooled by high halves of arguments that the kernel ignores', () => {
      const high = 1n << 32n;
      assert.equal(call('ioctl', 0, 0x5412n | high), EPERM);
      assert.equal(call('ioctl', 0, 0x541cn | (high * 0xffffn)), EPERM);
      assert.equal(call('ioctl', 0, 0x5401), ACTION.allow);
      assert.equal(call('socket', 16n | high, 3, 12), EAFNOSUPPORT);
    });

    it('lets fifos be made but no devices, and no huge pages in any way', () => {
      assert.equal(call('mknodat', 0, 0, 0o010644), ACTION.allow);
      assert.equal(call('mknodat', 0, 0, 0o020644), EPERM, 'character device');
      assert.equal(call('mknodat', 0, 0, 0o060644), EPERM, 'block device');
      assert.equal(call('mmap', 0, 4096, 3, 0x22), ACTION.allow);
      assert.equal(call('mmap', 0, 4096, 3, 0x40022), EPERM);
      assert.equal(call('memfd_create', 0, 1), ACTION.allow);
      assert.equal(call('memfd_create', 0, 5), EPERM);
      assert.equal(call('shmget', 0, 4096, 0o1600), ACTION.allow);
      assert.equal(call('shmget', 0, 4096, 0o5600), EPERM);
    });

    it('keeps the personality plain', () => {
      for (const value of [0, 8, 0x20000, 0xffffffff]) assert.equal(call('personality', value), ACTION.allow);
      assert.equal(call('personality', 0x0040000), EPERM, 'no address randomisation');
    });
  });
}

describe('the filter on x64', () => {
  it('hides the x32 calls', () => {
    const program = seccompFilter('x64');
    for (const number of [0, 1, 59, 101, 520]) {
      assert.equal(runFilter(program, { architecture: ARCHITECTURE.x64, number: 0x40000000 + number }), ENOSYS);
    }
    assert.equal(runFilter(program, { architecture: ARCHITECTURE.x64, number: -1 }), ENOSYS);
  });
});

describe('the lists of system calls', () => {
  it('name no call twice and none that neither machine has', () => {
    const all = [...ALLOWED, ...ABSENT, ...EXAMINED];
    assert.equal(new Set(all).size, all.length);
    for (const name of all) assert(name in SYSCALLS.x64 || name in SYSCALLS.arm64, name);
  });
});
