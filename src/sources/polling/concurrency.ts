// How many batches of one mapping run at once: more while there is a backlog that the function keeps up with, fewer when it fails or is
// refused. Pure. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
// As TCP finds its window: quickly up to the first refusal, carefully after it, so that a function with little reserved concurrency is
// not refused with every other batch.

/** `crowded`: it went well, after waiting for an instance longer than it ran: one more batch at once would only wait as well. */
export type BatchEnd = 'good' | 'crowded' | 'bad' | 'refused';

/** As Lambda: a mapping begins with five. */
const INITIAL = 5;

export class BatchConcurrency {
  readonly #maximum: number;
  #limit: number;
  #running = 0;
  #isCareful = false;

  constructor(maximum: number) {
    this.#maximum = maximum;
    this.#limit = Math.min(INITIAL, maximum);
  }

  get running(): number {
    return this.#running;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get free(): number {
    return Math.max(0, this.limit - this.#running);
  }

  begin(): void {
    this.#running += 1;
  }

  /** `hasBacklog`: the batch was full, and there are more. */
  end(how: BatchEnd, hasBacklog: boolean): void {
    this.#running -= 1;
    switch (how) {
      case 'good':
        if (hasBacklog) this.#limit = Math.min(this.#maximum, this.#limit + (this.#isCareful ? 1 / this.#limit : 1));
        return;
      case 'crowded':
        if (this.#limit > INITIAL) this.#limit -= 1;
        return;
      case 'bad':
        this.#limit = Math.max(1, this.#limit - 1);
        return;
      case 'refused':
        this.#isCareful = true;
        this.#limit = Math.max(1, Math.min(this.#limit, this.#running));
        return;
      default:
        how satisfies never;
    }
  }

  /** Nothing runs and nothing waits: the next flood begins as the first did. */
  rest(): void {
    if (this.#running > 0) return;
    this.#isCareful = false;
    this.#limit = Math.min(INITIAL, this.#maximum);
  }
}
