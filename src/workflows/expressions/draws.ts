// Chance for one evaluation, from a seed that can travel: wherever the expression is evaluated, it draws the same.

import { createHash } from 'node:crypto';

export type Draws = { fraction(): number; uuid(): string };

export const SEED_BYTES = 32;

export function drawsOf(seed: string): Draws {
  let drawn = 0;
  const next = (): Buffer => createHash('sha256').update(seed).update(String(drawn++)).digest();
  return {
    /** 48 bits are enough of a fraction. */
    fraction: () => next().readUIntBE(0, 6) / 2 ** 48,
    uuid() {
      const hex = next().toString('hex');
      const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) & 3] ?? '8';
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
}
