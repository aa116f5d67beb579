// Definitions that were compiled, by revision: executions of a machine share them.
// Owns: those used last, bounded by their number and the length of their texts together.

import { LIMITS } from '#kernel';
import { readDefinition } from '#workflows';
import type { Machine } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';

type Compiled = { readonly machine: Machine; readonly length: number };

export class CompiledMachines {
  /** Those used last are last. */
  readonly #held = new Map<string, Compiled>();
  #length = 0;

  /** Throws where the definition is none, which was refused when the machine was created: rules that became stricter since. */
  get({ revisionId, definition, machine: { type } }: RunnableMachine): Machine {
    const held = this.#held.get(revisionId);
    if (held !== undefined) {
      if (this.#held.size > 1) {
        this.#held.delete(revisionId);
        this.#held.set(revisionId, held);
      }
      return held.machine;
    }
    const read = readDefinition(definition, type);
    if (read.kind === 'invalid') throw new DefinitionRefused(read.diagnostics.map(({ message }) => message).join(' '));
    this.#held.set(revisionId, { machine: read.machine, length: definition.length });
    this.#length += definition.length;
    this.#trim();
    return read.machine;
  }

  #trim(): void {
    for (const [revisionId, { length }] of this.#held) {
      if (this.#held.size <= 1 || (this.#held.size <= LIMITS.compiledMachines && this.#length <= LIMITS.compiledMachinesLength))
        return;
      this.#held.delete(revisionId);
      this.#length -= length;
    }
  }
}

export class DefinitionRefused extends Error {
  constructor(reason: string) {
    super(`The definition that the execution began with is not one any more: ${reason}`);
    this.name = 'DefinitionRefused';
  }
}
