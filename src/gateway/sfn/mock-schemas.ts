// What a mocked result has to look like, from the frozen models: members, kinds, and what is required.

import { loadService, type Operation, type ServiceName } from '#wire';
import type { MockMember, MockSchema, TaskResource } from '#workflows';
import { operationName, serviceNamed } from '../operation-caller/sdk-names.ts';
import { knownAnswer, knownMember } from './mock-constraints.ts';

type Structure = Operation['output'];
type Member = Structure['members'][number];

/** What the optimised integrations call services that the SDK calls otherwise. */
const INTEGRATIONS: ReadonlyMap<string, ServiceName> = new Map([
  ['states', 'sfn'],
  ['events', 'eventbridge'],
]);

/** Undefined where the answer is not the service's own, or the service is not known: such a mock is not checked. */
export function schemaOf(resource: TaskResource): MockSchema | undefined {
  if (resource.kind !== 'service' || resource.pattern !== 'requestResponse') return undefined;
  const service = INTEGRATIONS.get(resource.service) ?? serviceNamed(resource.service);
  if (service === undefined) return knownAnswer(resource.service, resource.action);
  const output = loadService(service).operations.get(operationName(resource.action))?.output;
  return output === undefined ? undefined : structure(output, service);
}

function structure(shape: Structure, service: ServiceName): MockSchema {
  return { kind: 'structure', members: () => shape.members.map((member) => memberOf(member, service)) };
}

/** Step Functions names all members with a capital. */
function memberOf(member: Member, service: ServiceName): MockMember {
  const name = operationName(member.name);
  const isSimple = member.shape.kind === 'simple';
  const schema = (isSimple ? knownMember(service, name) : undefined) ?? of(member, service);
  return { name, isRequired: member.isRequired, schema };
}

function of({ shape, traits }: Member, service: ServiceName): MockSchema {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return structure(shape, service);
    case 'list':
      return { kind: 'list', item: () => of(shape.item, service) };
    case 'map':
      return { kind: 'map', value: () => of(shape.value, service) };
    case 'simple':
      // A body is whatever the service's users put there.
      return traits.httpPayload === undefined ? simple(shape.type) : { kind: 'anything' };
    default:
      return shape satisfies never;
  }
}

const NUMBERS: ReadonlySet<string> = new Set([
  'byte',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'bigInteger',
  'bigDecimal',
  'intEnum',
]);

function simple(type: string): MockSchema {
  if (NUMBERS.has(type)) return { kind: 'number' };
  if (type === 'boolean') return { kind: 'boolean' };
  return type === 'document' ? { kind: 'anything' } : { kind: 'string' };
}
