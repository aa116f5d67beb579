// The request that an event becomes at an API destination. Its connection's credentials are put in when it is sent, never before.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html

import { LIMITS } from '#kernel';
import type { HttpTarget } from '#outbox';
import type { BusEvent } from './bus-event.ts';
import { cloudEventModeOf, structuredCloudEvent, binaryHeaders } from './cloud-event.ts';
import type { DestinationRecord } from './destination-record.ts';
import { parseJsonPath, valueAt } from './json-path.ts';
import type { HttpParameters } from './target-record.ts';

export interface HttpDelivery {
  readonly request: HttpTarget;
  readonly payload: Buffer;
}

const OWN_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Amazon/EventBridge/ApiDestinations' };

export function httpDelivery(
  destination: DestinationRecord,
  parameters: HttpParameters,
  { event, input }: { readonly event: BusEvent; readonly input: string },
): HttpDelivery {
  const request = destinationRequest(destination, parameters, event.exact);
  const mode = cloudEventModeOf(request.headers);
  return {
    request: mode === 'binary' ? { ...request, headers: { ...request.headers, ...binaryHeaders(event) } } : request,
    payload: Buffer.from(mode === 'structured' ? structuredCloudEvent(event, input) : input),
  };
}

/** `document`: what the parameters' paths look into. */
export function destinationRequest(
  { method, url, connectionArn, perSecondMax = LIMITS.apiDestinationRequestsPerSecond }: DestinationRecord,
  parameters: HttpParameters,
  document: unknown,
): HttpTarget {
  const given = Object.fromEntries(
    Object.entries(parameters.headers ?? {}).map(([name, value]) => [name.toLowerCase(), headerText(resolved(value, document))]),
  );
  return {
    method,
    url: urlOf(url, parameters, document),
    headers: { ...OWN_HEADERS, ...given },
    connectionArn,
    timeoutMs: LIMITS.apiDestinationTimeoutMs,
    perSecondMax,
  };
}

function urlOf(pattern: string, { pathValues = [], query = {} }: HttpParameters, document: unknown): string {
  let next = 0;
  const value = () => encodeURIComponent(resolved(pathValues[next++] ?? '', document).toWellFormed());
  const segments = pattern
    .split('/')
    .map((segment) => (segment.includes('*') ? withoutDots(segment.replaceAll('*', value)) : segment));
  const url = new URL(segments.join('/'));
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, resolved(value, document));
  return url.href;
}

/**
 * An event must not choose another path than its destination has: a segment `..` would take the one before it away, also percent-encoded.
 * Encoded twice it is a name that no server has.
 */
function withoutDots(segment: string): string {
  return segment.replace(/^(?:\.|%2e){1,2}(?=$|[?#])/i, (dots) => dots.replaceAll(/\.|%2e/gi, '%252E'));
}

/** A value as it is, or what it names in the event. */
function resolved(value: string, document: unknown): string {
  const path = value.startsWith('$.') ? parseJsonPath(value) : undefined;
  if (path === undefined) return value;
  const found = valueAt(document, path);
  return typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found);
}

/** An event's text must not end a header's line. */
function headerText(value: string): string {
  return value.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]+/g, ' ').trim();
}
