// Resource policies as people write them: JSON documents on queues and topics that say who may do what to them. Pure.
// A condition that this does not know is refused when the policy is set, so that none is ever passed over.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

import { arnMatches, matches } from './wildcards.ts';

/** Who asks. */
export type Asker =
  /** For example `events.amazonaws.com`. */
  | { readonly kind: 'service'; readonly service: string }
  /** `arn` is the user or role where it is known. */
  | { readonly kind: 'account'; readonly account: string; readonly arn?: string | undefined }
  | { readonly kind: 'anonymous' };

export interface ResourceQuestion {
  readonly asker: Asker;
  /** `sns:Publish` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case (`aws:sourcearn`), as far as there is a value for them. */
  readonly context: Readonly<Record<string, string | undefined>>;
}

export interface ResourcePolicy {
  readonly statements: readonly Statement[];
}

/** `denied` outweighs whatever else allows it; `unsaid` leaves the answer to the account's own rights. */
export type ResourceVerdict = 'allowed' | 'denied' | 'unsaid';

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly holds: (question: ResourceQuestion) => boolean;
}

export type ParsedPolicy =
  | { readonly kind: 'policy'; readonly policy: ResourcePolicy }
  | { readonly kind: 'malformed'; readonly reason: string };

export function askResourcePolicy(policy: ResourcePolicy, question: ResourceQuestion): ResourceVerdict {
  const held = policy.statements.filter(({ holds }) => holds(question));
  if (held.some(({ effect }) => effect === 'Deny')) return 'denied';
  return held.length > 0 ? 'allowed' : 'unsaid';
}

/** Reads a policy's text. A reason is a sentence for whoever wrote it. */
export function parseResourcePolicy(text: string): ParsedPolicy {
  try {
    return {
      kind: 'policy',
      policy: { statements: listOf(objectOf(parseJson(text), 'The policy')['Statement']).map(statementOf) },
    };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', reason: error.message };
    throw error;
  }
}

class Malformed extends Error {}

type Fields = Readonly<Record<string, unknown>>;
type Holds = Statement['holds'];

const MEMBERS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

