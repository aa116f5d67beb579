// Every operation of every modelled service, from the JS SDK through the gateway to a handler and back: what is sent arrives, what is answered comes
// back, and every modelled error is its class with its message and status. Client and server share a model here, so this proves codecs and routing,
// not the model; the sweep with botocore is the independent one.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { ModelledError, Operation, Protocol, ServiceName } from '../../src/wire/model.ts';
import { loadService, SERVICES } from '../../src/wire/index.ts';
import { changedByClients, Samples } from './samples.ts';
import { KEY, openSweepHouse, settle } from './sweep-house.ts';
import type { SweepHouse } from './sweep-house.ts';

/** Not routed, each for its reason (src/wire/route.ts). */
const UNROUTED = new Set(['s3.ListDirectoryBuckets', 's3.CreateSession', 's3.WriteGetObjectResponse']);

/** What the client itself puts into a request or an answer, by service: it is not ours to compare. */
const CLIENTS_OWN: Readonly<Record<string, readonly string[]>> = {
  // The SDK computes a checksum where S3 wants one, and tells the length of what it sends; it repeats Expires as text.
  s3: ['ChecksumAlgorithm', 'ContentLength', 'ExpiresString'],
  // Bound to Content-Type, which an event stream has of its own.
  lambda: ['ResponseStreamContentType'],
};

/** Errors that a protocol cannot tell apart. */
const SHARED_CODES = new Set([
  // The query protocol, and the header that repeats its codes, know both as ResourceNotFound; the SDK takes the first of that code.
  'cloudwatch awsJson1_0 DashboardNotFoundError',
  'cloudwatch awsQuery DashboardNotFoundError',
]);

let house: SweepHouse;
before(async () => {
  house = await openSweepHouse();
});
after(() => house.close());

interface Client {
  send(command: object): Promise<Record<string, unknown>>;
  destroy(): void;
}

interface Swept {
  readonly service: ServiceName;
  readonly protocol: Protocol;
  readonly client: Client;
  readonly module: Readonly<Record<string, new (input: object) => object>>;
}

for (const [service, { protocols }] of SERVICES) {
  for (const protocol of protocols) {
    test(`${service} over ${protocol}: every input and every output`, async () => {
      const swept = await openClient(service, protocol);
      const wrong: string[] = [];
      for (const operation of loadService(service).operations.values()) wrong.push(...(await sweepOperation(swept, operation)));
      swept.client.destroy();
      assert.deepEqual(wrong, []);
      assert.deepEqual(house.logged, []);
    });

    test(`${service} over ${protocol}: every modelled error`, async () => {
      const swept = await openClient(service, protocol);
      const wrong: string[] = [];
      for (const [name, error] of loadService(service).errors) {
        if (!SHARED_CODES.has(`${service} ${protocol} ${name}`)) wrong.push(...(await sweepError(swept, name, error)));
      }
      swept.client.destroy();
      assert.deepEqual(wrong, []);
    });
  }
}

async function openClient(service: ServiceName, protocol: Protocol): Promise<Swept> {
  const module = (await import(`@aws-sdk/client-${service}`)) as Swept['module'];
  const name = Object.keys(module).find((key) => /^[A-Z].*Client$/.test(key));
  assert(name !== undefined);
  const Constructor = module[name] as unknown as new (config: object) => Client;
  const client = new Constructor({
    endpoint: house.endpoint,
    region: 'us-east-1',
    credentials: KEY,
    maxAttempts: 1,
    // Some operations want a host of their own in front of the endpoint's, which an address cannot have.
    disableHostPrefix: true,
    useQueueUrlAsEndpoint: false,
    md5: false,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...otherProtocol(service, protocol),
  });
  return { service, protocol, client, module };
}

/** The SDK can be told to speak a protocol that is not its first. The classes belong to packages which the clients depend on. */
function otherProtocol(service: ServiceName, protocol: Protocol): object {
  if (SERVICES.get(service)?.protocols[0] === protocol) return {};
  const near = createRequire(createRequire(import.meta.url).resolve(`@aws-sdk/client-${service}`));
  const classes = { ...(near('@aws-sdk/core/protocols') as object), ...(near('@smithy/core/cbor') as object) } as Record<
    string,
    unknown
  >;
  return { protocol: classes[protocol === 'awsQuery' ? 'AwsQueryProtocol' : 'SmithyRpcV2CborProtocol'] };
}

async function sweepOperation(swept: Swept, operation: Operation): Promise<string[]> {
  const place = `${swept.service}.${operation.name}`;
  if (UNROUTED.has(place)) return [];
  const model = operation.service;
  const input = new Samples({ service: model, isInput: true, isLeftOut: changedByClients }).of(operation);
  const output = new Samples({ service: model, isInput: false, isLeftOut: changedByClients }).of(operation);
  const sent = await settle(new Samples({ service: model, isInput: true, isLeftOut: changedByClients }).of(operation));
  const answered = await settle(new Samples({ service: model, isInput: false, isLeftOut: changedByClients }).of(operation));
  if (operation.eventStream !== undefined) output[operation.eventStream.name] = (async function* none() {})();
  house.plans.set(place, { kind: 'output', output });
  house.inputs.delete(place);
  const Command = swept.module[`${operation.name}Command`];
  assert(Command !== undefined, place);
  let received: unknown;
  try {
    received = await settle(withoutEvents(await swept.client.send(new Command(input)), operation));
  } catch (error) {
    return [`${place}: ${String(error)}`];
  }
  const own = CLIENTS_OWN[swept.service] ?? [];
  return [
    ...difference(`${place} input`, without(own, house.inputs.get(place)), without(own, sent)),
    ...difference(`${place} output`, without(own, received), without(own, answered)),
  ];
}

function without(names: readonly string[], value: unknown): unknown {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => !names.includes(name)));
}

function withoutEvents(output: Record<string, unknown>, { eventStream }: Operation): object {
  if (eventStream === undefined) return output;
  const { [eventStream.name]: _events, ...others } = output;
  return others;
}

async function sweepError(swept: Swept, name: string, error: ModelledError): Promise<string[]> {
  const model = loadService(swept.service);
  const operation = [...model.operations.values()].find(({ http }) => http === undefined || http.method !== 'HEAD');
  assert(operation !== undefined);
  const place = `${swept.service}.${operation.name}`;
  const message = `Something about ${name} <&> é`;
  const fields = new Samples({
    service: model,
    isInput: false,
    isLeftOut: (_structure, member) => /^(message|type)$/i.test(member.name),
  }).structure(error.shape);
  house.plans.set(place, { kind: 'error', error: { code: name, message, fields } });
  const Command = swept.module[`${operation.name}Command`];
  assert(Command !== undefined, place);
  const input = new Samples({ service: model, isInput: true, isLeftOut: changedByClients }).of(operation);
  try {
    await swept.client.send(new Command(input));
    return [`${name}: no error`];
  } catch (thrown) {
    const { name: thrownName, message: thrownMessage, $metadata } = thrown as Error & { $metadata?: { httpStatusCode: number } };
    return difference(
      name,
      { name: thrownName, message: thrownMessage, status: $metadata?.httpStatusCode },
      { name, message, status: error.status },
    );
  }
}

function difference(place: string, found: unknown, wanted: unknown): string[] {
  try {
    assert.deepEqual(found, wanted);
    return [];
  } catch (error) {
    return [`${place}: ${(error as Error).message}`];
  }
}
