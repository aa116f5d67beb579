// Freezes AWS's service models into src/wire/models and src/wire/constraints: shapes from the published SDK clients, value constraints from botocore.
//
// Run it after an update of an @aws-sdk/client-* package (`npm run models`), and read the diff: it is what changes on our wire.
// With `--check` nothing is written: it fails where the frozen models are not those of the installed packages.
// Shapes come through public exports only (`Invoke$`, NormalizedSchema), so that the encoding inside the packages may change.
// Constraints need a Python with botocore; without one the frozen constraints are kept. Nothing is fetched, here or at run time.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NormalizedSchema } from '@smithy/core/schema';
import { assert, botocoreVersion, compare, Comparison, shortName, simpleType, sorted } from './model-constraints.ts';
import type { Constraints, Json, OperationSchema, ServiceSource } from './model-constraints.ts';

/** What neither source says: which protocols a service answers besides the SDK's, and botocore's folder for it. */
const SERVICES = [
  { service: 'lambda', botocore: 'lambda' },
  { service: 's3', botocore: 's3' },
  // Clients older than 2023 speak the query protocol to SQS, and clients older than 2025 to CloudWatch.
  { service: 'sqs', botocore: 'sqs', alsoSpeaks: ['awsQuery'] },
  { service: 'sns', botocore: 'sns' },
  { service: 'eventbridge', botocore: 'events' },
  { service: 'scheduler', botocore: 'scheduler' },
  { service: 'pipes', botocore: 'pipes' },
  { service: 'sfn', botocore: 'stepfunctions' },
  { service: 'dynamodb', botocore: 'dynamodb' },
  { service: 'dynamodb-streams', botocore: 'dynamodbstreams' },
  { service: 'cloudwatch-logs', botocore: 'logs' },
  { service: 'cloudwatch', botocore: 'cloudwatch', alsoSpeaks: ['awsQuery', 'rpcv2Cbor'] },
  { service: 'sts', botocore: 'sts' },
  { service: 'iam', botocore: 'iam' },
  { service: 'cloudformation', botocore: 'cloudformation' },
  { service: 'ssm', botocore: 'ssm' },
  { service: 'api-gateway', botocore: 'apigateway' },
  { service: 'apigatewayv2', botocore: 'apigatewayv2' },
] as const satisfies readonly ServiceSource[];

/** Members that no answer of S3 carries: the SDK fills them from the Expires header. */
const INVENTED_BY_THE_SDK: ReadonlySet<string> = new Set(['GetObjectOutput.ExpiresString', 'HeadObjectOutput.ExpiresString']);

const isCheck = process.argv.includes('--check');
const stale: string[] = [];

const FOLDER = new URL('../src/wire/', import.meta.url);
const require = createRequire(import.meta.url);

type Traits = Record<string, Json>;

async function main(): Promise<void> {
  const version = isCheck ? undefined : botocoreVersion();
  if (version === undefined && !isCheck) console.error('No Python with botocore was found: the frozen constraints are kept.');
  const complaints: string[] = [];
  const index: Record<string, Json> = {};
  for (const source of SERVICES) {
    const client = (await import(`@aws-sdk/client-${source.service}`)) as Record<string, unknown>;
    const schemas = operationSchemas(client);
    const constraints =
      version === undefined ? readConstraints(source.service) : new Comparison(source, version, complaints).run(schemas);
    write(`constraints/${source.service}.json`, constraints);
    const model = new Freezer(source, client, constraints).freeze(schemas);
    write(`models/${source.service}.json`, model);
    index[source.service] = pick(model, ['signingName', 'version', 'target', 'protocols']);
  }
  // What a server must know of every service to tell whose request it has, before it loads a model.
  write('models/index.json', { services: index });
  if (stale.length > 0)
    throw new Error(`These models are not those of the installed packages; run \`npm run models\`: ${stale.join(', ')}`);
  if (complaints.length > 0) {
    throw new Error(
      `The SDK and botocore disagree. Explain each in KNOWN_MISMATCHES or update one of them:\n  ${complaints.join('\n  ')}`,
    );
  }
}

