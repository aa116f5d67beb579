// AWS's service models as a graph of shapes: reads the frozen JSON, a service at a time, when it is first asked for.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export type Protocol = 'restJson1' | 'restXml' | 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'rpcv2Cbor';

export type NumberType = 'integer' | 'long' | 'float' | 'double' | 'number' | 'bigInteger' | 'bigDecimal';
export type SimpleType = NumberType | 'string' | 'boolean' | 'timestamp' | 'blob' | 'document' | 'unit';

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** Smithy's traits by their own names, as far as a server minds them. A flag is 1. */
export interface Traits {
  readonly httpLabel?: 1;
  readonly httpQuery?: string;
  readonly httpQueryParams?: 1;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
  readonly streaming?: 1;
  readonly eventPayload?: 1;
  readonly eventHeader?: 1;
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly xmlAttribute?: 1;
  /** [prefix, URI] */
  readonly xmlNamespace?: readonly [string, string];
  readonly timestampFormat?: TimestampFormat;
  readonly sensitive?: 1;
}

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly traits: Traits;
  readonly isRequired: boolean;
}

export interface SimpleShape {
  readonly kind: 'simple';
  readonly type: SimpleType;
}

export interface StructureShape {
  readonly kind: 'structure' | 'union';
  readonly name: string;
  readonly members: readonly Member[];
  /** The element name where the shape is the root of a document. */
  readonly xmlName: string | undefined;
  readonly isEventStream: boolean;
}

export interface ListShape {
  readonly kind: 'list';
  readonly name: string;
  readonly item: Member;
}

export interface MapShape {
  readonly kind: 'map';
  readonly name: string;
  readonly key: Member;
  readonly value: Member;
}

export type Shape = SimpleShape | StructureShape | ListShape | MapShape;

export interface HttpBinding {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
}

export interface Operation {
  readonly name: string;
  readonly service: ServiceModel;
  /** Undefined where the service is not RESTful. */
  readonly http: HttpBinding | undefined;
  readonly input: StructureShape;
  readonly output: StructureShape;
  /** The output member that is a stream of events. */
  readonly eventStream: Member | undefined;
  /** The one output member is the document itself (GetBucketLocation). */
  readonly isUnwrapped: boolean;
}

export interface ModelledError {
  readonly shape: StructureShape;
  readonly status: number;
  readonly fault: 'client' | 'server';
  /** The name under which the query protocol knows it, where it differs from the shape's. */
  readonly code: string;
}

export interface ServiceModel {
  readonly name: ServiceName;
  readonly serviceId: string;
  readonly signingName: string;
  readonly version: string;
  readonly target: string;
  readonly xmlNamespace: string | undefined;
  readonly protocols: readonly Protocol[];
  /** Formerly a query service: its errors carry the old codes beside the new. */
  readonly isQueryCompatible: boolean;
  readonly operations: ReadonlyMap<string, Operation>;
  /** By shape name. */
  readonly errors: ReadonlyMap<string, ModelledError>;
  readonly shapes: ReadonlyMap<string, Shape>;
}

export interface ServiceFacts {
  readonly signingName: string;
  readonly version: string;
  readonly target: string;
  readonly protocols: readonly Protocol[];
}

export type ServiceName =
  | 'lambda'
  | 's3'
  | 'sqs'
  | 'sns'
  | 'eventbridge'
  | 'scheduler'
  | 'pipes'
  | 'sfn'
  | 'dynamodb'
  | 'dynamodb-streams'
  | 'cloudwatch-logs'
  | 'cloudwatch'
  | 'sts'
  | 'iam'
  | 'cloudformation'
  | 'ssm'
  | 'api-gateway'
  | 'apigatewayv2';

/** What a server must know of every service to tell whose request it has, before it loads a model. */
export const SERVICES: ReadonlyMap<ServiceName, ServiceFacts> = new Map(
  Object.entries((readJson('models/index.json') as { services: Record<ServiceName, ServiceFacts> }).services) as [
    ServiceName,
    ServiceFacts,
  ][],
);

const loaded = new Map<ServiceName, ServiceModel>();

/** The model of a service; measured: 2 ms for a small one, 15 ms for the largest, once. */
export function loadService(name: ServiceName): ServiceModel {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const model = link(readJson(`models/${name}.json`) as FrozenModel);
  loaded.set(name, model);
  return model;
}

