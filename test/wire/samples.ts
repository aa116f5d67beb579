// Sample inputs and outputs of every operation, made from the models: every member is there, every value is allowed, one member of a union.

import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Member, Operation, ServiceModel, Shape, StructureShape } from '../../src/wire/model.ts';
import { compilePattern } from '../../src/wire/validate.ts';
import { samplePattern } from './pattern-sample.ts';

interface Constraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly item?: string;
  readonly key?: string;
  readonly value?: string;
}

interface Constraints {
  readonly members: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly types: Readonly<Record<string, Constraint>>;
}

export interface SampleOptions {
  readonly service: ServiceModel;
  /** Inputs obey constraints, outputs need not. */
  readonly isInput: boolean;
  /** `Structure.member` to leave out. */
  readonly isLeftOut: (structure: StructureShape, member: Member) => boolean;
  /** botocore refuses to send metadata of S3 that is not ASCII. */
  readonly asciiMetadata?: boolean;
}

/** Five structures in each other reach everything that differs; shapes that contain themselves end there. */
const DEPTH_MAX = 5;

/** Whole seconds: HTTP's dates have no more. */
export const SAMPLE_DATE = new Date(Date.UTC(2026, 10, 20, 10, 15, 30));

export class Samples {
  readonly #options: SampleOptions;
  readonly #constraints: Constraints;
  #count = 0;

  constructor(options: SampleOptions) {
    this.#options = options;
    const url = new URL(`../../src/wire/constraints/${options.service.name}.json`, import.meta.url);
    this.#constraints = JSON.parse(readFileSync(url, 'utf8')) as Constraints;
  }

  of(operation: Operation): Record<string, unknown> {
    this.#count = 0;
    return this.#structure(this.#options.isInput ? operation.input : operation.output, 0);
  }

  structure(shape: StructureShape): Record<string, unknown> {
    return this.#structure(shape, 0);
  }

  #structure(shape: StructureShape, depth: number): Record<string, unknown> {
    const names = this.#constraints.members[shape.name] ?? {};
    const sample: Record<string, unknown> = {};
    for (const member of shape.members) {
      if (this.#options.isLeftOut(shape, member)) continue;
      if (depth >= DEPTH_MAX && !member.isRequired && shape.kind !== 'union') continue;
      const value = this.#value(member, names[member.name], depth + 1);
      if (value === undefined) continue;
      sample[member.name] = value;
      if (shape.kind === 'union') break;
    }
    return sample;
  }

  /** Undefined where a shape contains itself without end, or no text of a pattern is known. */
  #value(member: Member, constraintName: string | undefined, depth: number): unknown {
    const { shape, traits } = member;
    const constraint = this.#options.isInput && constraintName !== undefined ? this.#constraints.types[constraintName] : undefined;
    if (depth > DEPTH_MAX + 4) return undefined;
    switch (shape.kind) {
      case 'structure':
      case 'union':
        return shape.isEventStream ? undefined : this.#structure(shape, depth);
      case 'list': {
        const item = this.#value(shape.item, constraint?.item, depth);
        if (item === undefined) return undefined;
        // Lists of more than one show whether their order and their numbers are kept.
        const length = Math.min(Math.max(constraint?.min ?? 0, 2), constraint?.max ?? 2);
        const others = Array.from({ length: length - 1 }, () => this.#value(shape.item, constraint?.item, depth));
        return [item, ...others].slice(0, length);
      }
      case 'map':
        if (traits.httpPrefixHeaders !== undefined)
          return { 'sample-key': this.#options.asciiMetadata ? 'metadata' : 'metadata in latin1: é' };
        return this.#map(shape, constraint, depth);
      case 'simple':
        return this.#simple(shape, member, constraint);
      default:
        return shape satisfies never;
    }
  }

  #map({ key, value }: Extract<Shape, { kind: 'map' }>, constraint: Constraint | undefined, depth: number): unknown {
    const sample: Record<string, unknown> = {};
    for (let count = 0; count < Math.max(constraint?.min ?? 1, 1); count++) {
      const name = this.#value(key, constraint?.key, depth);
      const item = this.#value(value, constraint?.value, depth);
      if (typeof name !== 'string' || item === undefined) return undefined;
      sample[name] = item;
    }
    return sample;
  }

  #simple({ type }: Extract<Shape, { kind: 'simple' }>, { name, traits }: Member, constraint: Constraint | undefined): unknown {
    switch (type) {
      case 'string':
        return this.#text(name, traits.httpHeader !== undefined || traits.httpLabel !== undefined, constraint);
      case 'boolean':
        return true;
      case 'integer':
      case 'long':
        return Math.min(Math.max(constraint?.min ?? 1, traits.httpResponseCode ? 200 : 3), constraint?.max ?? 1_000_000);
      case 'float':
      case 'double':
      case 'number':
        return Math.min(Math.max(constraint?.min ?? 1.5, 1.5), constraint?.max ?? 1.5);
      case 'bigInteger':
        return 7n;
      case 'bigDecimal':
        return 1.5;
      case 'timestamp':
        return SAMPLE_DATE;
      case 'blob':
        return traits.streaming && !this.#options.isInput
          ? Readable.from([Buffer.from('streamed')])
          : Buffer.from(`blob ${name} \0ÿ`, 'latin1');
      case 'document':
        return { free: ['form', 1, true, { nested: 'document' }] };
      case 'unit':
        return {};
      default:
        return type satisfies never;
    }
  }

  /** Free text has what each encoding must escape; in headers and paths, what may stand there. */
  #text(name: string, isInHead: boolean, constraint: Constraint | undefined): string | undefined {
    const { min = 0, max = 1000, pattern, enum: values } = constraint ?? {};
    // Clients look at a bucket's name before they send it.
    if (name === 'Bucket' && this.#options.service.name === 's3') return 'sample-bucket';
    if (values !== undefined) return values[0];
    if (pattern !== undefined) {
      const accepted = compilePattern(pattern);
      return samplePattern(pattern, (text) => text.length >= Math.max(min, 1) && text.length <= max && accepted.test(text));
    }
    const text = isInHead ? `${name}-${++this.#count} a/b+c` : `${name} ${++this.#count} <&>"' é€😀 %2F+`;
    return (text.length < min ? text.padEnd(min, 'x') : text).slice(0, max);
  }
}

/** Members that a client computes, splits or rewrites, so that what arrives is its own. */
export function changedByClients(structure: StructureShape, { name, shape }: Member): boolean {
  if (shape.kind === 'union' && shape.isEventStream) return true;
  // The SDK would sign for several regions at once, with an algorithm that needs another package.
  if (structure.name === 'PutEventsRequest' && name === 'EndpointId') return true;
  return (
    /^(ContentLength|ContentMD5|ContentEncoding|Checksum\w*|\w*SSECustomer\w*|ChecksumMode)$/.test(name) &&
    /^(Put|Get|Head|Upload|Copy|Create|Complete|Delete|Restore|Write|Select|Update|List)/.test(structure.name)
  );
}
