// The seccomp filter of every sandbox: an allow-list by binary search, a few calls examined by their arguments, EPERM for what is known and
// denied, ENOSYS for numbers that this list has never heard of, so that a newer kernel's calls stay shut.

import assert from 'node:assert/strict';

import { ABSENT, ALLOWED, EXAMINED } from './allowed.ts';
import { ACTION, assemble, encodeProgram, FIELD } from './assembler.ts';
import type { Decision } from './assembler.ts';
import { SYSCALLS_ARM64 } from './syscalls-arm64.ts';
import { SYSCALLS_X64 } from './syscalls-x64.ts';

export type Machine = 'x64' | 'arm64';

/** linux/audit.h: AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64. */
export const ARCHITECTURE = { x64: 0xc000003e, arm64: 0xc00000b7 } as const satisfies Record<Machine, number>;
export const SYSCALLS = { x64: SYSCALLS_X64, arm64: SYSCALLS_ARM64 } as const satisfies Record<
  Machine,
  Readonly<Record<string, number>>
>;

/** On x86-64 the x32 calls have this bit; they reach the same kernel by other numbers. */
const X32_BIT = 0x40000000;

const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

const allow: Decision = { kind: 'answer', action: ACTION.allow };
const denied: Decision = { kind: 'answer', action: ACTION.errno(ERRNO.EPERM) };
const absent: Decision = { kind: 'answer', action: ACTION.errno(ERRNO.ENOSYS) };
const noSuchFamily: Decision = { kind: 'answer', action: ACTION.errno(ERRNO.EAFNOSUPPORT) };

/** The filter as `bwrap --seccomp` reads it. */
export function seccompFilter(machine: Machine): Uint8Array {
  const byNumber = numberTree(rangesOf(machine));
  const native: Decision =
    machine === 'x64' ? { kind: 'branch', test: 'atLeast', value: X32_BIT, yes: absent, no: byNumber } : byNumber;
  return encodeProgram(
    assemble({
      kind: 'load',
      field: FIELD.architecture,
      next: {
        kind: 'branch',
        test: 'equal',
        value: ARCHITECTURE[machine],
        yes: { kind: 'load', field: FIELD.number, next: native },
        no: { kind: 'answer', action: ACTION.killProcess },
      },
    }),
  );
}

/** All numbers from `from` up to the next range's. */
interface Range {
  readonly from: number;
  readonly decision: Decision;
}

function rangesOf(machine: Machine): readonly Range[] {
  const table = SYSCALLS[machine];
  const decisions = new Map<number, Decision>();
  for (const number of Object.values(table)) decisions.set(number, denied);
  for (const name of ALLOWED) setDecision(decisions, table[name], allow);
  for (const name of ABSENT) setDecision(decisions, table[name], absent);
  for (const name of EXAMINED) setDecision(decisions, table[name], EXAMINATIONS[name]);

  const ranges: Range[] = [];
  const last = Math.max(...decisions.keys());
  for (let number = 0; number <= last + 1; number++) {
    const decision = decisions.get(number) ?? absent;
    if (ranges.at(-1)?.decision !== decision) ranges.push({ from: number, decision });
  }
  return ranges;
}

function setDecision(decisions: Map<number, Decision>, number: number | undefined, decision: Decision): void {
  if (number !== undefined) decisions.set(number, decision);
}

function numberTree(ranges: readonly Range[]): Decision {
  const [only] = ranges;
  assert(only, 'a filter without ranges');
  if (ranges.length === 1) return only.decision;
  const middle = ranges.length >> 1;
  const pivot = ranges[middle];
  assert(pivot);
  return {
    kind: 'branch',
    test: 'atLeast',
    value: pivot.from,
    yes: numberTree(ranges.slice(middle)),
    no: numberTree(ranges.slice(0, middle)),
  };
}

// linux/sched.h: the flags of clone() that make a namespace (NEWTIME lies in the byte of the exit signal and only clone3 and unshare take it).
const CLONE_NEW_ANY = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
// Huge pages are not charged to the memory cgroup.
const MFD_HUGETLB = 0x4;
const MAP_HUGETLB = 0x40000;
const SHM_HUGETLB = 0o4000;
const FILE_KIND = 0o170000;
const FILE_FIFO = 0o010000;
const FILE_REGULAR = 0o100000;
const SOCKET_KIND = 0xf;
const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const SOCK = { stream: 1, datagram: 2 } as const;
const NETLINK_ROUTE = 0;
const IPPROTO = { any: 0, tcp: 6, udp: 17 } as const;
// linux/personality.h: PER_LINUX, UNAME26, PER_LINUX32 and a question about the present one.
const PERSONALITIES = [0, 0x20000, 0x8, 0x20008, 0xffffffff];

/** Arguments are compared by their low 32 bits: the kernel takes these parameters as ints, and a 64-bit comparison could be walked around (CVE-2019-10063). */
const EXAMINATIONS: Readonly<Record<(typeof EXAMINED)[number], Decision>> = {
  clone: argument(0, { kind: 'branch', test: 'anyBit', value: CLONE_NEW_ANY, yes: denied, no: allow }),
  ioctl: argument(1, oneOf([TIOCSTI, TIOCLINUX], denied, allow)),
  memfd_create: argument(1, { kind: 'branch', test: 'anyBit', value: MFD_HUGETLB, yes: denied, no: allow }),
  // A named pipe is a file; devices need a capability that is not there, and are denied here once more.
  mknod: argument(1, oneOf([0, FILE_FIFO, FILE_REGULAR], allow, denied), FILE_KIND),
  mknodat: argument(2, oneOf([0, FILE_FIFO, FILE_REGULAR], allow, denied), FILE_KIND),
  mmap: argument(3, { kind: 'branch', test: 'anyBit', value: MAP_HUGETLB, yes: denied, no: allow }),
  personality: argument(0, oneOf(PERSONALITIES, allow, denied)),
  shmget: argument(2, { kind: 'branch', test: 'anyBit', value: SHM_HUGETLB, yes: denied, no: allow }),
  socket: argument(0, {
    kind: 'branch',
    test: 'equal',
    value: AF.unix,
    yes: allow,
    no: {
      kind: 'branch',
      test: 'equal',
      value: AF.netlink,
      // For os.networkInterfaces() and getaddrinfo(); the other netlink families (netfilter, audit …) are attack surface.
      yes: argument(2, oneOf([NETLINK_ROUTE], allow, noSuchFamily)),
      no: oneOf([AF.inet, AF.inet6], plainInternet(), noSuchFamily),
    },
  }),
  socketpair: argument(0, oneOf([AF.unix], allow, noSuchFamily)),
};

/** TCP and UDP; no raw sockets, no MPTCP, SCTP or others. */
function plainInternet(): Decision {
  return argument(
    1,
    oneOf(
      [SOCK.stream, SOCK.datagram],
      argument(2, oneOf([IPPROTO.any, IPPROTO.tcp, IPPROTO.udp], allow, noSuchFamily)),
      noSuchFamily,
    ),
    SOCKET_KIND,
  );
}

function argument(index: number, next: Decision, mask?: number): Decision {
  return { kind: 'load', field: FIELD.argument(index), mask, next };
}

function oneOf(values: readonly number[], yes: Decision, no: Decision): Decision {
  let decision = no;
  for (const value of values) decision = { kind: 'branch', test: 'equal', value, yes, no: decision };
  return decision;
}
