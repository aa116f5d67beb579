// Assembles a classic BPF program for seccomp out of a decision tree, without labels: a branch is followed by its `no` side, then its
// `yes` side, so every offset is the length of what is skipped. https://docs.kernel.org/userspace-api/seccomp_filter.html

/** Offsets into `struct seccomp_data`; the arguments are read by their low 32 bits, which is all that a kernel's `int` parameter sees. */
export const FIELD = {
  number: 0,
  architecture: 4,
  argument: (index: number) => 16 + 8 * index,
  argumentHigh: (index: number) => 20 + 8 * index,
} as const;

export type Decision =
  | { readonly kind: 'answer'; readonly action: number }
  /** Loads a field into the accumulator, perhaps keeps only `mask`, and goes on. */
  | { readonly kind: 'load'; readonly field: number; readonly mask?: number; readonly next: Decision }
  | {
      readonly kind: 'branch';
      readonly test: 'equal' | 'atLeast' | 'anyBit';
      readonly value: number;
      readonly yes: Decision;
      readonly no: Decision;
    };

export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly constant: number;
}

// linux/bpf_common.h: class | size or operation | mode or source.
export const OPCODE = {
  loadAbsoluteWord: 0x20,
  andConstant: 0x54,
  jumpAlways: 0x05,
  jumpEqual: 0x15,
  jumpAtLeast: 0x35,
  jumpAnyBit: 0x45,
  returnConstant: 0x06,
} as const;

const JUMP = { equal: OPCODE.jumpEqual, atLeast: OPCODE.jumpAtLeast, anyBit: OPCODE.jumpAnyBit } as const;

/** linux/seccomp.h. */
export const ACTION = { allow: 0x7fff0000, killProcess: 0x80000000, errno: (number: number) => 0x00050000 | number } as const;

/** The kernel's limit, BPF_MAXINSNS. */
const INSTRUCTIONS_MAX = 4096;
/** A conditional jump has eight bits for each offset; beyond that it hops over an unconditional one, which has 32. */
const SHORT_JUMP_MAX = 255;

export function assemble(decision: Decision): readonly Instruction[] {
  const program = emit(decision);
  if (program.length > INSTRUCTIONS_MAX)
    throw new RangeError(`A filter of ${program.length} instructions is more than the kernel takes (${INSTRUCTIONS_MAX})`);
  return program;
}

function emit(decision: Decision): readonly Instruction[] {
  switch (decision.kind) {
    case 'answer':
      return [instruction(OPCODE.returnConstant, decision.action)];
    case 'load': {
      const mask = decision.mask === undefined ? [] : [instruction(OPCODE.andConstant, decision.mask)];
      return [instruction(OPCODE.loadAbsoluteWord, decision.field), ...mask, ...emit(decision.next)];
    }
    case 'branch': {
      const no = emit(decision.no);
      const yes = emit(decision.yes);
      const code = JUMP[decision.test];
      if (no.length <= SHORT_JUMP_MAX)
        return [{ code, jumpTrue: no.length, jumpFalse: 0, constant: decision.value >>> 0 }, ...no, ...yes];
      return [
        { code, jumpTrue: 0, jumpFalse: 1, constant: decision.value >>> 0 },
        instruction(OPCODE.jumpAlways, no.length),
        ...no,
        ...yes,
      ];
    }
    default:
      return decision satisfies never;
  }
}

function instruction(code: number, constant: number): Instruction {
  return { code, jumpTrue: 0, jumpFalse: 0, constant: constant >>> 0 };
}

/** As the kernel and `bwrap --seccomp` read it: an array of `struct sock_filter`, eight bytes each. Both supported machines are little-endian. */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, jumpTrue, jumpFalse, constant }] of program.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jumpTrue);
    view.setUint8(index * 8 + 3, jumpFalse);
    view.setUint32(index * 8 + 4, constant, true);
  }
  return bytes;
}
