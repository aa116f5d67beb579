// What a sandbox does: it is asked something that has one answer, or serves, or waits to become somebody's.

import type { Timer } from '#kernel';
import type { Answer } from './answers.ts';

interface Question {
  readonly nonce: string;
  readonly timer: Timer;
  readonly settle: (answer: Answer) => void;
}

export type Phase =
  | { readonly kind: 'booting' | 'initialising' | 'caching'; readonly question: Question }
  | { readonly kind: 'generic' | 'serving' | 'dead' };