/** A frozen file beside this one. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

type FrozenMember = string | readonly [target: string, traits: Traits];

interface FrozenShape {
  readonly kind: 'structure' | 'union' | 'list' | 'map';
  readonly required?: number;
  readonly members?: Readonly<Record<string, FrozenMember>>;
  readonly item?: FrozenMember;
  readonly key?: FrozenMember;
  readonly value?: FrozenMember;
  readonly xmlName?: string;
  readonly streaming?: 1;
}

interface FrozenModel {
  readonly service: ServiceName;
  readonly serviceId: string;
  readonly signingName: string;
  readonly version: string;
  readonly target: string;
  readonly xmlNamespace?: string;
  readonly protocols: readonly Protocol[];
  readonly queryCompatible?: boolean;
  readonly operations: Readonly<Record<string, FrozenOperation>>;
  readonly errors: Readonly<
    Record<string, { readonly status: number; readonly fault: 'client' | 'server'; readonly code?: string }>
  >;
  readonly shapes: Readonly<Record<string, FrozenShape>>;
}

interface FrozenOperation {
  readonly http?: readonly [method: string, uri: string, status: number];
  readonly input?: string;
  readonly output?: string;
  readonly unwrapped?: 1;
}

const SIMPLE_TYPES: readonly SimpleType[] = [
  'integer',
  'long',
  'float',
  'double',
  'number',
  'bigInteger',
  'bigDecimal',
  'string',
  'boolean',
  'timestamp',
  'blob',
  'document',
  'unit',
];

const SIMPLE_SHAPES: ReadonlyMap<string, SimpleShape> = new Map(SIMPLE_TYPES.map((type) => [type, { kind: 'simple', type }]));

const UNIT: StructureShape = { kind: 'structure', name: 'Unit', members: [], xmlName: undefined, isEventStream: false };

function link(frozen: FrozenModel): ServiceModel {
  const shapes = linkShapes(frozen.shapes);
  const structure = (name: string | undefined): StructureShape => {
    const shape = name === undefined ? UNIT : shapes.get(name);
    assert(
      shape !== undefined && (shape.kind === 'structure' || shape.kind === 'union'),
      `${frozen.service} has no structure ${name}`,
    );
    return shape;
  };
  const operations = new Map<string, Operation>();
  const service: ServiceModel = {
    name: frozen.service,
    serviceId: frozen.serviceId,
    signingName: frozen.signingName,
    version: frozen.version,
    target: frozen.target,
    xmlNamespace: frozen.xmlNamespace,
    protocols: frozen.protocols,
    isQueryCompatible: frozen.queryCompatible === true,
    operations,
    errors: new Map(
      Object.entries(frozen.errors).map(([name, { status, fault, code }]) => [
        name,
        { shape: structure(name), status, fault, code: code ?? name },
      ]),
    ),
    shapes,
  };
  for (const [name, { http, input, output, unwrapped }] of Object.entries(frozen.operations)) {
    const outputShape = structure(output);
    operations.set(name, {
      name,
      service,
      http: http && { method: http[0], uri: http[1], status: http[2] },
      input: structure(input),
      output: outputShape,
      eventStream: outputShape.members.find(({ shape }) => shape.kind === 'union' && shape.isEventStream),
      isUnwrapped: unwrapped === 1,
    });
  }
  return service;
}

/** Shapes contain each other, and themselves: all are made first and filled after. */
function linkShapes(frozen: FrozenModel['shapes']): Map<string, Shape> {
  const shapes = new Map<string, Shape>(SIMPLE_SHAPES);
  const fill: (() => void)[] = [];
  for (const [name, description] of Object.entries(frozen)) {
    const shape = { kind: description.kind, name, xmlName: description.xmlName, isEventStream: description.streaming === 1 };
    shapes.set(name, shape as unknown as Shape);
    fill.push(() => Object.assign(shape, contents(description, shapes)));
  }
  for (const run of fill) run();
  return shapes;
}

function contents(frozen: FrozenShape, shapes: Map<string, Shape>): object {
  const member = (name: string, target: FrozenMember | undefined, isRequired: boolean): Member => {
    assert(target !== undefined, `a frozen shape lacks its ${name}`);
    const [shapeName, traits] = typeof target === 'string' ? [target, {}] : target;
    return { name, shape: findShape(shapeName, shapes), traits, isRequired };
  };
  switch (frozen.kind) {
    case 'structure':
    case 'union':
      return {
        members: Object.entries(frozen.members ?? {}).map(([name, target], index) =>
          member(name, target, index < (frozen.required ?? 0)),
        ),
      };
    case 'list':
      return { item: member('member', frozen.item, false) };
    case 'map':
      return { key: member('key', frozen.key, true), value: member('value', frozen.value, false) };
    default:
      return frozen.kind satisfies never;
  }
}

/** `string[]` and `string{}` are lists and maps without a name of their own; one object each, so that codecs are compiled once. */
function findShape(name: string, shapes: Map<string, Shape>): Shape {
  const known = shapes.get(name);
  if (known !== undefined) return known;
  assert(name.endsWith('[]') || name.endsWith('{}'), `no shape ${name}`);
  const target = { name: 'member', shape: findShape(name.slice(0, -2), shapes), traits: {}, isRequired: false };
  const shape: Shape = name.endsWith('[]')
    ? { kind: 'list', name, item: target }
    : {
        kind: 'map',
        name,
        key: { name: 'key', shape: findShape('string', shapes), traits: {}, isRequired: true },
        value: { ...target, name: 'value' },
      };
  shapes.set(name, shape);
  return shape;
}
