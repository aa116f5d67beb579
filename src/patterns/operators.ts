// The operators of a pattern's leaves: what they are, and whether a value fulfils one.

import { inRange, type AddressRange } from './addresses.ts';
import { wildcardMatches, type Wildcard } from './wildcard.ts';

export type Scalar = string | number | boolean | null;

/** What a value is compared with. Case is ignored as `toLowerCase` does it, in the texts as they are kept too. */
export type Operator =
  | { readonly kind: 'equals'; readonly value: Scalar }
  | { readonly kind: 'equalsIgnoreCase'; readonly folded: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'prefixIgnoreCase'; readonly folded: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'suffixIgnoreCase'; readonly folded: string }
  | { readonly kind: 'wildcard'; readonly wildcard: Wildcard }
  | { readonly kind: 'numeric'; readonly range: NumericRange }
  | { readonly kind: 'address'; readonly range: AddressRange }
  | { readonly kind: 'exists' }
  /** The field must not be there: fulfilled by no value. */
  | { readonly kind: 'absent' }
  /** Fulfilled by every value, of whatever type, that fulfils none of these. */
  | { readonly kind: 'anythingBut'; readonly operators: readonly Operator[] };

export interface NumericRange {
  readonly from: number;
  readonly isFromOpen: boolean;
  readonly to: number;
  readonly isToOpen: boolean;
}

export type Test = (value: Scalar) => boolean;

export function testOf(operator: Operator): Test {
  switch (operator.kind) {
    case 'equals':
      return (value) => value === operator.value;
    case 'equalsIgnoreCase':
      return ofText((text) => folded(text) === operator.folded);
    case 'prefix':
      return ofText((text) => text.startsWith(operator.text));
    case 'prefixIgnoreCase':
      return ofText((text) => folded(text).startsWith(operator.folded));
    case 'suffix':
      return ofText((text) => text.endsWith(operator.text));
    case 'suffixIgnoreCase':
      return ofText((text) => folded(text).endsWith(operator.folded));
    case 'wildcard':
      return ofText((text) => wildcardMatches(operator.wildcard, text));
    case 'numeric':
      return (value) => typeof value === 'number' && isWithin(operator.range, value);
    case 'address':
      return ofText((text) => inRange(operator.range, text));
    case 'exists':
      return () => true;
    case 'absent':
      return () => false;
    case 'anythingBut': {
      const test = anyOf(operator.operators);
      return (value) => !test(value);
    }
    default:
      return operator satisfies never;
  }
}

/** Fulfilled when one of them is; many literals cost as much as one. */
export function anyOf(operators: readonly Operator[]): Test {
  const literals = new Set(operators.flatMap((operator) => (operator.kind === 'equals' ? [operator.value] : [])));
  const others = operators.flatMap((operator) =>
    operator.kind === 'equals' || operator.kind === 'absent' ? [] : [testOf(operator)],
  );
  const [only] = others;
  if (only === undefined) return (value) => literals.has(value);
  if (literals.size === 0 && others.length === 1) return only;
  return (value) => literals.has(value) || others.some((test) => test(value));
}

/** The last text that was folded: thousands of rules ask for the same value of an event, which may have a megabyte. */
let last = { text: '', folded: '' };

function folded(text: string): string {
  if (text !== last.text) last = { text, folded: text.toLowerCase() };
  return last.folded;
}

function ofText(test: (text: string) => boolean): Test {
  return (value) => typeof value === 'string' && test(value);
}

function isWithin({ from, isFromOpen, to, isToOpen }: NumericRange, value: number): boolean {
  return (isFromOpen ? value > from : value >= from) && (isToOpen ? value < to : value <= to);
}
