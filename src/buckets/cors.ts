// Cross-origin rules of a bucket: which are valid, and which one lets a browser's request in. Pure.

import { ApiError, LIMITS } from '#kernel';

export interface CorsRule {
  readonly id?: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number | undefined;
}

export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** Those of Access-Control-Request-Headers; an actual request asks for none. */
  readonly headers: readonly string[];
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);
const ID_CHARACTERS = 255;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html */
export function checkCorsRules(rules: readonly CorsRule[]): void {
  if (rules.length === 0 || rules.length > LIMITS.corsRules)
    throw new ApiError('MalformedXML', `A CORS configuration has 1 to ${LIMITS.corsRules} rules; this one has ${rules.length}.`);
  for (const rule of rules) checkRule(rule);
}

function checkRule(rule: CorsRule): void {
  if (rule.allowedOrigins.length === 0 || rule.allowedMethods.length === 0)
    throw new ApiError('MalformedXML', 'A CORS rule needs at least one AllowedOrigin and one AllowedMethod.');
  if ((rule.id ?? '').length > ID_CHARACTERS)
    throw new ApiError('InvalidArgument', `The ID of a CORS rule has at most ${ID_CHARACTERS} characters.`);
  const method = rule.allowedMethods.find((method) => !METHODS.has(method));
  if (method !== undefined)
    throw new ApiError('InvalidRequest', `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  for (const origin of rule.allowedOrigins) checkWildcards('AllowedOrigin', origin);
  for (const header of rule.allowedHeaders) checkWildcards('AllowedHeader', header);
  const exposed = rule.exposeHeaders.find((header) => header.includes('*'));
  if (exposed !== undefined)
    throw new ApiError(
      'InvalidRequest',
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
  const named = [...rule.allowedOrigins, ...rule.allowedHeaders, ...rule.exposeHeaders].find((value) => /[^\x20-\x7e]/.test(value));
  if (named !== undefined) throw new ApiError('InvalidRequest', 'Origins and headers of a CORS rule are printable ASCII.');
}

function checkWildcards(what: string, value: string): void {
  if (value.split('*').length > 2) throw new ApiError('InvalidRequest', `${what} "${value}" can not have more than one wildcard.`);
}

/** The first rule that lets the request in decides, as in S3. */
export function matchCors(rules: readonly CorsRule[], request: CorsRequest): Readonly<Record<string, string>> | undefined {
  for (const rule of rules) {
    const origin = rule.allowedOrigins.find((pattern) => matchesPattern(pattern, request.origin));
    if (origin === undefined || !rule.allowedMethods.includes(request.method)) continue;
    if (!request.headers.every((header) => allowsHeader(rule, header))) continue;
    return corsHeaders(rule, request, origin);
  }
  return undefined;
}

function allowsHeader(rule: CorsRule, header: string): boolean {
  return rule.allowedHeaders.some((pattern) => matchesPattern(pattern.toLowerCase(), header.toLowerCase()));
}

function matchesPattern(pattern: string, value: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === value;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return value.length >= head.length + tail.length && value.startsWith(head) && value.endsWith(tail);
}

/** A rule for every origin does not tell browsers to send credentials; a rule that names the origin does. */
function corsHeaders(rule: CorsRule, request: CorsRequest, origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin === '*' ? '*' : request.origin,
    ...(origin === '*' ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(request.headers.length > 0 ? { 'access-control-allow-headers': request.headers.join(', ').toLowerCase() } : {}),
    ...(rule.exposeHeaders.length > 0 ? { 'access-control-expose-headers': rule.exposeHeaders.join(', ') } : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
