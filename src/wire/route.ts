// From a method and a path to the operation of a RESTful service. The table is made from the model; no operation is special.

import type { Operation, ServiceModel } from './model.ts';
import type { QueryParameter, WireRequest } from './http.ts';

export interface RouteMatch {
  readonly operation: Operation;
  /** Label name → decoded text. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: Operation;
  /** Text to match, or a label to fill. */
  readonly segments: readonly Segment[];
  readonly literals: readonly QueryParameter[];
  readonly requiredQueries: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** S3: the operation is on a bucket, whose name is in the host or before the path. */
  readonly needsBucket: boolean;
  readonly staticSegments: number;
}

type Segment = { readonly text: string } | { readonly label: string; readonly isGreedy: boolean };

/** What general-purpose buckets do not have, and what only Object Lambda does: https://docs.aws.amazon.com/AmazonS3/latest/API/ */
const NOT_ROUTED: ReadonlySet<string> = new Set(['ListDirectoryBuckets', 'CreateSession', 'WriteGetObjectResponse']);

const tables = new WeakMap<ServiceModel, ReadonlyMap<string, readonly Route[]>>();

/**
 * The operation that a request means. `bucket` is S3's, which `path` then lacks. Undefined: the service has no such operation.
 * Measured: 0.5 µs for Lambda's 88 routes scanned one by one; a trie would not pay.
 */
export function findRoute(
  service: ServiceModel,
  request: WireRequest,
  path: string,
  bucket: string | undefined,
): RouteMatch | undefined {
  const routes = tableOf(service).get(request.method);
  const segments = splitPath(path, service.name === 's3');
  if (routes === undefined || segments === undefined) return undefined;
  let best: Route | undefined;
  let bestRank = -1;
  for (const route of routes) {
    if (route.needsBucket !== (bucket !== undefined) || !matches(route, segments)) continue;
    const rank = rankOf(route, request);
    if (rank > bestRank) {
      best = route;
      bestRank = rank;
    }
  }
  if (best === undefined) return undefined;
  const labels = fillLabels(best, segments);
  if (labels === undefined) return undefined;
  return { operation: best.operation, labels: bucket === undefined ? labels : { ...labels, Bucket: bucket } };
}

function tableOf(service: ServiceModel): ReadonlyMap<string, readonly Route[]> {
  const known = tables.get(service);
  if (known !== undefined) return known;
  const table = new Map<string, Route[]>();
  for (const operation of service.operations.values()) {
    if (operation.http === undefined || NOT_ROUTED.has(operation.name)) continue;
    const { method } = operation.http;
    let routes = table.get(method);
    if (routes === undefined) table.set(method, (routes = []));
    routes.push(newRoute(operation, operation.http.uri));
  }
  tables.set(service, table);
  return table;
}

function newRoute(operation: Operation, uri: string): Route {
  const question = uri.indexOf('?');
  const path = question === -1 ? uri : uri.slice(0, question);
  const segments = path
    .split('/')
    .slice(1)
    .filter((text) => text !== '')
    .map((text): Segment => {
      const label = /^\{(\w+)(\+?)\}$/.exec(text);
      return label === null ? { text } : { label: label[1] ?? '', isGreedy: label[2] === '+' };
    });
  const required = operation.input.members.filter((member) => member.isRequired);
  return {
    operation,
    segments,
    literals: (question === -1 ? [] : uri.slice(question + 1).split('&'))
      .map((pair): QueryParameter => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''])
      // `x-id` repeats the operation's name for the SDK's own use; other clients do not send it.
      .filter(([name]) => name !== 'x-id'),
    requiredQueries: required.flatMap(({ traits }) => traits.httpQuery ?? []),
    requiredHeaders: required.flatMap(({ traits }) => traits.httpHeader?.toLowerCase() ?? []),
    needsBucket:
      operation.service.name === 's3' && operation.input.members.some(({ name, traits }) => name === 'Bucket' && traits.httpLabel),
    staticSegments: segments.filter((segment) => 'text' in segment).length,
  };
}

/** Encoded segments. A trailing slash means nothing but to S3, where keys may end in one: old botocore posts `/2015-03-31/functions/`. */
function splitPath(path: string, isS3: boolean): string[] | undefined {
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return [];
  const segments = path.slice(1).split('/');
  if (!isS3 && segments.at(-1) === '') segments.pop();
  return segments;
}

function matches({ segments }: Route, path: readonly string[]): boolean {
  const last = segments.at(-1);
  const isGreedy = last !== undefined && 'label' in last && last.isGreedy;
  if (isGreedy ? path.length < segments.length : path.length !== segments.length) return false;
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index];
    const text = path[index];
    if (segment === undefined || text === undefined) return false;
    // A greedy label may begin with an empty segment (a key that begins with a slash); the router of S3 takes the empty path away.
    if ('text' in segment ? segment.text !== text : text === '' && !segment.isGreedy) return false;
  }
  return true;
}

/**
 * More fixed text wins, then more of the literals in the query, and among those who agree so far the one whose required parameters are all
 * there. A literal that the request lacks rules a route out; a required parameter does not, so that its lack is complained of by name.
 */
function rankOf(route: Route, { query, headers }: WireRequest): number {
  for (const [name, value] of route.literals) {
    if (!query.some(([known, given]) => known === name && (value === '' || value === given))) return -1;
  }
  const queries = route.requiredQueries.filter((name) => query.some(([known]) => known === name)).length;
  const present = queries + route.requiredHeaders.filter((name) => headers[name] !== undefined).length;
  const wanted = route.requiredQueries.length + route.requiredHeaders.length;
  const completeness = present === wanted ? 100 + present : 0;
  return route.staticSegments * 100_000 + route.literals.length * 1000 + completeness;
}

function fillLabels({ segments }: Route, path: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  try {
    segments.forEach((segment, index) => {
      if ('label' in segment)
        labels[segment.label] = decodeURIComponent(segment.isGreedy ? path.slice(index).join('/') : (path[index] ?? ''));
    });
  } catch {
    return undefined; // not percent-encoded UTF-8: no operation has such a path
  }
  return labels;
}
