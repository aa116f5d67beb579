// What the values of one evaluation weigh. JSONata shares what it copies, so forty steps of `[$a, $a]` make a value that
// takes an hour to compare and no memory to hold: it is its weight, counted with repetitions, that must be bounded.
//
// Owns: the weights of the values of one evaluation.
// Never: walks a value twice.

/** Eight characters weigh as much as a number. */
const TEXT_SHIFT = 3;

export class Weights {
  readonly #nodesMax: number;
  readonly #textMax: number;
  readonly #known = new WeakMap<object, number>();

  constructor(nodesMax: number, textMax: number) {
    this.#nodesMax = nodesMax;
    this.#textMax = textMax;
  }

  /** Called with every intermediate result, as soon as it is there. */
  check(value: unknown): void {
    if (typeof value === 'string' && value.length > this.#textMax) throw tooLarge(this.#textMax);
    if (typeof value !== 'object' || value === null) return;
    if (this.#weigh(value) > this.#nodesMax) throw tooLarge(this.#nodesMax);
  }

  /** Children that were results themselves are known already, so this is as deep as one literal or one document. */
  #weigh(value: unknown): number {
    if (typeof value === 'string') return 1 + (value.length >> TEXT_SHIFT);
    if (typeof value !== 'object' || value === null) return 1;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (!isData(value)) return 1;
    let weight = 1;
    // A place is held while its children are counted, so that a loop ends.
    this.#known.set(value, 1);
    for (const child of Object.values(value)) {
      weight += this.#weigh(child);
      if (weight > this.#nodesMax) break;
    }
    this.#known.set(value, weight);
    return weight;
  }
}

/** Functions of the language are objects that hold their whole environment; they are not data. */
function isData(value: object): boolean {
  return Array.isArray(value) || !('_jsonata_lambda' in value || '_jsonata_function' in value);
}

function tooLarge(limit: number): Error {
  return new Error(`A value of the expression exceeds the maximum size of ${limit}`);
}
