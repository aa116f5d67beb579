// Nano-dollars as text.

const NANOS_PER_DOLLAR = 1_000_000_000n;

/** Exact, with as many decimals as it takes and two at least: `$0.0000002`, `$12.50`. */
export function dollars(nanos: bigint): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  const decimals = String(absolute % NANOS_PER_DOLLAR)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  return `${nanos < 0n ? '-' : ''}$${absolute / NANOS_PER_DOLLAR}.${decimals}`;
}
