// java.util.Random: what a seed means to AWS, so that a seeded draw gives here what it gives there.

const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;

export class JavaRandom {
  #seed: bigint;

  constructor(seed: number) {
    this.#seed = (BigInt(Math.trunc(seed)) ^ MULTIPLIER) & MASK;
  }

  nextDouble(): number {
    const high = this.#next(26n);
    const low = this.#next(27n);
    return Number((high << 27n) + low) / 2 ** 53;
  }

  /** A whole number below the bound. */
  nextInt(bound: number): number {
    const limit = BigInt(bound);
    if ((bound & -bound) === bound) return Number((limit * this.#next(31n)) >> 31n);
    for (;;) {
      const bits = this.#next(31n);
      const value = bits % limit;
      if (bits - value + limit - 1n < 1n << 31n) return Number(value);
    }
  }

  #next(bits: bigint): bigint {
    this.#seed = (this.#seed * MULTIPLIER + 0xbn) & MASK;
    return this.#seed >> (48n - bits);
  }
}
