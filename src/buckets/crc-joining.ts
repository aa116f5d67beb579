// The CRC of a whole from the CRCs of its parts, for any reflected polynomial whose start value and final inversion are all ones,
// as those of S3's three CRCs are.

export interface CrcForm {
  readonly width: 32 | 64;
  readonly polynomial: bigint;
}

export interface CrcPart {
  readonly crc: bigint;
  readonly bytes: number;
}

/**
 * A CRC is a remainder, so putting `bytes` behind it multiplies it by x^(8·bytes) modulo the polynomial. The powers are kept, since
 * most parts of an upload have the same length.
 */
export function joinCrcs(parts: readonly CrcPart[], form: CrcForm): bigint {
  const powers = new Map<number, bigint>();
  let joined = 0n;
  for (const { crc, bytes } of parts) {
    const power = powers.get(bytes) ?? powerOfX(8 * bytes, form);
    powers.set(bytes, power);
    joined = multiply(joined, power, form) ^ crc;
  }
  return joined;
}

/** In the reflected form the highest bit is x^0, and a shift to the right multiplies by x. */
function multiply(one: bigint, other: bigint, { width, polynomial }: CrcForm): bigint {
  let product = 0n;
  let shifted = other;
  for (let bit = BigInt(width - 1); bit >= 0n; bit--) {
    if ((one >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

function powerOfX(exponent: number, form: CrcForm): bigint {
  const one = 1n << BigInt(form.width - 1);
  let result = one;
  let square = one >> 1n;
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square, form);
    square = multiply(square, square, form);
  }
  return result;
}
