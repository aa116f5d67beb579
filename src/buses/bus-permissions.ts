// The policy of a bus: who outside of its account, and which service, may put events on it.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html

import { LIMITS, type Scope } from '#kernel';
import { askResourcePolicy, parseResourcePolicy, type ResourceQuestion, type ResourceVerdict } from '#identity';
import { invalidParameter, notFound, policyTooLong } from './bus-answers.ts';
import type { BusAdministration } from './bus-administration.ts';
import { busArn } from './bus-names.ts';
import { readPolicy, type BusRecord, type PolicyDocument, type PolicyStatement } from './bus-record.ts';

/** One statement said in parameters. */
export interface Permission {
  readonly action: string;
  /** An account, or everybody. */
  readonly principal: string;
  readonly statementId: string;
  readonly condition?: { readonly type: string; readonly key: string; readonly value: string } | undefined;
}

const VERSION = '2012-10-17';

export class BusPermissions {
  readonly #buses: BusAdministration;

  constructor(buses: BusAdministration) {
    this.#buses = buses;
  }

  /** In the place of the statement with the same id. */
  async put(scope: Scope, bus: string, { action, principal, statementId, condition }: Permission): Promise<void> {
    const statement: PolicyStatement = {
      Sid: statementId,
      Effect: 'Allow',
      Principal: principal === '*' ? '*' : { AWS: `arn:aws:iam::${principal}:root` },
      Action: action,
      Resource: busArn(scope, bus),
      ...(condition === undefined ? {} : { Condition: { [condition.type]: { [condition.key]: condition.value } } }),
    };
    await this.#buses.change(scope, bus, (record) => {
      const others = (record.policy?.Statement ?? []).filter(({ Sid }) => Sid !== statementId);
      return withPolicy(record, { Version: VERSION, Statement: [...others, statement] });
    });
  }

  /** In the place of the whole policy. */
  async putPolicy(scope: Scope, bus: string, text: string): Promise<void> {
    const policy = policyOf(text);
    await this.#buses.change(scope, bus, (record) => withPolicy(record, policy));
  }

  async remove(scope: Scope, bus: string, statementId: string): Promise<void> {
    await this.#buses.change(scope, bus, (record) => {
      const statements = record.policy?.Statement ?? [];
      const others = statements.filter(({ Sid }) => Sid !== statementId);
      if (others.length === statements.length) throw notFound('Statement with the provided id does not exist.');
      const { policy: _gone, ...rest } = record;
      return others.length === 0 ? rest : { ...rest, policy: { Version: VERSION, Statement: others } };
    });
  }

  async removeAll(scope: Scope, bus: string): Promise<void> {
    await this.#buses.change(scope, bus, ({ policy: _gone, ...rest }) => rest);
  }

  /** What the bus's policy says of a question; `unsaid` where it has none. */
  async verdict(scope: Scope, bus: string, question: Omit<ResourceQuestion, 'resource'>): Promise<ResourceVerdict> {
    const { policy } = (await this.#buses.get(scope, bus)).record;
    if (policy === undefined) return 'unsaid';
    return askResourcePolicy(readPolicy(policy), { ...question, resource: busArn(scope, bus) });
  }
}

function policyOf(text: string): PolicyDocument {
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw invalidParameter('Policy', parsed.reason);
  const { Version = VERSION, Statement } = JSON.parse(text) as { Version?: string; Statement: PolicyStatement | PolicyStatement[] };
  return { Version, Statement: Array.isArray(Statement) ? Statement : [Statement] };
}

function withPolicy(record: BusRecord, policy: PolicyDocument): BusRecord {
  const text = JSON.stringify(policy);
  if (Buffer.byteLength(text) > LIMITS.busPolicyBytes) throw policyTooLong();
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw invalidParameter('Condition', parsed.reason);
  return { ...record, policy };
}
