// Is this request for a function URL, and which? By host name as on AWS, or by path, which needs no DNS.

import type { IncomingMessage } from 'node:http';

export interface UrlMatch {
  readonly urlId: string;
  /** Percent-encoded as it came, without the query; `/` at least. */
  readonly rawPath: string;
  /** Without the question mark. */
  readonly rawQuery: string;
  /** The host name that the caller used, where it is the URL's own; undefined when the path named it. */
  readonly domainName: string | undefined;
}

/** Url ids have 32 lower-case letters and digits, as AWS's have. */
const HOST = /^([a-z0-9]{32})\.lambda-url\.[a-z0-9-]+\.[a-z0-9.-]+$/i;
const PATH = /^\/_mayfly\/url\/([a-z0-9]{32})(?=[/?]|$)/;

export function matchUrl({ headers, url = '/' }: Pick<IncomingMessage, 'headers' | 'url'>): UrlMatch | undefined {
  return matchTarget(headers.host, url);
}

export function matchTarget(host: string | undefined, url: string): UrlMatch | undefined {
  // Nearly all requests of the port are for neither: a look at one character each is enough to know.
  if (host !== undefined && host.length > 43 && host.charCodeAt(32) === DOT) {
    const domainName = host.split(':', 1)[0] ?? host;
    const urlId = HOST.exec(domainName)?.[1];
    if (urlId !== undefined) return located(urlId.toLowerCase(), url, domainName.toLowerCase());
  }
  if (url.charCodeAt(1) !== UNDERSCORE) return undefined;
  const found = PATH.exec(url);
  return found?.[1] === undefined ? undefined : located(found[1], url.slice(found[0].length), undefined);
}

/** The URL's own name, also where its caller used another. */
export function domainNameOf({ urlId, domainName }: UrlMatch, region: string, baseDomain: string): string {
  return domainName ?? `${urlId}.lambda-url.${region}.${baseDomain}`;
}

const DOT = 46;
const UNDERSCORE = 95;

function located(urlId: string, target: string, domainName: string | undefined): UrlMatch {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  return { urlId, rawPath: path === '' ? '/' : path, rawQuery: question < 0 ? '' : target.slice(question + 1), domainName };
}
