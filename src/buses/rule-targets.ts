// The targets of rules: put, listed and removed, each entry for itself where AWS does so.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html

import { LIMITS, type Scope } from '#kernel';
import { invalid, invalidParameter, tooMany } from './bus-answers.ts';
import { checkDeadLetter } from './bus-administration.ts';
import { parseTemplate } from './input-template.ts';
import { parseJsonPath } from './json-path.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import type { RuleName } from './rule-record.ts';
import type { ListQuery, Rules } from './rules.ts';
import { targetKindOf, type TargetRecord } from './target-record.ts';

export interface FailedTarget {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** A target, and the settings of AWS's that were given for it and are not served. */
export interface TargetInput {
  readonly target: TargetRecord;
  readonly unserved: readonly string[];
}

export class RuleTargets {
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** In the place of those with the same ids. Those that cannot be served are answered, and the others put. */
  async put(scope: Scope, name: RuleName, inputs: readonly TargetInput[]): Promise<readonly FailedTarget[]> {
    for (const { target } of inputs) checkTarget(target);
    const failed = inputs.flatMap(({ target, unserved }) => failureOf(target, unserved) ?? []);
    const sound = inputs.map(({ target }) => target).filter(({ id }) => !failed.some((failure) => failure.id === id));
    await this.#rules.change(scope, name, (rule) => {
      const targets = new Map([...rule.targets, ...sound].map((target) => [target.id, target]));
      if (targets.size > LIMITS.targetsPerRule) throw tooMany();
      return { ...rule, targets: [...targets.values()] };
    });
    return failed;
  }

  /** One that is not there is removed already. */
  remove(scope: Scope, name: RuleName, ids: readonly string[]): Promise<void> {
    return this.#rules.change(scope, name, (rule) => ({ ...rule, targets: rule.targets.filter(({ id }) => !ids.includes(id)) }));
  }

  async list(
    scope: Scope,
    name: RuleName,
    { token, limit = LIMITS.eventResourcesPerPage }: ListQuery,
  ): Promise<Page<TargetRecord>> {
    const { record } = await this.#rules.get(scope, name);
    const after = nameOfToken(token);
    const behind = after === undefined ? 0 : record.targets.findIndex(({ id }) => id === after) + 1;
    return pageOf(record.targets.slice(behind), limit, ({ id }) => id);
  }
}

/** Throws ValidationException for what AWS refuses with the whole request. */
function checkTarget(target: TargetRecord): void {
  const { id, arn, roleArn, input, inputPath, inputTransformer, messageGroupId, deadLetterArn } = target;
  const kind = targetKindOf(arn);
  if (kind === undefined) throw invalidParameter(arn, 'Provided Arn is not in correct format.');
  if ([input, inputPath, inputTransformer].filter((each) => each !== undefined).length > 1)
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  if (input !== undefined && !isJson(input)) throw invalid(`JSON syntax error in input for target ${id}.`);
  if (inputPath !== undefined && parseJsonPath(inputPath) === undefined) throw invalid(`InputPath for target ${id} is invalid.`);
  if (inputTransformer !== undefined) checkTransformer(id, inputTransformer);
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
  if (kind === 'stateMachine' && roleArn === undefined) throw invalid(`RoleArn is required for target ${arn}.`);
  if (kind === 'queue' && arn.endsWith('.fifo') && messageGroupId === undefined)
    throw invalid(`Parameter(s) SqsParameters must be specified for target: ${id}.`);
  if (messageGroupId !== undefined && !(kind === 'queue' && arn.endsWith('.fifo')))
    throw invalid(`Parameter(s) SqsParameters not valid for target: ${id}.`);
  checkDeadLetter(deadLetterArn);
}

function checkTransformer(id: string, transformer: NonNullable<TargetRecord['inputTransformer']>): void {
  for (const [name, path] of Object.entries(transformer.paths)) {
    if (/^aws/i.test(name)) throw invalid(`InputPathsMap for target ${id} has a key that is reserved: ${name}.`);
    if (parseJsonPath(path) === undefined) throw invalid(`InputPathsMap for target ${id} has a path that is not valid: ${path}.`);
  }
  const template = parseTemplate(transformer);
  if ('kind' in template) throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${template.placeholder}.`);
}

/** What this platform has not, target by target. */
function failureOf(
  { id, arn, http, input, inputPath, inputTransformer }: TargetRecord,
  unserved: readonly string[],
): FailedTarget | undefined {
  const failed = (message: string): FailedTarget => ({ id, code: 'InvalidArgument', message });
  const kind = targetKindOf(arn);
  if (typeof kind === 'object')
    return failed(
      `${arn}: ${kind.unserved} are not offered here. Send to a function, a queue, a topic, a bus, a log group, a state machine or an API destination.`,
    );
  const [setting] = unserved;
  if (setting !== undefined) return failed(`${setting} is for targets that are not offered here. Leave it out.`);
  if (http !== undefined && kind !== 'apiDestination') return failed('HttpParameters are for API destinations.');
  if (kind === 'bus' && (input ?? inputPath ?? inputTransformer) !== undefined)
    return failed('An event is handed to another bus as it is: leave Input, InputPath and InputTransformer out.');
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
