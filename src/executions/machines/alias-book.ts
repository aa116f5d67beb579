// Aliases: names that lead to one version, or to two by weights. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html

import { LIMITS, type Clock, type Scope } from '#kernel';
import { conflict, invalid, invalidArn, noSuchResource, quotaExceeded } from './machine-answers.ts';
import { aliasKey, aliasOf, lastPart, put, versionKey } from './machine-record.ts';
import type { AliasRecord, AliasRoute, MachineRecord } from './machine-record.ts';
import type { MachineStore } from './machine-store.ts';
import { afterToken, pageOf, pageSize, type Page, type PageRequest } from './page.ts';
import { aliasArn, machineArn, parseMachineArn, versionArn, type MachineName, type MachineReference } from './states-arn.ts';

export type Routing = readonly { readonly versionArn: string; readonly weight: number }[];

export type Alias = {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly routing: Routing;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export type NewAlias = { readonly name: string; readonly description?: string | undefined; readonly routing: Routing };
export type AliasChange = { readonly description?: string | undefined; readonly routing?: Routing | undefined };

const WEIGHTS_TOGETHER = 100;

export class AliasBook {
  readonly #store: MachineStore;
  readonly #clock: Clock;

  constructor({ store, clock }: { readonly store: MachineStore; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The same request again is answered the same. The machine is the one whose versions it leads to. */
  async create(scope: Scope, { name, description, routing }: NewAlias): Promise<Alias> {
    const { machine, routes } = routesOf(scope, routing);
    const store = this.#store;
    const plan = async (record: MachineRecord) => {
      const key = aliasKey(machine, name);
      const aliases = await store.aliases(machine);
      const found = aliases.find((alias) => lastPart(alias) === name);
      if (found !== undefined) {
        const { routes: before, description: said } = aliasOf(found);
        if (JSON.stringify(before) !== JSON.stringify(routes) || said !== (description ?? null))
          throw conflict(
            'Failed to create alias because an alias with the same name and a different routing configuration already exists.',
          );
        return { result: shown(machine, name, aliasOf(found)) };
      }
      if (aliases.length >= LIMITS.stateMachineAliases)
        throw quotaExceeded(`A state machine has at most ${LIMITS.stateMachineAliases} aliases.`);
      await this.#checkVersions(machine, routes);
      const nowMs = this.#clock.now();
      const alias: AliasRecord = { description: description ?? null, routes, createdAtMs: nowMs, updatedAtMs: nowMs };
      return { record, changes: [put(key, 'absent', alias)], result: shown(machine, name, alias) };
    };
    return store.change(machine, plan, {
      whenGone: () => {
        throw noSuchResource(machineArn(machine));
      },
    });
  }

  async update(scope: Scope, arn: string, { description, routing }: AliasChange): Promise<Alias> {
    if (description === undefined && routing === undefined)
      throw invalid('Either the description or the RoutingConfiguration must be specified', 'MISSING_REQUIRED_PARAMETER');
    const { machine, name } = aliasOfArn(scope, arn);
    const asked = routing === undefined ? undefined : routesOf(scope, routing);
    if (asked !== undefined && asked.machine.name !== machine.name) throw otherMachine();
    const store = this.#store;
    const plan = async (record: MachineRecord) => {
      const key = aliasKey(machine, name);
      const found = await store.resources.get(key);
      if (found === undefined) throw noSuchResource(arn);
      if (asked !== undefined) await this.#checkVersions(machine, asked.routes);
      const alias: AliasRecord = {
        ...aliasOf(found),
        ...(description === undefined ? {} : { description }),
        ...(asked === undefined ? {} : { routes: asked.routes }),
        updatedAtMs: this.#clock.now(),
      };
      return { record, changes: [put(key, 'present', alias)], result: shown(machine, name, alias) };
    };
    return store.change(machine, plan, {
      whenGone: () => {
        throw noSuchResource(arn);
      },
    });
  }

  async describe(scope: Scope, arn: string): Promise<Alias> {
    const { machine, name } = aliasOfArn(scope, arn);
    const found = await this.#store.resources.get(aliasKey(machine, name));
    if (found === undefined) throw noSuchResource(arn);
    return shown(machine, name, aliasOf(found));
  }

  /** Of a machine, or those that lead to a version; the newest first. */
  async list(scope: Scope, arn: string, request: PageRequest): Promise<Page<Alias>> {
    const machine = parseMachineArn(scope, arn);
    const { qualifier } = machine;
    if (qualifier.kind !== 'none' && qualifier.kind !== 'version') throw invalidArn(`${arn} has no aliases of its own`);
    await this.#store.need(machine);
    const after = afterToken(request);
    const aliases = (await this.#store.aliases(machine)).map((alias) => listed(lastPart(alias), aliasOf(alias)));
    const found = aliases
      .filter(({ place }) => after === undefined || place < after)
      .filter(({ record }) => qualifier.kind === 'none' || record.routes.some(({ version }) => version === qualifier.number))
      .toSorted((one, other) => (one.place < other.place ? 1 : -1));
    const page = pageOf(found, pageSize(request), ({ place }) => place);
    return { ...page, items: page.items.map(({ name, record }) => shown(machine, name, record)) };
  }

  /** One that is not there is deleted already. */
  async remove(scope: Scope, arn: string): Promise<void> {
    const { machine, name } = aliasOfArn(scope, arn);
    const store = this.#store;
    const plan = async (record: MachineRecord) => {
      const key = aliasKey(machine, name);
      if ((await store.resources.get(key)) === undefined) return { result: undefined };
      return { record, changes: [{ key, expect: 'present', change: 'remove' } as const], result: undefined };
    };
    await store.change(machine, plan, { evenDeleting: true, whenGone: () => undefined });
  }

  async #checkVersions(machine: MachineName, routes: readonly AliasRoute[]): Promise<void> {
    for (const { version } of routes)
      if ((await this.#store.resources.get(versionKey(machine, version))) === undefined)
        throw noSuchResource(versionArn(machine, version));
  }
}

/** Its place in a list is where its making is in time, and its name among those of one moment. */
function listed(name: string, record: AliasRecord) {
  return { name, record, place: `${new Date(record.createdAtMs).toISOString()} ${name}` };
}

function aliasOfArn(scope: Scope, arn: string): { readonly machine: MachineReference; readonly name: string } {
  const machine = parseMachineArn(scope, arn);
  if (machine.qualifier.kind !== 'alias') throw invalidArn(`${arn} is not the ARN of an alias`);
  return { machine, name: machine.qualifier.alias };
}

/** The model has checked that there are one or two, and weights of 0 to 100. */
function routesOf(scope: Scope, routing: Routing): { readonly machine: MachineName; readonly routes: readonly AliasRoute[] } {
  const parsed = routing.map(({ versionArn: arn, weight }) => {
    const reference = parseMachineArn(scope, arn);
    if (reference.qualifier.kind !== 'version') throw invalidArn(`${arn} is not the ARN of a version`);
    return { name: reference.name, route: { version: reference.qualifier.number, weight } };
  });
  const [first] = parsed;
  if (first === undefined) throw invalidRouting('A routing configuration leads to one or two versions.');
  if (parsed.some(({ name }) => name !== first.name)) throw otherMachine();
  const routes = parsed.map(({ route }) => route);
  if (new Set(routes.map(({ version }) => version)).size < routes.length)
    throw invalidRouting(
      `Routing configuration must contain distinct state machine version ARNs. Received: [${routing.map(({ versionArn: arn }) => arn).join(', ')}]`,
    );
  const weights = routes.map(({ weight }) => weight);
  if (weights.reduce((sum, weight) => sum + weight, 0) !== WEIGHTS_TOGETHER)
    throw invalidRouting(`Sum of routing configuration weights must equal 100. Received: [${weights.join(', ')}]`);
  return { machine: { scope, name: first.name }, routes };
}

function otherMachine() {
  return invalidRouting('Routing configuration must contain versions of one state machine, and of that of the alias.');
}

function invalidRouting(message: string) {
  return invalid(message, 'INVALID_ROUTING_CONFIGURATION');
}

function shown(machine: MachineName, name: string, { description, routes, createdAtMs, updatedAtMs }: AliasRecord): Alias {
  return {
    arn: aliasArn(machine, name),
    name,
    description: description ?? undefined,
    routing: routes.map(({ version, weight }) => ({ versionArn: versionArn(machine, version), weight })),
    createdAtMs,
    updatedAtMs,
  };
}
