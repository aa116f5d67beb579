// Runs an encoded filter as the kernel would, on one system call: what the filter really says is then a unit test, on any machine.

import { OPCODE } from './assembler.ts';

export interface SystemCall {
  readonly architecture: number;
  readonly number: number;
  /** 64-bit each; missing ones are 0. */
  readonly arguments?: readonly bigint[];
}

/** Returns the action. Throws on what the kernel's verifier would refuse: unknown opcodes, jumps out of the program, a missing return. */
export function runFilter(program: Uint8Array, call: SystemCall): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = systemCallData(call);
  let accumulator = 0;
  for (let index = 0; index * 8 < program.byteLength; index++) {
    const code = view.getUint16(index * 8, true);
    const constant = view.getUint32(index * 8 + 4, true);
    switch (code) {
      case OPCODE.loadAbsoluteWord:
        accumulator = data.getUint32(constant, true);
        break;
      case OPCODE.andConstant:
        accumulator = (accumulator & constant) >>> 0;
        break;
      case OPCODE.jumpAlways:
        index += constant;
        break;
      case OPCODE.jumpEqual:
      case OPCODE.jumpAtLeast:
      case OPCODE.jumpAnyBit:
        index += view.getUint8(index * 8 + (holds(code, accumulator, constant) ? 2 : 3));
        break;
      case OPCODE.returnConstant:
        return constant;
      default:
        throw new RangeError(`Instruction ${index} has the unknown opcode 0x${code.toString(16)}`);
    }
  }
  throw new RangeError('The filter ends without an answer');
}

function holds(code: number, accumulator: number, constant: number): boolean {
  if (code === OPCODE.jumpEqual) return accumulator === constant;
  if (code === OPCODE.jumpAtLeast) return accumulator >= constant;
  return (accumulator & constant) !== 0;
}

/** `struct seccomp_data`: number, architecture, instruction pointer, six arguments. */
function systemCallData(call: SystemCall): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setInt32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  for (const [index, value] of (call.arguments ?? []).entries()) data.setBigUint64(16 + index * 8, BigInt.asUintN(64, value), true);
  return data;
}
