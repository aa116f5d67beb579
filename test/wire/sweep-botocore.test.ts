// Every operation of every modelled service from botocore, whose models and code are not the JS SDK's: the independent proof of ours. It runs with each
// Python that has a botocore, and is skipped where none has.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadService, SERVICES } from '../../src/wire/index.ts';
import type { ModelledError, Operation, Protocol, ServiceModel, ServiceName } from '../../src/wire/model.ts';
import { changedByClients, Samples } from './samples.ts';
import { openSweepHouse, settle } from './sweep-house.ts';
import type { SweepHouse } from './sweep-house.ts';

const PROGRAM = fileURLToPath(new URL('sweep-botocore.py', import.meta.url));

/** The pyenv's and the distribution's may both have one, of different ages. */
const PYTHONS = ['python3', '/usr/bin/python3'];

const BOTOCORE_NAMES: Readonly<Partial<Record<ServiceName, string>>> = {
  eventbridge: 'events',
  sfn: 'stepfunctions',
  'dynamodb-streams': 'dynamodbstreams',
  'cloudwatch-logs': 'logs',
  'api-gateway': 'apigateway',
};

const BOTOCORE_PROTOCOLS: Readonly<Record<Protocol, string>> = {
  restJson1: 'rest-json',
  restXml: 'rest-xml',
  awsJson1_0: 'json',
  awsJson1_1: 'json',
  awsQuery: 'query',
  rpcv2Cbor: 'smithy-rpc-v2-cbor',
};

/** Operations that this client cannot be asked for, with the reason. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['s3.ListDirectoryBuckets', 'not routed'],
  ['s3.CreateSession', 'not routed'],
  ['s3.WriteGetObjectResponse', 'not routed'],
  ['s3.GetObjectAttributes', 'botocore reads the part marker, a string, as an integer'],
  ['s3.ListParts', 'as GetObjectAttributes'],
]);

/** What the client itself puts into a request or an answer, by service: it is not ours to compare. */
const CLIENTS_OWN: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  // It computes a checksum where S3 wants one (an older one its MD5), tells the length of what it sends, and repeats Expires as text.
  s3: ['ChecksumAlgorithm', 'ContentLength', 'ContentMD5', 'ExpiresString', 'Payload'],
  // In a query both lists of names are called AttributeName: what names one, names the other.
  sqs: ['MessageSystemAttributeNames'],
  // Bound to Content-Type, which an event stream has of its own.
  lambda: ['ResponseStreamContentType', 'EventStream'],
  'cloudwatch-logs': ['responseStream', 'fieldStream'],
};

type Answer =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly status: number }
  | { readonly kind: 'output'; readonly sent: unknown; readonly expected: unknown; readonly output: unknown };

interface Botocore {
  readonly version: string;
  call(request: object): Promise<Answer>;
  close(): Promise<void>;
}

const found = PYTHONS.filter((python) => spawnSync(python, ['-c', 'import botocore'], { stdio: 'ignore' }).status === 0);
const distinct = found.filter((python, index) => index === found.findIndex((other) => location(other) === location(python)));

test('a Python with botocore is there', { skip: distinct.length > 0 ? false : 'no Python here can import botocore' }, () => {
  assert.ok(distinct.length > 0);
});

for (const python of distinct) {
  test(`every operation and every error, from the botocore of ${python}`, async (context) => {
    const botocore = await startBotocore(python);
    const house = await openSweepHouse();
    const compared = { operations: 0, errors: 0 };
    try {
      for (const [service, { protocols }] of SERVICES) {
        for (const protocol of protocols) {
          await context.test(`${service} over ${protocol} with botocore ${botocore.version}`, async () => {
            const model = loadService(service);
            const wrong: string[] = [];
            for (const operation of model.operations.values()) {
              const result = await sweepOperation(house, botocore, operation, protocol);
              if (result !== 'unknown') compared.operations++;
              wrong.push(...(result === 'unknown' ? [] : result));
            }
            for (const [name, error] of model.errors) {
              const result = await sweepError({ house, botocore, model, protocol, name, error });
              if (result !== 'unknown') compared.errors++;
              wrong.push(...(result === 'unknown' ? [] : result));
            }
            assert.deepEqual(wrong, []);
            assert.deepEqual(house.logged, []);
          });
        }
      }
    } finally {
      await botocore.close();
      await house.close();
    }
    context.diagnostic(`botocore ${botocore.version}: ${compared.operations} operations and ${compared.errors} errors compared`);
    // The oldest that was tried, 1.29 of 2022, knows 1014 of the operations and 416 of the errors.
    assert.ok(compared.operations > 800 && compared.errors > 300, JSON.stringify(compared));
  });
}

