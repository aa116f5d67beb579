// What an ItemReader asks for, read from what the definition says and its expressions came to.

import type { AccountId } from '#kernel';
import { isArray, isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';
import { COMPLAINTS } from '../../tasks/task-failure.ts';
import { isCsvDelimiter } from './csv-records.ts';
import type { Format } from './formats.ts';
import { ReaderFailure } from './reader-failure.ts';

export type ReaderSettings =
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly format: Format }
  | { readonly kind: 'inventory'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'athena'; readonly bucket: string; readonly key: string; readonly format: Format }
  | { readonly kind: 'listing'; readonly bucket: string; readonly prefix: string | undefined; readonly format: Format | undefined };

const RESOURCE = /^arn:[^:]+:states:::s3:(?<action>getObject|listObjectsV2)$/;

/** Throws a ReaderFailure. */
export function readerSettings(resource: string, config: JsonObject, parameters: Json, account: AccountId): ReaderSettings {
  const action = RESOURCE.exec(resource)?.groups?.['action'];
  const given = isObject(parameters) ? parameters : {};
  const owner = textOf(given, 'ExpectedBucketOwner');
  if (owner !== undefined && owner !== account)
    throw new ReaderFailure('Access Denied: the bucket has another owner than ExpectedBucketOwner.');
  const bucket = required(given, 'Bucket');
  if (action === 'listObjectsV2') {
    only(given, ['Bucket', 'Prefix', 'ExpectedBucketOwner']);
    const format = config['Transformation'] === 'LOAD_AND_FLATTEN' ? formatOf(config) : undefined;
    return { kind: 'listing', bucket, prefix: textOf(given, 'Prefix'), format };
  }
  if (action === undefined) throw new ReaderFailure(`The resource '${resource}' cannot read items.`);
  // Buckets keep one version of an object here.
  if (given['VersionId'] !== undefined)
    throw new ReaderFailure("The field 'VersionId' is not supported: buckets keep the latest version of an object alone.");
  only(given, ['Bucket', 'Key', 'ExpectedBucketOwner']);
  const key = required(given, 'Key');
  const manifestType = config['ManifestType'] ?? (config['InputType'] === 'MANIFEST' ? 'S3_INVENTORY' : undefined);
  if (manifestType === 'S3_INVENTORY') return { kind: 'inventory', bucket, key };
  if (manifestType === 'ATHENA_DATA') return { kind: 'athena', bucket, key, format: formatOf(config) };
  if (manifestType !== undefined)
    throw new ReaderFailure(`ManifestType is S3_INVENTORY or ATHENA_DATA, and not ${JSON.stringify(manifestType)}`);
  return { kind: 'object', bucket, key, format: formatOf(config) };
}

/** MaxItems; 0 and its absence mean all. */
export function maxItemsOf({ MaxItems: value }: JsonObject): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  // A text that is a number is taken for it, as for the other counts of a map.
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count === 0 ? undefined : count;
  throw new ReaderFailure(`MaxItems must be a positive integer, and is ${JSON.stringify(value)}`);
}

function formatOf(config: JsonObject): Format {
  const { InputType: type } = config;
  if (type === 'JSON') return { kind: 'JSON', pointer: pointerOf(config) };
  if (type === 'JSONL') return { kind: 'JSONL' };
  if (type === 'CSV') return csvOf(config);
  if (type === 'PARQUET')
    throw new ReaderFailure('InputType PARQUET is not read here. Write the dataset as JSON Lines (JSONL) or CSV.');
  throw new ReaderFailure(`InputType must be JSON, JSONL or CSV for the objects of a dataset, and is ${JSON.stringify(type)}`);
}

function pointerOf({ ItemsPointer: pointer }: JsonObject): string | undefined {
  if (pointer === undefined || pointer === '') return undefined;
  if (typeof pointer === 'string' && pointer.startsWith('/')) return pointer;
  throw new ReaderFailure(`ItemsPointer must be a JSON pointer that begins with '/', and is ${JSON.stringify(pointer)}`);
}

function csvOf(config: JsonObject): Format {
  const { CSVDelimiter: delimiter = 'COMMA', CSVHeaderLocation: location, CSVHeaders: headers } = config;
  if (!isCsvDelimiter(delimiter))
    throw new ReaderFailure(`CSVDelimiter must be COMMA, PIPE, SEMICOLON, SPACE or TAB, and is ${JSON.stringify(delimiter)}`);
  if (location === 'FIRST_ROW') return { kind: 'CSV', delimiter, headers: undefined };
  if (location !== 'GIVEN')
    throw new ReaderFailure(`CSVHeaderLocation must be FIRST_ROW or GIVEN, and is ${JSON.stringify(location)}`);
  if (!isArray(headers) || headers.length === 0 || !headers.every((header) => typeof header === 'string'))
    throw new ReaderFailure('CSVHeaders must be an array of texts where CSVHeaderLocation is GIVEN');
  return { kind: 'CSV', delimiter, headers };
}

function only(parameters: JsonObject, names: readonly string[]): void {
  const unknown = Object.keys(parameters).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ReaderFailure(COMPLAINTS.unknown(unknown));
}

function required(parameters: JsonObject, name: string): string {
  const text = textOf(parameters, name);
  if (text === undefined || text === '') throw new ReaderFailure(COMPLAINTS.missing(name));
  return text;
}

function textOf(parameters: JsonObject, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new ReaderFailure(COMPLAINTS.type(name, 'a STRING'));
}
