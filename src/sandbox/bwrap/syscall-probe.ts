// A program of a hundred bytes that makes system calls straight from a table and writes down what the kernel answered: Node itself cannot
// try ptrace or io_uring. Used by the self-test; every call in the table must be harmless where it succeeds.

import assert from 'node:assert/strict';

import type { Machine } from './seccomp/filter.ts';

export interface ProbedCall {
  readonly number: number;
  readonly arguments: readonly number[];
}

const ARGUMENTS_MAX = 6;
const ROW_BYTES = 8 * (1 + ARGUMENTS_MAX);

/**
 * The same on both machines: for each row load the number and six arguments, call, put the result in the number's place; then write the whole
 * table to stdout and exit. The count of rows lies behind the code, at CODE_BYTES, the table behind it.
 */
const CODE_BYTES = 0x60;
const CODE: Readonly<Record<Machine, string>> = {
  x64: [
    '488d1d61000000', // lea table, %rbx
    '448b2552000000', // mov count, %r12d
    '488b03', // 1: mov (%rbx), %rax
    '488b7b08488b7310488b5318', // mov 8(%rbx), %rdi; 16 → %rsi; 24 → %rdx
    '4c8b53204c8b43284c8b4b30', // mov 32(%rbx), %r10; 40 → %r8; 48 → %r9
    '0f05', // syscall
    '488903', // mov %rax, (%rbx)
    '4883c338', // add $56, %rbx
    '41ffcc75d7', // dec %r12d; jnz 1b
    'b801000000bf01000000', // mov $1, %eax (write); mov $1, %edi (stdout)
    '488d35200000004889da4829f20f05', // lea table, %rsi; %rdx = %rbx - %rsi; syscall
    'b83c00000031ff0f05', // mov $60, %eax (exit); xor %edi, %edi; syscall
    '0f1f8000000000', // padding
  ].join(''),
  arm64: [
    '53030010f4020018', // adr x19, table; ldr w20, count
    '680240f9', // 1: ldr x8, [x19]
    '608640a9628e41a9649642a9', // ldp x0, x1, [x19, #8]; x2, x3; x4, x5
    '010000d4600200f9', // svc #0; str x0, [x19]
    '73e2009194060071', // add x19, x19, #56; subs w20, w20, #1
    '01ffff54', // b.ne 1b
    '200080d2c1010010620201cb', // mov x0, #1 (stdout); adr x1, table; sub x2, x19, x1
    '080880d2010000d4', // mov x8, #64 (write); svc #0
    '000080d2a80b80d2010000d4', // mov x0, #0; mov x8, #93 (exit); svc #0
    '1f2003d51f2003d51f2003d51f2003d51f2003d5', // padding
  ].join(''),
};

const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const BASE_ADDRESS = 0x400000n;
const PAGE_BYTES_MAX = 0x10000n;
const ELF_MACHINE: Readonly<Record<Machine, number>> = { x64: 62, arm64: 183 };
const READ_WRITE_EXECUTE = 7;

/** A static executable: one segment, no libraries. https://man7.org/linux/man-pages/man5/elf.5.html */
export function syscallProbe(machine: Machine, calls: readonly ProbedCall[]): Uint8Array {
  const code = Buffer.from(CODE[machine], 'hex');
  assert.equal(code.byteLength, CODE_BYTES);
  const headers = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(headers + CODE_BYTES + 8 + calls.length * ROW_BYTES);
  writeElfHeader(file, machine);
  writeProgramHeader(file);
  code.copy(file, headers);
  file.writeBigUInt64LE(BigInt(calls.length), headers + CODE_BYTES);
  for (const [index, { number, arguments: values }] of calls.entries()) {
    const row = headers + CODE_BYTES + 8 + index * ROW_BYTES;
    file.writeBigInt64LE(BigInt(number), row);
    for (const [position, value] of values.entries()) file.writeBigInt64LE(BigInt(value), row + 8 * (position + 1));
  }
  return file;
}

/** What the kernel answered to each call: a result, or minus an errno. */
export function probeResults(output: Uint8Array): readonly number[] {
  const view = Buffer.from(output);
  return Array.from({ length: Math.floor(view.byteLength / ROW_BYTES) }, (_, index) =>
    Number(view.readBigInt64LE(index * ROW_BYTES)),
  );
}

function writeElfHeader(file: Buffer, machine: Machine): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // "\x7fELF", 64 bits, little-endian, version 1
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(ELF_MACHINE[machine], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE_ADDRESS + BigInt(ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES), 24); // entry
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // where the program headers are
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56); // how many
}

function writeProgramHeader(file: Buffer): void {
  const at = ELF_HEADER_BYTES;
  file.writeUInt32LE(1, at); // PT_LOAD
  file.writeUInt32LE(READ_WRITE_EXECUTE, at + 4);
  file.writeBigUInt64LE(BASE_ADDRESS, at + 16);
  file.writeBigUInt64LE(BASE_ADDRESS, at + 24);
  file.writeBigUInt64LE(BigInt(file.byteLength), at + 32);
  file.writeBigUInt64LE(BigInt(file.byteLength), at + 40);
  file.writeBigUInt64LE(PAGE_BYTES_MAX, at + 48);
}
