// IP addresses and blocks of them, as integers: `cidr`, and literals that are addresses, which match any way to write the same one.

export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export function inRange({ family, first, last }: AddressRange, text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && address.family === family && address.value >= first && address.value <= last;
}

/** The range of one address, or undefined when the text is none. */
export function addressRange(text: string): AddressRange | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : { family: address.family, first: address.value, last: address.value };
}

/** Throws an Error in AWS's words. */
export function parseBlock(text: string): AddressRange {
  const [start = '', size = '', ...more] = text.split('/');
  if (!text.includes('/') || more.length > 0) throw new Error("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d{1,9}$/.test(size)) throw new Error('Malformed CIDR, mask bits must be an integer');
  const bits = Number(size);
  if (bits < 0) throw new Error('Malformed CIDR, mask bits must not be negative');
  const address = parseAddress(start);
  if (address === undefined) throw new Error(`Nonstandard IP address: ${start}`);
  const width = address.family === 4 ? 32 : 128;
  if (bits >= width) throw new Error(`IPv${address.family} mask bits must be < ${width}`);
  const free = BigInt(width - bits);
  const first = (address.value >> free) << free;
  return { family: address.family, first, last: first + (1n << free) - 1n };
}

function parseAddress(text: string): Address | undefined {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text) ? version4(text) : version6(text);
}

function version4(text: string): Address | undefined {
  let value = 0n;
  for (const part of text.split('.')) {
    const byte = Number(part);
    if (part.length > 10 || byte > 255) return undefined;
    value = (value << 8n) | BigInt(byte);
  }
  return { family: 4, value };
}

const GROUPS = 8;

function version6(text: string): Address | undefined {
  if (text.length > 39 || !/^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  // `::` stands for at least one group; without it all eight are there.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = tail === undefined ? head : [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}
