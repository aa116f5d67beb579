// Schemas of mocked results, made of the frozen models: by members, kinds and what is required.

import { loadService } from '#wire';
import type { Operation, ServiceName } from '#wire';
import type { MockMember, MockSchema, TaskResource } from '#workflows';

type Structure = Operation['output'];
type Member = Structure['members'][number];

const MODELS: ReadonlyMap<string, ServiceName> = new Map([
  ['lambda', 'lambda'],
  ['s3', 's3'],
  ['states', 'sfn'],
  ['sfn', 'sfn'],
  ['events', 'eventbridge'],
  ['dynamodb', 'dynamodb'],
]);

export function schemaOf(resource: TaskResource): MockSchema | undefined {
  if (resource.kind !== 'service' || resource.pattern !== 'requestResponse') return undefined;
  const model = MODELS.get(resource.service);
  if (model === undefined) return undefined;
  const output = loadService(model).operations.get(capital(resource.action))?.output;
  return output === undefined ? undefined : structure(output);
}

function structure(shape: Structure): MockSchema {
  return { kind: 'structure', members: () => shape.members.map(memberOf) };
}

/** Step Functions names all members with a capital. */
function memberOf(member: Member): MockMember {
  return { name: capital(member.name), isRequired: member.isRequired, schema: of(member) };
}

function of({ shape, traits }: Member): MockSchema {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structure(shape);
    case 'list':
      return { kind: 'list', item: () => of(shape.item) };
    case 'map':
      return { kind: 'map', value: () => of(shape.value) };
    case 'simple':
      return traits.httpPayload === undefined ? simple(shape.type) : { kind: 'anything' };
    default:
      return shape satisfies never;
  }
}

function simple(type: string): MockSchema {
  if (['byte', 'short', 'integer', 'long', 'float', 'double', 'bigInteger', 'bigDecimal', 'intEnum'].includes(type))
    return { kind: 'number' };
  if (type === 'boolean') return { kind: 'boolean' };
  return type === 'document' ? { kind: 'anything' } : { kind: 'string' };
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
