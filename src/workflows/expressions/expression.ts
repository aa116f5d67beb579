// A JSONata expression that was read: its tree, what it mentions, and how it can be evaluated.

import jsonata from 'jsonata';
import { LIMITS } from '#kernel';
import { InvalidExpression } from './failure.ts';
import { registerGuardedFunctions } from './jsonata-functions.ts';
import { boundIn, nodesOf, treeOf, variablesIn } from './jsonata-tree.ts';
import type { Tree } from './jsonata-tree.ts';
import { LinearRegex } from './linear-regex.ts';
import { remembered } from './memo.ts';
import { plainOf } from './plain-jsonata.ts';
import type { Plain } from './plain-jsonata.ts';
import { workOf } from './bounded-work.ts';
import type { WorkBound } from './bounded-work.ts';

export type Expression = {
  readonly source: string;
  readonly tree: Tree;
  readonly jsonata: jsonata.Expression;
  /** Evaluates it where its values are the plain case; undefined where no values could be. */
  readonly plain: Plain | undefined;
  /** Undefined where nothing bounds it but time. */
  readonly work: WorkBound | undefined;
  /** Every variable that it mentions. */
  readonly mentions: ReadonlySet<string>;
  /** Those of the execution: not its own, and no functions of the language. */
  readonly references: readonly string[];
  readonly draws: boolean;
};

const EXPRESSIONS_KEPT = 5000;
const SIGNATURE_OPTIONS_MAX = 3;
/** Ours: parsing takes the length of the text times these. */
const OPERATORS_MAX = 500;
const DRAWING = ['random', 'uuid', 'shuffle'];
/** What jsonata calls after each step of an evaluation; the name is its own. */
const EVALUATED = Symbol.for('jsonata.__evaluate_exit');
/** A symbol cannot be bound for one evaluation: so a plain name hands over to it, which no expression can spell, for none that holds the character is read. */
export const EVALUATED_NAME = '\u0000evaluated';

/** Throws `InvalidExpression` for what is not JSONata. */
export const readExpression = remembered(EXPRESSIONS_KEPT, read);

type Environment = { lookup(name: string): unknown };

function read(source: string): Expression {
  if (source.length > LIMITS.expressionSourceLength) throw new InvalidExpression('The expression is too long');
  // jsonata would take it for a part of a name, and let the expression bind what watches over it.
  if (source.includes('\u0000')) throw new InvalidExpression('The expression has a null character');
  if (operatorsOf(source) > OPERATORS_MAX)
    throw new InvalidExpression('The expression has too many parent, focus and index operators');
  const options = { stack: LIMITS.expressionDepth };
  const expression = parsed(source, options);
  const tree = treeOf(expression);
  const nodes = nodesOf(tree);
  options.stack += widthOf(nodes);
  checkSignatures(nodes);
  registerGuardedFunctions(expression);
  const evaluated = (node: unknown, input: unknown, environment: Environment, result: unknown): unknown => {
    const check = environment.lookup(EVALUATED_NAME);
    return typeof check === 'function' ? check(node, input, environment, result) : undefined;
  };
  expression.assign(EVALUATED as unknown as string, evaluated);
  const mentions = variablesIn(nodes);
  const bound = boundIn(nodes);
  return {
    source,
    tree,
    jsonata: expression,
    plain: plainOf(tree),
    work: workOf(tree),
    mentions,
    references: [...mentions].filter((name) => name !== 'states' && name !== '$' && !bound.has(name) && !FUNCTIONS.has(name)),
    draws: DRAWING.some((name) => mentions.has(name)),
  };
}

function parsed(source: string, options: { stack: number }): jsonata.Expression {
  try {
    return jsonata(
      source,
      // The object is asked at each evaluation: how deep one may go is known when it was parsed.
      Object.assign(options, { sequence: LIMITS.expressionSequence, RegexEngine: LinearRegex as unknown as RegExpConstructor }),
    );
  } catch (error) {
    const { code, text } = failureOf(error);
    // AWS tells of it without jsonata's code.
    throw new InvalidExpression(code === undefined ? text : text.slice(code.length + 2), { cause: error });
  }
}

/** jsonata evaluates the parts of a constructor, and all groups, side by side, and counts them as if each were below the other. */
function widthOf(nodes: readonly Tree[]): number {
  const groups = nodes.some((node) => 'group' in node) ? LIMITS.expressionGroups : 0;
  const constructs = nodes.some(({ type, value }) => type === 'unary' && (value === '[' || value === '{'));
  return groups > 0 || constructs ? nodes.length * Math.max(1, groups) : 0;
}

/** Each of these makes the parser go back over all steps before it. */
function operatorsOf(source: string): number {
  let found = 0;
  for (const character of source) if (character === '%' || character === '@' || character === '#') found++;
  return found;
}

/** jsonata makes a backtracking regular expression of a lambda's signature: each optional or repeated parameter multiplies its ways to match. */
function checkSignatures(nodes: readonly Tree[]): void {
  for (const { signature } of nodes) {
    const definition =
      typeof signature === 'object' && signature !== null && 'definition' in signature ? String(signature.definition) : '';
    if ((definition.match(/[+?-]/g)?.length ?? 0) > SIGNATURE_OPTIONS_MAX)
      throw new InvalidExpression('A function signature has too many optional parameters');
  }
}

/** jsonata throws plain objects with a code; memory and stack end as errors of the machine. */
export function failureOf(error: unknown): { readonly code: string | undefined; readonly text: string } {
  if (typeof error !== 'object' || error === null) return { code: undefined, text: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'The expression failed';
  return { code, text: code === undefined ? message : `${code}: ${message}` };
}

const FUNCTIONS = new Set(
  `abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent distinct each encodeUrl
  encodeUrlComponent error eval exists filter floor formatBase formatInteger formatNumber fromMillis hash join keys length lookup lowercase map match max
  merge millis min not now number pad parse parseInteger partition power random range reduce replace reverse round shuffle sift single sort split spread
  sqrt string substring substringAfter substringBefore sum toMillis trim type uppercase uuid zip`.split(/\s+/),
);
