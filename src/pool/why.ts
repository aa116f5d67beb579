// Why an invocation found no warm instance: how the last instance of its function version went, and what else there was to take. Pure, but for
// the memory of departures.

/** How an instance went. What comes last is what the next cold start is explained by. */
export type Departure =
  /** Nobody needed it for so long. */
  | { readonly kind: 'expired'; readonly idleMs: number }
  /** Its memory, or its place among the sandboxes, was needed for another. */
  | { readonly kind: 'evicted' }
  /** Code or settings of the function changed, so what it was specialised with was old. */
  | { readonly kind: 'changed' }
  /** It ended in its last invocation, or by itself while it was idle: `how` is the kind of the outcome, or `idle`. */
  | { readonly kind: 'died'; readonly how: string };

export type Why =
  /** There was none yet, as long as the platform runs and remembers. */
  | { readonly kind: 'first' }
  /** All of them had an invocation. */
  | { readonly kind: 'busy'; readonly instances: number }
  | Departure;

/** Why no generic sandbox was taken either: none waited, or none of those that wait would have done. */
export type WhyLaunched = 'empty' | 'own-start';

/** What stands in records, log lines and headers: a word, then what is known besides. Short, and the same words for ever: programs read it. */
export function whyText(why: Why, launched: WhyLaunched | undefined): string {
  const text = `${why.kind}${detailOf(why)}`;
  return launched === undefined ? text : `${text}; pool=${launched}`;
}

function detailOf(why: Why): string {
  switch (why.kind) {
    case 'busy':
      return `; instances=${why.instances}`;
    case 'expired':
      return `; idle=${Math.round(why.idleMs / 1000)}s`;
    case 'died':
      return `; how=${why.how}`;
    case 'first':
    case 'evicted':
    case 'changed':
      return '';
    default:
      return why satisfies never;
  }
}

/**
 * How the last instance of each function version went.
 * Owns: a bounded list; whose departure is forgotten is told that there was none yet.
 */
export class Departures {
  readonly #max: number;
  readonly #last = new Map<string, Departure>();

  constructor(max = REMEMBERED_MAX) {
    this.#max = max;
  }

  /** `versionArn` and not the instance key, which is another one after a change. */
  note(versionArn: string, departure: Departure): void {
    // Put at the end, so that the one that is forgotten first is the one that has been gone longest.
    this.#last.delete(versionArn);
    this.#last.set(versionArn, departure);
    if (this.#last.size <= this.#max) return;
    for (const oldest of this.#last.keys()) {
      this.#last.delete(oldest);
      return;
    }
  }

  /** `busy` is how many instances of the version have an invocation at this moment. */
  why(versionArn: string, busy: number): Why {
    if (busy > 0) return { kind: 'busy', instances: busy };
    return this.#last.get(versionArn) ?? { kind: 'first' };
  }
}

/** Some 200 bytes each. */
const REMEMBERED_MAX = 4096;