function location(python: string): string {
  return spawnSync(python, ['-c', 'import botocore; print(botocore.__file__)'], { encoding: 'utf8' }).stdout;
}

async function startBotocore(python: string): Promise<Botocore> {
  const child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Answer> => {
    const line = await lines.next();
    assert.ok(line.done !== true, 'the Python program ended early');
    return JSON.parse(line.value) as Answer;
  };
  const ready = await next();
  assert.equal(ready.kind, 'ready');
  return {
    version: ready.kind === 'ready' ? ready.version : '',
    async call(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    async close() {
      const ended = new Promise((resolve) => void child.once('close', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

async function sweepOperation(
  house: SweepHouse,
  botocore: Botocore,
  operation: Operation,
  protocol: Protocol,
): Promise<string[] | 'unknown'> {
  const model = operation.service;
  const place = `${model.name}.${operation.name}`;
  if (LEFT_OUT.has(place)) return 'unknown';
  const samples = (isInput: boolean) =>
    new Samples({ service: model, isInput, isLeftOut: changedByClients, asciiMetadata: true }).of(operation);
  const output = samples(false);
  if (operation.eventStream !== undefined) output[operation.eventStream.name] = (async function* none() {})();
  house.plans.set(place, { kind: 'output', output });
  house.inputs.delete(place);
  const answer = await botocore.call({
    ...target(house, model, protocol, operation),
    input: await settle(samples(true)),
    output: await settle(samples(false)),
  });
  if (answer.kind === 'unknown') return 'unknown';
  if (answer.kind !== 'output') return [`${place}: ${JSON.stringify(answer)}`];
  return [
    ...difference(`${place} input`, pruned(model, house.inputs.get(place)), pruned(model, answer.sent)),
    ...difference(`${place} output`, pruned(model, answer.output), pruned(model, answer.expected)),
  ];
}

interface ErrorCase {
  readonly house: SweepHouse;
  readonly botocore: Botocore;
  readonly model: ServiceModel;
  readonly protocol: Protocol;
  readonly name: string;
  readonly error: ModelledError;
}

async function sweepError({ house, botocore, model, protocol, name, error }: ErrorCase): Promise<string[] | 'unknown'> {
  const operation = [...model.operations.values()].find(({ http }) => http === undefined || http.method !== 'HEAD');
  assert.ok(operation !== undefined);
  const message = `Something about ${name} <&> é`;
  house.plans.set(`${model.name}.${operation.name}`, { kind: 'error', error: { code: name, message, fields: {} } });
  const input = new Samples({ service: model, isInput: true, isLeftOut: changedByClients, asciiMetadata: true }).of(operation);
  const answer = await botocore.call({ ...target(house, model, protocol, operation), input: await settle(input), output: {} });
  if (answer.kind === 'unknown') return 'unknown';
  const code = protocol === 'awsQuery' || model.isQueryCompatible ? error.code : name;
  return difference(`${model.name} ${name}`, answer, { kind: 'error', code, message, status: error.status });
}

function target(house: SweepHouse, model: ServiceModel, protocol: Protocol, operation: Operation): object {
  return {
    endpoint: house.endpoint,
    service: BOTOCORE_NAMES[model.name] ?? model.name,
    protocol: BOTOCORE_PROTOCOLS[protocol],
    operation: operation.name,
  };
}

function pruned(model: ServiceModel, value: unknown): unknown {
  const own = CLIENTS_OWN[model.name] ?? [];
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => !own.includes(name)));
}

function difference(place: string, found: unknown, wanted: unknown): string[] {
  try {
    assert.deepEqual(found, wanted);
    return [];
  } catch (error) {
    return [`${place}: ${(error as Error).message}`];
  }
}