function statementOf(value: unknown): Statement {
  const fields = objectOf(value, 'A statement');
  const foreign = Object.keys(fields).find((name) => !MEMBERS.has(name));
  if (foreign !== undefined) throw new Malformed(`A statement has no member ${foreign}.`);
  const effect = fields['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw new Malformed('The effect of a statement is Allow or Deny.');
  const conditions: readonly Holds[] = [
    eitherOf(fields, 'Principal', principalTest),
    eitherOf(fields, 'Action', actionTest),
    // A policy of a resource is about that resource where it names none.
    fields['Resource'] === undefined && fields['NotResource'] === undefined
      ? () => true
      : eitherOf(fields, 'Resource', resourceTest),
    ...conditionTests(fields['Condition']),
  ];
  return { effect, holds: (question) => conditions.every((holds) => holds(question)) };
}

/** `Action` or `NotAction`, exactly one of them. */
function eitherOf(fields: Fields, name: string, test: (value: unknown) => Holds): Holds {
  const [positive, negative] = [fields[name], fields[`Not${name}`]];
  if ((positive === undefined) === (negative === undefined)) throw new Malformed(`A statement has either ${name} or Not${name}.`);
  if (positive !== undefined) return test(positive);
  const holds = test(negative);
  return (question) => !holds(question);
}

const PRINCIPALS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

function principalTest(value: unknown): Holds {
  if (value === '*') return () => true;
  const named = Object.entries(objectOf(value, 'A principal')).flatMap(([kind, names]) => {
    // A denial of nobody would look like one of somebody: `aws` instead of `AWS`.
    if (!PRINCIPALS.has(kind)) throw new Malformed(`A principal is one of ${[...PRINCIPALS].join(', ')}, not ${kind}.`);
    return textsOf(names, 'A principal').map((name) => ({ kind, name }));
  });
  return ({ asker }) => named.some(({ kind, name }) => isAsker(kind, name, asker));
}

function isAsker(kind: string, name: string, asker: Asker): boolean {
  if (kind === 'AWS' && name === '*') return true;
  switch (asker.kind) {
    case 'service':
      return kind === 'Service' && name === asker.service;
    case 'account':
      return (
        kind === 'AWS' && (name === asker.account || name === asker.arn || arnMatches(name, `arn:aws:iam::${asker.account}:root`))
      );
    case 'anonymous':
      return false;
    default:
      return asker satisfies never;
  }
}

function actionTest(value: unknown): Holds {
  const actions = textsOf(value, 'An action').map((action) => action.toLowerCase());
  const foreign = actions.find((action) => action !== '*' && !/^[^:]+:[^:]+$/.test(action));
  if (foreign !== undefined) throw new Malformed(`An action names its service, as in sns:Publish; ${foreign} does not.`);
  return ({ action }) => actions.some((pattern) => matches(pattern, action.toLowerCase()));
}

function resourceTest(value: unknown): Holds {
  const resources = textsOf(value, 'A resource');
  return ({ resource }) => resources.some((pattern) => pattern === '*' || matches(pattern, resource));
}

type Compare = (expected: string, actual: string) => boolean;

interface Comparison {
  readonly compare: Compare;
  readonly isNegated: boolean;
}

const isSame: Compare = (expected, actual) => expected === actual;
const isSameInAnyCase: Compare = (expected, actual) => expected.toLowerCase() === actual.toLowerCase();

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['StringEquals', { compare: isSame, isNegated: false }],
  ['StringNotEquals', { compare: isSame, isNegated: true }],
  ['StringEqualsIgnoreCase', { compare: isSameInAnyCase, isNegated: false }],
  ['StringNotEqualsIgnoreCase', { compare: isSameInAnyCase, isNegated: true }],
  ['StringLike', { compare: matches, isNegated: false }],
  ['StringNotLike', { compare: matches, isNegated: true }],
  ['ArnEquals', { compare: arnMatches, isNegated: false }],
  ['ArnNotEquals', { compare: arnMatches, isNegated: true }],
  ['ArnLike', { compare: arnMatches, isNegated: false }],
  ['ArnNotLike', { compare: arnMatches, isNegated: true }],
  ['Bool', { compare: isSameInAnyCase, isNegated: false }],
]);

function conditionTests(value: unknown): readonly Holds[] {
  if (value === undefined) return [];
  return Object.entries(objectOf(value, 'A condition')).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys, 'A condition')).map(([key, expected]) =>
      conditionTest(operator, key.toLowerCase(), textsOf(expected, 'A condition')),
    ),
  );
}

function conditionTest(operator: string, key: string, expected: readonly string[]): Holds {
  if (operator === 'Null')
    return (question) => expected.some((text) => (text.toLowerCase() === 'true') === (saidOf(question, key) === undefined));
  const [, base = '', ifExists] = /^(.*?)(IfExists)?$/.exec(operator) ?? [];
  const comparison = COMPARISONS.get(base);
  if (comparison === undefined)
    throw new Malformed(`The condition operator ${operator} is not evaluated here. Use String, Arn, Bool or Null conditions.`);
  const { compare, isNegated } = comparison;
  return (question) => {
    const actual = saidOf(question, key);
    // What the request does not say is equal to nothing.
    if (actual === undefined) return ifExists !== undefined || isNegated;
    return expected.some((text) => compare(text, actual)) !== isNegated;
  };
}

/** A key is the policy's own word, and may be `constructor`. */
function saidOf({ context }: ResourceQuestion, key: string): string | undefined {
  return Object.hasOwn(context, key) ? context[key] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Malformed(`The policy is not JSON: ${error.message}`);
    throw error;
  }
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Malformed(`${what} is an object.`);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) throw new Malformed('The policy has no statement.');
  return Array.isArray(value) ? value : [value];
}

/** One text or several; numbers and booleans are read as texts, as IAM does. */
function textsOf(value: unknown, what: string): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((each: unknown) => {
    if (typeof each === 'string') return each;
    if (typeof each === 'boolean' || typeof each === 'number') return String(each);
    throw new Malformed(`${what} is a text, or a list of texts.`);
  });
}
