// Reads fields of one object of a definition, and notes in AWS's words what is missing, of the wrong kind, or not known there.

import { compilePath } from '../expressions/json-path.ts';
import { InvalidExpression } from '../expressions/failure.ts';
import { isArray, isObject, member } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { isJsonata } from '../expressions/jsonata.ts';
import { placesOf } from '../expressions/reference-path.ts';
import type { Diagnostics } from './diagnostics.ts';
import { checkJsonata } from './jsonata-check.ts';
import type { QueryLanguage, Setting } from './state.ts';
import { looksDynamic } from './template-check.ts';

type Bounds = { readonly min?: number; readonly max?: number; readonly whole?: boolean };

export class Fields {
  readonly at: string;
  readonly language: QueryLanguage;
  readonly diagnostics: Diagnostics;
  readonly #object: JsonObject;

  constructor(object: JsonObject, at: string, language: QueryLanguage, diagnostics: Diagnostics) {
    this.#object = object;
    this.at = at;
    this.language = language;
    this.diagnostics = diagnostics;
  }

  get(name: string): Json | undefined {
    return member(this.#object, name);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  place(name: string): string {
    return this.at === '/' ? `/${name}` : `${this.at}/${name}`;
  }

  onlyKnown(known: ReadonlySet<string>, elsewhere: ReadonlySet<string> = known): void {
    const other = this.language === 'JSONPath' ? 'JSONata' : 'JSONPath';
    for (const name of Object.keys(this.#object)) {
      if (known.has(name)) continue;
      if (elsewhere.has(name)) {
        this.diagnostics.schema(
          this.at,
          `The QueryLanguage is set to '${this.language}', but field '${name}' is only supported for the '${other}' QueryLanguage`,
        );
      } else this.diagnostics.schema(this.at, `Field '${name}' is not supported`);
    }
  }

  required(names: readonly string[]): void {
    const missing = names.filter((name) => !this.has(name));
    if (missing.length > 0) this.diagnostics.schema(this.at, `These fields are required: [${missing.join(', ')}]`);
  }

  atMostOne(names: readonly string[]): void {
    if (names.filter((name) => this.has(name)).length > 1)
      this.diagnostics.schema(this.at, `Only one of these fields can be specified: [${names.join(', ')}]`);
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.diagnostics.schema(this.place(name), 'Expected value of type String');
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (value !== undefined && typeof value !== 'boolean')
      this.diagnostics.schema(this.place(name), 'Expected value of type Boolean');
    return value === true;
  }

  number(name: string, bounds: Bounds): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || (bounds.whole === true && !Number.isInteger(value)))
      return this.diagnostics.schema(
        this.place(name),
        bounds.whole === true ? 'Expected value of type Integer' : 'Expected value of type Number',
      );
    if (bounds.min !== undefined && value < bounds.min)
      this.diagnostics.schema(this.place(name), `Value is less than the minimum: ${bounds.min}`);
    if (bounds.max !== undefined && value > bounds.max)
      this.diagnostics.schema(this.place(name), `Value is greater than the maximum: ${bounds.max}`);
    return value;
  }

  object(name: string): JsonObject | undefined {
    const value = this.get(name);
    if (value === undefined || isObject(value)) return value;
    return this.diagnostics.schema(this.place(name), 'Expected value of type Object');
  }

  array(name: string): readonly Json[] | undefined {
    const value = this.get(name);
    if (value === undefined || isArray(value)) return value;
    return this.diagnostics.schema(this.place(name), 'Expected value of type Array');
  }

  oneOf(name: string, values: readonly string[]): string | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && values.includes(value)) return value;
    return this.diagnostics.schema(this.place(name), `The field '${name}' should have one of these values: [${values.join(', ')}]`);
  }

  /** A path, or null where the field may say so. */
  path(name: string, may: { readonly null?: boolean; readonly intrinsic?: boolean } = {}): string | null | undefined {
    const value = this.get(name);
    if (value === undefined || (value === null && may.null === true)) return value;
    if (typeof value !== 'string') return this.diagnostics.schema(this.place(name), 'Expected value of type String');
    if (!(may.intrinsic === true && value.startsWith('States.'))) this.#checked(name, () => compilePath(value));
    return value;
  }

  referencePath(name: string): string | null | undefined {
    const value = this.path(name, { null: true });
    if (typeof value !== 'string') return value;
    this.#checked(name, () => {
      if (placesOf(value) === undefined) throw new InvalidExpression('Value is not a Reference Path');
    });
    return value;
  }

  /** A field that may be given by a `…Path` of its own in JSONPath, and as an expression in JSONata. */
  setting(name: string, bounds: Bounds | 'text' | 'array'): Setting {
    const byPath = `${name}Path`;
    const path = this.language === 'JSONPath' ? (this.path(byPath, { intrinsic: true }) ?? undefined) : undefined;
    this.atMostOne([name, byPath]);
    const value = this.get(name);
    if (typeof value === 'string' && this.language === 'JSONata' && isJsonata(value))
      checkJsonata(value, this.place(name), this.diagnostics);
    else this.#plain(name, bounds);
    return { field: name, value, path };
  }

  #plain(name: string, bounds: Bounds | 'text' | 'array'): void {
    if (this.language === 'JSONPath') this.warnOfPath(name);
    if (bounds === 'text') this.text(name);
    else if (bounds === 'array') this.#items(name);
    else this.number(name, bounds);
  }

  /** A path where a value of its own is wanted belongs into the field that takes one. */
  warnOfPath(name: string): void {
    if (looksDynamic(this.get(name)))
      this.diagnostics.warn('NO_PATH', this.place(name), `The value looks like a path, but '${name}' does not end in 'Path'`);
  }

  #items(name: string): void {
    const value = this.get(name);
    if (value !== undefined && typeof value !== 'object') this.diagnostics.schema(this.place(name), 'Expected value of type Array');
  }

  #checked(name: string, check: () => unknown): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof InvalidExpression)) throw error;
      this.diagnostics.schema(
        this.place(name),
        error.message.startsWith('Value ') ? error.message : `Value is not a valid JSONPath`,
      );
    }
  }
}