/** Operations are the array-encoded exports whose first element is 9: NormalizedSchema has no question for "operation". */
function operationSchemas(client: Readonly<Record<string, unknown>>): OperationSchema[] {
  const found: OperationSchema[] = [];
  for (const [name, exported] of Object.entries(client)) {
    if (!name.endsWith('$') || !Array.isArray(exported) || exported[0] !== 9) continue;
    const [, , operation, traits, input, output] = exported as [number, string, string, Record<string, unknown> | 0, never, never];
    found.push({ name: operation, traits: traits || {}, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) });
  }
  assert(found.length > 0, 'the client exports no operation schemas');
  assert(
    found.length === Object.keys(client).filter((name) => /.Command$/.test(name) && name !== '$Command').length,
    'operation schemas and commands differ in number',
  );
  return found.sort((a, b) => compare(a.name, b.name));
}

/** Turns the schemas of one client into the model that src/wire/model.ts loads. */
class Freezer {
  readonly #source: ServiceSource;
  readonly #client: Readonly<Record<string, unknown>>;
  readonly #numbers: Readonly<Record<string, string>>;
  readonly #shapes: Record<string, Json> = {};

  constructor(source: ServiceSource, client: Readonly<Record<string, unknown>>, constraints: Constraints) {
    this.#source = source;
    this.#client = client;
    this.#numbers = constraints.numbers;
  }

  freeze(operations: readonly OperationSchema[]): Record<string, Json | undefined> {
    const config = clientConfig(this.#client);
    const settings = config.protocolSettings;
    const { service } = this.#source;
    return {
      service,
      package: `@aws-sdk/client-${service}@${(require(`@aws-sdk/client-${service}/package.json`) as { version: string }).version}`,
      serviceId: config.serviceId,
      signingName: config.defaultSigningName,
      version: settings.version,
      target: settings.serviceTarget,
      xmlNamespace: settings.xmlNamespace,
      protocols: [config.protocol.getShapeId().replace(/^.*#/, ''), ...(this.#source.alsoSpeaks ?? [])],
      queryCompatible: settings.awsQueryCompatible,
      operations: Object.fromEntries(operations.map((operation) => [operation.name, this.#operation(operation)])),
      errors: this.#errors(),
      shapes: sorted(this.#shapes),
    };
  }

  #operation({ name, traits, input, output }: OperationSchema): Json {
    const endpoint = traits['endpoint'] as readonly [string] | undefined;
    return {
      http: traits['http'] as Json,
      hostPrefix: endpoint?.[0],
      input: input.isUnitSchema() ? undefined : this.#target(input, name),
      output: output.isUnitSchema() ? undefined : this.#target(output, name),
      // GetBucketLocation answers <LocationConstraint> itself, without a wrapper: neither source has the trait s3UnwrappedXmlOutput.
      unwrapped: this.#source.service === 's3' && name === 'GetBucketLocation' ? 1 : undefined,
    };
  }

  /** The errors that the client registers, except its own base class, which is no shape of the service. */
  #errors(): Json {
    const registries = this.#client['errorTypeRegistries'] as readonly {
      readonly namespace: string;
      readonly schemas: ReadonlyMap<string, never>;
    }[];
    const errors: Record<string, Json> = {};
    for (const registry of registries) {
      if (registry.namespace.startsWith('smithy.ts.sdk.synthetic')) continue;
      for (const reference of registry.schemas.values()) {
        const schema = NormalizedSchema.of(reference);
        const traits = schema.getOwnTraits() as { error?: string; httpError?: number; awsQueryError?: readonly [string, number] };
        if (traits.error === undefined) continue;
        const shape = this.#target(schema, '');
        errors[shape] = {
          // The awsJson services name no status: 400 is what their clients' mistakes get, 500 their own.
          status: traits.httpError ?? traits.awsQueryError?.[1] ?? (traits.error === 'client' ? 400 : 500),
          fault: traits.error,
          code: traits.awsQueryError?.[0],
        };
      }
    }
    return sorted(errors);
  }

  /** The name of what a schema points at: a simple type, a shape, or `string[]` and `string{}` for nameless lists and maps. */
  #target(schema: NormalizedSchema, place: string): string {
    const name = schema.getName(true);
    if (schema.isStructSchema()) return this.#shape(shortName(name), () => this.#structure(schema));
    if (schema.isListSchema() || schema.isMapSchema()) {
      const aggregate = schema.isListSchema() ? () => this.#list(schema, place) : () => this.#map(schema, place);
      if (name?.includes('#')) return this.#shape(shortName(name), aggregate);
      return `${this.#target(schema.getValueSchema(), place)}${schema.isListSchema() ? '[]' : '{}'}`;
    }
    return schema.isNumericSchema() ? (this.#numbers[place] ?? 'number') : simpleType(schema);
  }

  #shape(name: string, describe: () => Json): string {
    if (!(name in this.#shapes)) {
      this.#shapes[name] = null; // reserved before its members are read: shapes may contain themselves
      this.#shapes[name] = describe();
    }
    return name;
  }

  #structure(schema: NormalizedSchema): Json {
    const name = shortName(schema.getName(true));
    const members: Record<string, Json> = {};
    for (const [member, target] of schema.structIterator()) {
      if (!INVENTED_BY_THE_SDK.has(`${name}.${member}`)) members[member] = this.#member(target, `${name}.${member}`);
    }
    const traits = schema.getOwnTraits() as Traits;
    // Required members come first in the SDK's encoding; their number is the last element of it.
    const required = (schema.getSchema() as unknown as readonly unknown[])[6] ?? 0;
    return {
      kind: schema.isUnionSchema() ? 'union' : 'structure',
      required: required === 0 ? undefined : (required as number),
      members,
      ...pick(traits, ['xmlName', 'xmlNamespace', 'streaming']),
    };
  }

  #list(schema: NormalizedSchema, place: string): Json {
    return {
      kind: 'list',
      item: this.#member(schema.getValueSchema(), place),
      ...pick(schema.getOwnTraits() as Traits, ['xmlName', 'sparse']),
    };
  }

  #map(schema: NormalizedSchema, place: string): Json {
    return {
      kind: 'map',
      key: this.#member(schema.getKeySchema(), place),
      value: this.#member(schema.getValueSchema(), place),
      ...pick(schema.getOwnTraits() as Traits, ['sparse']),
    };
  }

  /** `"string"`, or `["string", {traits}]`. A simple target's own traits are folded in; an aggregate keeps its own. */
  #member(schema: NormalizedSchema, place: string): Json {
    const aggregate = schema.isStructSchema() || schema.isListSchema() || schema.isMapSchema();
    const traits = { ...((aggregate ? schema.getMemberTraits() : schema.getMergedTraits()) as Traits) };
    delete traits['error'];
    delete traits['httpError'];
    const format = schema.isTimestampSchema() ? TIMESTAMP_FORMATS[schema.getSchema() as unknown as number] : undefined;
    if (format !== undefined) traits['timestampFormat'] = format;
    const target = this.#target(schema, place);
    return Object.keys(traits).length === 0 ? target : [target, sorted(traits)];
  }
}

