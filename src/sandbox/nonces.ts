// Nonces for the channel: 128 bits that nobody inside can guess, drawn from the source of randomness many at a time.
//
// Owns: random bytes that were drawn and not used yet. No two nonces share any.

import type { Random } from '#kernel';

const NONCE_BYTES = 16;
/** Measured: 2.6 µs for 16 bytes, 6 for 4096. */
const DRAWN_BYTES = 4096;

const shared = new WeakMap<Random, Nonces>();

export class Nonces {
  readonly #random: Random;
  #drawn: Buffer = Buffer.alloc(0);
  #used = 0;

  private constructor(random: Random) {
    this.#random = random;
  }

  /** One supply for all sandboxes. */
  static from(random: Random): Nonces {
    let nonces = shared.get(random);
    if (nonces === undefined) shared.set(random, (nonces = new Nonces(random)));
    return nonces;
  }

  next(): string {
    if (this.#used === this.#drawn.byteLength) {
      const bytes = this.#random.bytes(DRAWN_BYTES);
      this.#drawn = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += NONCE_BYTES;
    return this.#drawn.toString('hex', start, this.#used);
  }
}
