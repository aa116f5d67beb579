// What things cost, as data. Prices are whole nano-dollars for a million units, since AWS prices a GB-second at 16666.7 of them.

import { z } from 'zod';

const wholeNanos = z.int().nonnegative();

const priceBook = z.strictObject({
  /** Where the prices come from; shown on the bill. */
  name: z.string().min(1),
  currency: z.literal('USD'),
  lambda: z.strictObject({
    nanosPerMillionRequests: wholeNanos,
    nanosPerMillionGbSeconds: wholeNanos,
    nanosPerMillionEphemeralGbSeconds: wholeNanos,
    /** Taken off each month's bill when the free tier is asked for. */
    freeRequests: z.int().nonnegative(),
    freeGbSeconds: z.int().nonnegative(),
  }),
});

export type PriceBook = z.infer<typeof priceBook>;

/**
 * x86, the first tier (up to 6 billion GB-seconds a month). https://aws.amazon.com/lambda/pricing/
 * $0.20 a million requests, $0.0000166667 a GB-second, $0.0000000309 a GB-second of ephemeral storage.
 */
export const AWS_PRICES: PriceBook = {
  name: 'AWS Lambda, us-east-1, x86',
  currency: 'USD',
  lambda: {
    nanosPerMillionRequests: 200_000_000,
    nanosPerMillionGbSeconds: 16_666_700_000,
    nanosPerMillionEphemeralGbSeconds: 30_900_000,
    freeRequests: 1_000_000,
    freeGbSeconds: 400_000,
  },
};

/** `where` is the file's name, for the error, which says what is wrong in it. */
export function parsePriceBook(text: string, where: string): PriceBook {
  const parsed = priceBook.safeParse(jsonOf(text, where));
  if (parsed.success) return parsed.data;
  throw new Error(`The price book ${where} cannot be used:\n${z.prettifyError(parsed.error)}`);
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`The price book ${where} is no JSON.`, { cause: error });
  }
}
