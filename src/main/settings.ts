// What the operator said, parsed once: options of the command line and MAYFLY_* of the environment.

import type { AccountId, LogLevel, NetworkMode, Region, Scope } from '#kernel';
import { isNetworkMode, NETWORK_MODES } from '#kernel';
import { AWS_PRICES, parsePriceBook } from '#ledger';
import type { PriceBook } from '#ledger';
import type { HttpTargets } from '#sources';
import { readFileSync } from 'node:fs';
import { mailSettingsOf } from './mail-settings.ts';
import type { MailSettings } from './mail-settings.ts';

export interface PlatformOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataFolder: string;
  /** `auto` is `bwrap` or a refusal; `oci` must be named, and so must `process`, which isolates nothing. */
  readonly isolation: 'auto' | 'bwrap' | 'oci' | 'process';
  /** Host names below it are served as well, and handed out in function URLs. */
  readonly baseDomain: string | undefined;
  /** Accepts any access key, unchecked; on loopback only. */
  readonly dev: boolean;
  /** What functions may reach that say nothing about it; undefined takes MAYFLY_NETWORK, else `platform`. */
  readonly network?: NetworkMode | undefined;
  /**
   * Whose rights a platform has that root starts: `auto`, `root` or a number; MAYFLY_USER where it is `auto`. Undefined keeps those of the process,
   * which is somebody's own.
   */
  readonly user?: string | undefined;
  /** Where webhooks and API destinations may lead; undefined takes MAYFLY_HTTP_TARGETS, else `public`. */
  readonly httpTargets?: HttpTargets | undefined;
  /** The server that mails are sent through: `smtp://user:password@host:port`; MAYFLY_SMTP_URL where it says nothing. */
  readonly smtp?: string | undefined;
  /** What the process reads after its start besides its own program. */
  readonly reads?: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface Settings {
  readonly scope: Scope;
  readonly baseDomains: readonly string[];
  /** What function URLs end in. */
  readonly urlDomain: string;
  /** Undefined where the operator named none: then it is `platform`. */
  readonly network: NetworkMode | undefined;
  readonly user: string | undefined;
  /** What links in messages begin with; undefined for where the platform listens. */
  readonly publicUrl: string | undefined;
  readonly httpTargets: HttpTargets;
  /** Undefined where no mails can be sent. */
  readonly mail: MailSettings | undefined;
  readonly prices: PriceBook;
  readonly logLevel: LogLevel;
  /** How long an end waits for what runs. */
  readonly drainMs: number;
}

export function parseSettings({ host, baseDomain, dev, network, httpTargets, user, smtp, environment }: PlatformOptions): Settings {
  if (dev && !isLoopback(host))
    throw new Error(
      `mayfly dev accepts any key, so it listens on this machine only, not on ${host}. Leave --host out, or use mayfly up.`,
    );
  if (
    baseDomain !== undefined &&
    !/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(baseDomain)
  )
    throw new Error(`"${baseDomain}" is no domain name. It looks like functions.example.com.`);
  return {
    scope: { account: parseAccount(environment['MAYFLY_ACCOUNT_ID']), region: parseRegion(environment['MAYFLY_REGION']) },
    baseDomains: baseDomain === undefined ? [] : [baseDomain],
    urlDomain: baseDomain ?? 'localhost',
    network: network ?? parseNetwork(environment['MAYFLY_NETWORK']),
    user: user === 'auto' ? (environment['MAYFLY_USER'] ?? user) : user,
    httpTargets: httpTargets ?? parseHttpTargets(environment['MAYFLY_HTTP_TARGETS']),
    publicUrl: parsePublicUrl(environment['MAYFLY_PUBLIC_URL']),
    mail: mailSettingsOf(smtp, environment, baseDomain ?? 'localhost'),
    prices: pricesOf(environment['MAYFLY_PRICE_BOOK']),
    logLevel: parseLogLevel(environment['MAYFLY_LOG']),
    drainMs: parseDrainSeconds(environment['MAYFLY_DRAIN_SECONDS']) * 1000,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function parseAccount(text = '000000000000'): AccountId {
  if (!/^\d{12}$/.test(text)) throw new Error(`MAYFLY_ACCOUNT_ID must be twelve digits, not "${text}".`);
  return text as AccountId;
}

function parseRegion(text = 'us-east-1'): Region {
  if (!/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(text)) throw new Error(`MAYFLY_REGION must look like us-east-1, not "${text}".`);
  return text as Region;
}

function parseNetwork(text: string | undefined): NetworkMode | undefined {
  if (text === undefined || isNetworkMode(text)) return text;
  throw new Error(`MAYFLY_NETWORK is one of ${NETWORK_MODES.join(', ')}, not "${text}".`);
}

function parseHttpTargets(text = 'public'): HttpTargets {
  if (text === 'public' || text === 'any') return text;
  throw new Error(`MAYFLY_HTTP_TARGETS is public or any, not "${text}".`);
}

/** Behind a proxy the platform is reached as something else than where it listens. */
function parsePublicUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '')
    return url.origin;
  throw new Error(`MAYFLY_PUBLIC_URL looks like https://events.example.com, without a path, not "${text}".`);
}

function pricesOf(path: string | undefined): PriceBook {
  if (path === undefined) return AWS_PRICES;
  try {
    return parsePriceBook(readFileSync(path, 'utf8'), path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new Error(`The price book ${path} (MAYFLY_PRICE_BOOK) cannot be read.`, { cause });
  }
}

function parseLogLevel(text = 'warn'): LogLevel {
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
  throw new Error(`MAYFLY_LOG is debug, info, warn or error, not "${text}".`);
}

function parseDrainSeconds(text = '20'): number {
  const seconds = Number(text);
  if (/^\d{1,3}$/.test(text) && seconds <= 900) return seconds;
  throw new Error(`MAYFLY_DRAIN_SECONDS is a number from 0 to 900, not "${text}".`);
}
