// S3's API as far as the CLI calls it: path style, XML. https://docs.aws.amazon.com/AmazonS3/latest/API/

import type { Connection } from '../connection.ts';
import { call, callIfExists } from '../http/client.ts';
import { encodeRfc3986, presignedUrl } from '../http/signer.ts';
import { childrenNamed, childText, descendant, escapeXml, parseXml, serialiseXml } from '../http/xml.ts';
import type { XmlElement } from '../http/xml.ts';

const pathOf = (bucket: string, key = ''): string =>
  `/${encodeRfc3986(bucket)}${key === '' ? '' : `/${key.split('/').map(encodeRfc3986).join('/')}`}`;

export interface Bucket {
  readonly name: string;
  readonly created: Date;
}

export async function listBuckets(connection: Connection): Promise<readonly Bucket[]> {
  const buckets: Bucket[] = [];
  let token: string | undefined;
  do {
    const query = { 'max-buckets': '1000', 'continuation-token': token };
    const root = parseXml((await call(connection, { service: 's3', method: 'GET', path: '/', query })).body.toString('utf8'));
    const listed = descendant(root, 'Buckets');
    for (const bucket of listed === undefined ? [] : childrenNamed(listed, 'Bucket')) {
      buckets.push({ name: childText(bucket, 'Name') ?? '', created: new Date(childText(bucket, 'CreationDate') ?? 0) });
    }
    token = childText(root, 'ContinuationToken');
  } while (token !== undefined && token !== '');
  return buckets;
}

export async function bucketExists(connection: Connection, bucket: string): Promise<boolean> {
  return (await callIfExists(connection, { service: 's3', method: 'HEAD', path: pathOf(bucket) })) !== undefined;
}

export async function createBucket(connection: Connection, bucket: string): Promise<void> {
  // us-east-1 is the one region that must not be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  const constraint = `<CreateBucketConfiguration><LocationConstraint>${connection.region}</LocationConstraint></CreateBucketConfiguration>`;
  const body = connection.region === 'us-east-1' ? undefined : constraint;
  await call(connection, { service: 's3', method: 'PUT', path: pathOf(bucket), body });
}

export async function deleteBucket(connection: Connection, bucket: string): Promise<boolean> {
  return (await callIfExists(connection, { service: 's3', method: 'DELETE', path: pathOf(bucket) })) !== undefined;
}

export interface BucketObject {
  readonly key: string;
  readonly bytes: number;
  readonly modified: Date;
}

/** Every object whose key starts with the prefix, page by page. */
export async function* listObjects(connection: Connection, bucket: string, prefix = ''): AsyncGenerator<BucketObject> {
  let token: string | undefined;
  do {
    const query = { 'list-type': '2', prefix, 'continuation-token': token };
    const { body } = await call(connection, { service: 's3', method: 'GET', path: pathOf(bucket), query });
    const root = parseXml(body.toString('utf8'));
    for (const item of childrenNamed(root, 'Contents')) {
      yield {
        key: childText(item, 'Key') ?? '',
        bytes: Number(childText(item, 'Size')),
        modified: new Date(childText(item, 'LastModified') ?? 0),
      };
    }
    token = childText(root, 'NextContinuationToken');
  } while (token !== undefined && token !== '');
}

export async function putObject(
  connection: Connection,
  bucket: string,
  key: string,
  body: Uint8Array,
  contentType: string,
): Promise<void> {
  await call(connection, {
    service: 's3',
    method: 'PUT',
    path: pathOf(bucket, key),
    headers: { 'content-type': contentType },
    body,
  });
}

/** A link that a browser opens, for an hour. */
export function objectLink({ endpoint, region, credentials }: Connection, bucket: string, key: string): string {
  const scope = { service: 's3', region, now: new Date(), expiresSeconds: 3600 };
  return presignedUrl(endpoint, pathOf(bucket, key), credentials, scope);
}

export async function deleteObject(connection: Connection, bucket: string, key: string): Promise<void> {
  await call(connection, { service: 's3', method: 'DELETE', path: pathOf(bucket, key) });
}

export interface FunctionNotification {
  readonly id: string;
  readonly functionArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

/** The functions that a bucket notifies, and everything else of its configuration as it came, to be put back untouched. */
export interface Notifications {
  readonly functions: readonly FunctionNotification[];
  readonly others: readonly XmlElement[];
}

export async function getNotifications(connection: Connection, bucket: string): Promise<Notifications> {
  const query = { notification: '' };
  const answer = await callIfExists(connection, { service: 's3', method: 'GET', path: pathOf(bucket), query });
  if (answer === undefined) return { functions: [], others: [] };
  const { children } = parseXml(answer.body.toString('utf8'));
  const isFunction = (element: XmlElement): boolean => element.name === 'CloudFunctionConfiguration';
  return {
    functions: children.filter(isFunction).map(readNotification),
    others: children.filter((element) => !isFunction(element)),
  };
}

function readNotification(element: XmlElement): FunctionNotification {
  const key = descendant(element, 'S3Key');
  const rules = key === undefined ? [] : childrenNamed(key, 'FilterRule');
  const rule = (name: string): string => {
    const found = rules.find((one) => childText(one, 'Name')?.toLowerCase() === name);
    return (found && childText(found, 'Value')) ?? '';
  };
  return {
    id: childText(element, 'Id') ?? '',
    functionArn: childText(element, 'CloudFunction') ?? '',
    events: childrenNamed(element, 'Event').map((event) => event.text),
    prefix: rule('prefix'),
    suffix: rule('suffix'),
  };
}

export async function putNotifications(
  connection: Connection,
  bucket: string,
  { functions, others }: Notifications,
): Promise<void> {
  const body = `<NotificationConfiguration>${functions.map(writeNotification).join('')}${others.map(serialiseXml).join('')}</NotificationConfiguration>`;
  await call(connection, { service: 's3', method: 'PUT', path: pathOf(bucket), query: { notification: '' }, body });
}

function writeNotification({ id, functionArn, events, prefix, suffix }: FunctionNotification): string {
  const rules = [
    ['prefix', prefix],
    ['suffix', suffix],
  ].flatMap(([name, value = '']) =>
    value === '' ? [] : [`<FilterRule><Name>${name}</Name><Value>${escapeXml(value)}</Value></FilterRule>`],
  );
  const filter = rules.length === 0 ? '' : `<Filter><S3Key>${rules.join('')}</S3Key></Filter>`;
  const eventElements = events.map((event) => `<Event>${escapeXml(event)}</Event>`).join('');
  return `<CloudFunctionConfiguration><Id>${escapeXml(id)}</Id><CloudFunction>${escapeXml(functionArn)}</CloudFunction>${eventElements}${filter}</CloudFunctionConfiguration>`;
}
