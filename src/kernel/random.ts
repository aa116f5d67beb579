// Randomness as a port, so that tests and the simulator can be replayed from a seed.

export interface Random {
  /** A version 4 UUID: request ids, revision ids. */
  uuid(): string;
  /** `count` bytes from a cryptographic source: keys, nonces. */
  bytes(count: number): Uint8Array;
  /** A float in [0, 1): weighted routing, jitter. */
  fraction(): number;
}