/** Smithy's encoding of the timestamp formats; 4 leaves the format to the protocol. */
const TIMESTAMP_FORMATS: Readonly<Record<number, string>> = { 5: 'date-time', 6: 'http-date', 7: 'epoch-seconds' };

interface ClientConfig {
  readonly serviceId: string;
  readonly defaultSigningName: string;
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: { version: string; serviceTarget: string; xmlNamespace?: string; awsQueryCompatible?: boolean };
}

function clientConfig(client: Readonly<Record<string, unknown>>): ClientConfig {
  const name = Object.keys(client).find((key) => /^[A-Z].*Client$/.test(key));
  assert(name !== undefined, 'the package exports no client');
  const Client = client[name] as new (config: object) => { readonly config: ClientConfig };
  return new Client({ region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } }).config;
}

function readConstraints(service: string): Constraints {
  return JSON.parse(readFileSync(new URL(`constraints/${service}.json`, FOLDER), 'utf8')) as Constraints;
}

/** One line an entry of the second level: a diff shows the operation or the shape that changed. */
function write(path: string, value: unknown): void {
  const lines = Object.entries(value as Record<string, Json | undefined>)
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => {
      if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
        return `${JSON.stringify(key)}:${JSON.stringify(entry)}`;
      const inner = Object.entries(entry).map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`);
      return `${JSON.stringify(key)}:{${inner.length > 0 ? `\n${inner.join(',\n')}\n` : ''}}`;
    });
  const url = new URL(path, FOLDER);
  const text = `{\n${lines.join(',\n')}\n}\n`;
  if (isCheck) {
    if (readFileSync(url, 'utf8') !== text) stale.push(path);
    return;
  }
  mkdirSync(new URL('.', url), { recursive: true });
  writeFileSync(url, text);
}

function pick(record: Readonly<Record<string, Json | undefined>>, names: readonly string[]): Traits {
  return Object.fromEntries(names.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name]]])));
}

await main();
