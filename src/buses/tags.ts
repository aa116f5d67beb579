// Tags of buses and rules. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-tagging.html

import { LIMITS, type Scope } from '#kernel';
import { invalid, invalidParameter, tooMany } from './bus-answers.ts';
import { parseEventArn } from './bus-names.ts';
import type { BusAdministration } from './bus-administration.ts';
import type { Tags } from './bus-record.ts';
import type { Rules } from './rules.ts';

export function checkTags(tags: Tags): void {
  if (Object.keys(tags).length > LIMITS.busTags) throw tooMany();
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) throw invalid('Tag keys that begin with aws: are reserved for AWS.');
}

export class ResourceTags {
  readonly #buses: BusAdministration;
  readonly #rules: Rules;

  constructor(buses: BusAdministration, rules: Rules) {
    this.#buses = buses;
    this.#rules = rules;
  }

  async list(scope: Scope, arn: string): Promise<Tags> {
    const resource = taggable(scope, arn);
    if (resource.kind === 'bus') return (await this.#buses.get(scope, resource.bus)).record.tags;
    return (await this.#rules.get(scope, resource)).record.tags;
  }

  add(scope: Scope, arn: string, added: Tags): Promise<void> {
    return this.#change(scope, arn, (tags) => {
      // Entries and not a spread: a key may be `__proto__`.
      const merged = Object.fromEntries(new Map([...Object.entries(tags), ...Object.entries(added)]));
      checkTags(merged);
      return merged;
    });
  }

  remove(scope: Scope, arn: string, keys: readonly string[]): Promise<void> {
    return this.#change(scope, arn, (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))));
  }

  #change(scope: Scope, arn: string, change: (tags: Tags) => Tags): Promise<void> {
    const resource = taggable(scope, arn);
    if (resource.kind === 'bus') return this.#buses.change(scope, resource.bus, (bus) => ({ ...bus, tags: change(bus.tags) }));
    return this.#rules.change(scope, resource, (rule) => ({ ...rule, tags: change(rule.tags) }));
  }
}

function taggable(scope: Scope, arn: string) {
  const resource = parseEventArn(scope, arn);
  if (resource?.kind === 'bus' || resource?.kind === 'rule') return resource;
  throw invalidParameter('ResourceARN', 'Only event buses and rules have tags.');
}
