// Names and ARNs of what EventBridge has. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html

import type { Scope } from '#kernel';
import { noSuchBus } from './bus-answers.ts';

export const DEFAULT_BUS = 'default';

export type EventResource =
  | { readonly kind: 'bus'; readonly bus: string }
  | { readonly kind: 'rule'; readonly bus: string; readonly rule: string }
  | { readonly kind: 'archive' | 'replay'; readonly name: string }
  /** With the id that tells it from an earlier one of that name. */
  | { readonly kind: 'connection' | 'api-destination'; readonly name: string; readonly id: string };

/** The bus that a request names, by name or ARN; without a name, the default one. Whether it exists is not looked at. */
export function busNameOf(scope: Scope, nameOrArn: string | undefined): string {
  if (nameOrArn === undefined) return DEFAULT_BUS;
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const resource = parseEventArn(scope, nameOrArn);
  if (resource?.kind !== 'bus') throw noSuchBus(nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1));
  return resource.bus;
}

export function eventArn(scope: Scope, resource: EventResource): string {
  return `arn:aws:events:${scope.region}:${scope.account}:${pathOf(resource)}`;
}

export function busArn(scope: Scope, bus: string): string {
  return eventArn(scope, { kind: 'bus', bus });
}

export function ruleArn(scope: Scope, bus: string, rule: string): string {
  return eventArn(scope, { kind: 'rule', bus, rule });
}

function pathOf(resource: EventResource): string {
  switch (resource.kind) {
    case 'bus':
      return `event-bus/${resource.bus}`;
    case 'rule':
      return resource.bus === DEFAULT_BUS ? `rule/${resource.rule}` : `rule/${resource.bus}/${resource.rule}`;
    case 'archive':
    case 'replay':
      return `${resource.kind}/${resource.name}`;
    case 'connection':
    case 'api-destination':
      return `${resource.kind}/${resource.name}/${resource.id}`;
    default:
      return resource satisfies never;
  }
}

/** Undefined for what is none of this account's, here. */
export function parseEventArn(scope: Scope, arn: string): EventResource | undefined {
  const prefix = `arn:aws:events:${scope.region}:${scope.account}:`;
  if (!arn.startsWith(prefix)) return undefined;
  const [kind, first, second, ...more] = arn.slice(prefix.length).split('/');
  if (first === undefined || first === '' || second === '' || more.length > 0) return undefined;
  switch (kind) {
    case 'event-bus':
      return second === undefined ? { kind: 'bus', bus: first } : undefined;
    case 'rule':
      return second === undefined ? { kind, bus: DEFAULT_BUS, rule: first } : { kind, bus: first, rule: second };
    case 'archive':
    case 'replay':
      return second === undefined ? { kind, name: first } : undefined;
    case 'connection':
    case 'api-destination':
      return second === undefined ? undefined : { kind, name: first, id: second };
    case undefined:
    default:
      return undefined;
  }
}
