// Compares the SDK's shapes with botocore's, and gathers from botocore what the SDK does not know: number kinds and value constraints.

import { execFileSync } from 'node:child_process';
import type { NormalizedSchema } from '@smithy/core/schema';

/** Where the two sources are known to disagree; the SDK is followed everywhere. */
const KNOWN_MISMATCHES: ReadonlySet<string> = new Set([
  // The S3 documentation says string; botocore parses the marker as an integer.
  's3: GetObjectAttributesRequest.PartNumberMarker: string in the SDK, integer in botocore',
  's3: GetObjectAttributesParts.PartNumberMarker: string in the SDK, integer in botocore',
  's3: GetObjectAttributesParts.NextPartNumberMarker: string in the SDK, integer in botocore',
  's3: ListPartsRequest.PartNumberMarker: string in the SDK, integer in botocore',
  's3: ListPartsOutput.PartNumberMarker: string in the SDK, integer in botocore',
  's3: ListPartsOutput.NextPartNumberMarker: string in the SDK, integer in botocore',
  // Deprecated twins of the …Configuration operations, at the same URIs.
  's3: GetBucketLifecycle: an operation of botocore that the SDK lacks',
  's3: GetBucketNotification: an operation of botocore that the SDK lacks',
  's3: PutBucketLifecycle: an operation of botocore that the SDK lacks',
  's3: PutBucketNotification: an operation of botocore that the SDK lacks',
  // Relaxed since that botocore: another member may be given instead.
  'cloudwatch-logs: CreateLookupTableRequest.tableBody: required in one source only',
  'cloudwatch-logs: DestinationConfiguration.s3Configuration: required in one source only',
  'cloudwatch-logs: UpdateLookupTableRequest.tableBody: required in one source only',
  // A page position that the SDK reads from the query and never from the answer.
  'api-gateway: SdkTypes.position: a member of botocore that the SDK lacks',
]);

/** Patterns that are stricter than anything needs: what they refuse does no harm, and people are used to it from other platforms. */
const RELAXED_PATTERNS: Readonly<Record<string, string>> = {
  // AWS wants two characters at least; a variable `X` is as good as any.
  'lambda: EnvironmentVariableName': '[a-zA-Z][a-zA-Z0-9_]*',
};

export interface ServiceSource {
  readonly service: string;
  readonly botocore: string;
  readonly alsoSpeaks?: readonly string[];
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export interface OperationSchema {
  readonly name: string;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** botocore's description of a shape, as far as we read it. */
interface BotocoreShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

interface BotocoreModel {
  readonly operations: Readonly<
    Record<string, { readonly input?: { readonly shape: string }; readonly output?: { readonly shape: string } }>
  >;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

/** src/wire/constraints/<service>.json */
export interface Constraints {
  readonly source: string;
  /** Number kinds: `Shape.member` → integer, long, float or double; what is not there is any number. */
  readonly numbers: Record<string, string>;
  /** Input members that have a constraint, by structure: member → constraint name. */
  readonly members: Record<string, Record<string, string>>;
  readonly types: Record<string, Json>;
}

/** Walks the SDK's shapes and botocore's side by side: gathers constraints, and complains where they disagree. */
export class Comparison {
  readonly #complaints: string[];
  readonly #model: BotocoreModel;
  readonly #source: string;
  readonly #service: string;
  readonly #numbers: Record<string, string> = {};
  readonly #members: Record<string, Record<string, string>> = {};
  readonly #types: Record<string, Json> = {};
  readonly #seen = new Set<string>();
  readonly #newer: string[] = [];

  constructor(source: ServiceSource, version: string, complaints: string[]) {
    this.#complaints = complaints;
    this.#service = source.service;
    this.#source = `botocore ${version}`;
    this.#model = JSON.parse(python(READ_BOTOCORE, source.botocore)) as BotocoreModel;
  }

  run(operations: readonly OperationSchema[]): Constraints {
    for (const { name, input, output } of operations) {
      const known = this.#model.operations[name];
      if (known === undefined) {
        this.#newer.push(name);
        continue;
      }
      if (known.input) this.#visit(input, known.input.shape, name, true);
      if (known.output) this.#visit(output, known.output.shape, name, false);
    }
    for (const name of Object.keys(this.#model.operations)) {
      if (!operations.some((operation) => operation.name === name))
        this.#complain(`${name}: an operation of botocore that the SDK lacks`);
    }
    if (this.#newer.length > 0)
      console.error(`${this.#service}: newer than ${this.#source}, thus unconstrained: ${this.#newer.join(' ')}`);
    return { source: this.#source, numbers: sorted(this.#numbers), members: sorted(this.#members), types: sorted(this.#types) };
  }

  #visit(schema: NormalizedSchema, shapeName: string, place: string, isInput: boolean): void {
    const shape = this.#model.shapes[shapeName];
    assert(shape !== undefined, `botocore has no shape ${shapeName}`);
    if (schema.isStructSchema()) return this.#visitStructure(schema, shape, isInput);
    if (schema.isListSchema() && shape.member) return this.#visit(schema.getValueSchema(), shape.member.shape, place, isInput);
    if (schema.isMapSchema() && shape.value) return this.#visit(schema.getValueSchema(), shape.value.shape, place, isInput);
    if (schema.isNumericSchema()) this.#numbers[place] = shape.type;
    else if (!sameSimpleType(schema, shape.type))
      this.#complain(`${place}: ${simpleType(schema)} in the SDK, ${shape.type} in botocore`);
  }

  #visitStructure(schema: NormalizedSchema, shape: BotocoreShape, isInput: boolean): void {
    const name = shortName(schema.getName(true));
    const visit = `${name}${isInput ? ' in' : ''}`;
    if (this.#seen.has(visit)) return;
    this.#seen.add(visit);
    if (shape.type !== 'structure' || shape.members === undefined)
      return this.#complain(`${name}: a structure in the SDK, ${shape.type} in botocore`);
    const required = requiredMembers(schema);
    const constrained: Record<string, string> = {};
    for (const [member, target] of schema.structIterator()) {
      const known = shape.members[member];
      const place = `${name}.${member}`;
      if (known === undefined) {
        this.#newer.push(place);
        continue;
      }
      // Whether an output member is required binds nobody here; the sources disagree on some.
      if (isInput && required.has(member) !== (shape.required ?? []).includes(member))
        this.#complain(`${place}: required in one source only`);
      this.#visit(target, known.shape, place, isInput);
      if (isInput && this.#constraint(known.shape)) constrained[member] = known.shape;
    }
    for (const member of Object.keys(shape.members)) {
      if (![...schema.structIterator()].some(([known]) => known === member))
        this.#complain(`${name}.${member}: a member of botocore that the SDK lacks`);
    }
    if (Object.keys(constrained).length > 0) this.#members[name] = constrained;
  }

  /** Records the constraint of a simple type, list or map; false where there is nothing to check. Structures check their own members. */
  #constraint(shapeName: string): boolean {
    const shape = this.#model.shapes[shapeName];
    assert(shape !== undefined, `botocore has no shape ${shapeName}`);
    if (shape.type === 'structure') return false;
    if (shapeName in this.#types) return this.#types[shapeName] !== null;
    this.#types[shapeName] = null;
    const part = (reference: { readonly shape: string } | undefined) =>
      reference !== undefined && this.#constraint(reference.shape) ? reference.shape : undefined;
    const constraint = {
      min: shape.min,
      max: shape.max,
      pattern: RELAXED_PATTERNS[`${this.#service}: ${shapeName}`] ?? shape.pattern,
      enum: shape.enum,
      item: part(shape.member),
      key: part(shape.key),
      value: part(shape.value),
    };
    if (Object.values(constraint).every((value) => value === undefined)) {
      delete this.#types[shapeName];
      return false;
    }
    this.#types[shapeName] = constraint;
    return true;
  }

  #complain(complaint: string): void {
    if (!KNOWN_MISMATCHES.has(`${this.#service}: ${complaint}`)) this.#complaints.push(`${this.#service}: ${complaint}`);
  }
}

function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  const count = (schema.getSchema() as unknown as readonly unknown[])[6] as number | undefined;
  return new Set([...schema.structIterator()].slice(0, count ?? 0).map(([name]) => name));
}

function sameSimpleType(schema: NormalizedSchema, type: string): boolean {
  const ours = simpleType(schema);
  return (
    ours === type ||
    (ours === 'string' && type === 'character') ||
    ours === 'document' ||
    (ours === 'timestamp' && type === 'string')
  );
}

export function simpleType(schema: NormalizedSchema): string {
  if (schema.isUnitSchema()) return 'unit';
  if (schema.isBlobSchema()) return 'blob';
  if (schema.isTimestampSchema()) return 'timestamp';
  if (schema.isBooleanSchema()) return 'boolean';
  if (schema.isDocumentSchema()) return 'document';
  if (schema.isBigIntegerSchema()) return 'bigInteger';
  if (schema.isBigDecimalSchema()) return 'bigDecimal';
  assert(schema.isStringSchema(), `unknown simple type at ${schema.getName(true)}`);
  return 'string';
}

const READ_BOTOCORE = `
import botocore, glob, gzip, os, sys
path = sorted(glob.glob(os.path.join(os.path.dirname(botocore.__file__), 'data', sys.argv[1], '*', 'service-2.json.gz')))[-1]
sys.stdout.write(gzip.open(path).read().decode())`;

export function botocoreVersion(): string | undefined {
  try {
    return python('import botocore, sys; sys.stdout.write(botocore.__version__)');
  } catch {
    return undefined; // no Python, or none with botocore: both mean that the frozen constraints are kept
  }
}

function python(program: string, ...args: readonly string[]): string {
  return execFileSync('python3', ['-c', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function shortName(name: string | undefined): string {
  const short = name?.split('#')[1];
  assert(short !== undefined, `a shape without a name: ${name}`);
  return short;
}

export function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compare(a, b)));
}

export const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
