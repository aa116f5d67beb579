// What the expressions of one state can see, and in which words they fail.

import type { Random } from '#kernel';
import type { Setting, State } from '../definition/state.ts';
import { Budget } from '../expressions/budget.ts';
import { EvaluationError } from '../expressions/failure.ts';
import { isObject, jsonTypeName } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { evaluatePath } from '../expressions/json-path.ts';
import type { Documents } from '../expressions/json-path.ts';
import { evaluateExpression } from '../expressions/evaluator.ts';
import type { Bindings, Evaluator } from '../expressions/evaluator.ts';
import { isJsonata, jsonataSource } from '../expressions/jsonata.ts';
import { fillJsonata, JsonataFailure } from '../expressions/jsonata-template.ts';
import { shownText } from '../expressions/payload-text.ts';
import { evaluateText, fillTemplate, TemplateFailure } from '../expressions/payload-template.ts';
import { StateFailure } from './state-failure.ts';

export type Surroundings = {
  readonly state: State;
  readonly enteredEventId: number;
  /** Made when it is asked for: most states do not. */
  readonly context: () => Json;
  /** Of the scope and those around it, the inner first. */
  readonly variables: readonly JsonObject[];
  readonly random: Random;
  readonly nowMs: number;
  readonly evaluator: Evaluator;
  readonly text: (value: Json) => string | undefined;
  /** Whose the execution is. */
  readonly tenant: string;
};

/** What `$states` holds beside the context: `result` and `errorOutput` only where there is one. */
export type Subject = { readonly input: Json; readonly result?: Json; readonly errorOutput?: Json };

type ExpectedType = 'number' | 'string' | 'boolean' | 'array' | 'object';

export class Scope {
  readonly #of: Surroundings;
  readonly #budget = new Budget();
  #context: Json | undefined;

  constructor(of: Surroundings) {
    this.#of = of;
  }

  get state(): State {
    return this.#of.state;
  }

  /** A template of the state's language. In JSONPath it is about `document`, in JSONata about the subject. */
  async template(template: Json, field: string, document: Json, subject: Subject): Promise<Json> {
    if (this.#of.state.language === 'JSONata') return this.jsonata(template, field, subject);
    try {
      return fillTemplate(template, this.#documents(document), this.#of.random);
    } catch (error) {
      if (!(error instanceof TemplateFailure)) throw error;
      throw this.#pathFailure(error.cause, error.field, document);
    }
  }

  async jsonata(template: Json, field: string, subject: Subject): Promise<Json> {
    try {
      const bindings: Bindings = { states: this.#states(subject), variable: (name) => this.#variable(name) };
      return await fillJsonata(template, field, (expression) => evaluateExpression(expression, bindings, this.#of));
    } catch (error) {
      if (!(error instanceof JsonataFailure)) throw error;
      const { reason, message } = error.failure;
      const source = 'expression' in reason ? reason.expression : '';
      const what = reason.kind === 'undefined' ? message : `threw an error during evaluation. ${message}`;
      throw this.queryFailure(
        `The JSONata expression '${source}' specified for the field '${error.location}' ${what}`,
        error.location,
        error,
      );
    }
  }

  /** InputPath and OutputPath. */
  wholePath(path: string | null | undefined, document: Json): Json {
    if (path === undefined || path === '$') return document;
    if (path === null) return {};
    try {
      return evaluatePath(path, this.#documents(document));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      if (error.reason.kind === 'limit') throw this.runtime(error.message, error);
      throw this.runtime(`Invalid path '${path}' : ${error.message}`, error);
    }
  }

  /** A path or intrinsic function in a field of its own. */
  text(text: string, field: string, document: Json): Json {
    try {
      return evaluateText(text, this.#documents(document), this.#of.random);
    } catch (error) {
      throw this.#pathFailure(error, field, document);
    }
  }

  /** Undefined where nothing is at that path. */
  peek(path: string, document: Json): Json | undefined {
    try {
      return evaluatePath(path, this.#documents(document));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      if (error.reason.kind === 'limit') throw this.#pathFailure(error, '', document);
      return undefined;
    }
  }

  /** The value of a setting, whichever way it was given; undefined where it was not. */
  async setting(setting: Setting, document: Json, subject: Subject, expected: ExpectedType): Promise<Json | undefined> {
    if (setting.path !== undefined) return this.text(setting.path, `${setting.field}Path`, document);
    if (setting.value === undefined) return undefined;
    if (this.#of.state.language !== 'JSONata') return setting.value;
    const value = await this.jsonata(setting.value, setting.field, subject);
    const found = jsonTypeName(value);
    if (found === expected) return value;
    const source =
      typeof setting.value === 'string' && isJsonata(setting.value) ? jsonataSource(setting.value) : shownText(setting.value);
    const cause = `The JSONata expression '${source}' specified for the field '${setting.field}' returned an unexpected result type. Expected '${expected}', but was '${found}' for value: ${shownText(value)}`;
    throw this.queryFailure(cause, setting.field);
  }

  /** The text of what the state gives on. */
  payload(value: Json): string {
    const text = this.#of.text(value);
    if (text === undefined) throw new StateFailure({ ...tooLarge(this.#of.state.name), fatal: true });
    return text;
  }

  spendOnSearch(text: string, wanted: string): void {
    try {
      this.#budget.spendOnSearch(text, wanted);
    } catch (error) {
      throw this.#pathFailure(error, '', null);
    }
  }

  runtime(text: string, cause?: unknown): StateFailure {
    return new StateFailure({ error: 'States.Runtime', cause: this.cause(text), fatal: true }, { cause });
  }

  queryFailure(text: string, location: string | undefined, cause?: unknown): StateFailure {
    return new StateFailure({ error: 'States.QueryEvaluationError', cause: this.cause(text), evaluation: { location } }, { cause });
  }

  failure(error: string, text: string): StateFailure {
    return new StateFailure({ error, cause: this.cause(text) });
  }

  cause(text: string): string {
    return `An error occurred while executing the state '${this.#of.state.name}' (entered at the event id #${this.#of.enteredEventId}). ${text}`;
  }

  #pathFailure(error: unknown, field: string, document: Json): StateFailure {
    if (!(error instanceof EvaluationError)) throw error;
    switch (error.reason.kind) {
      case 'path-not-found':
      case 'unknown-variable': {
        const path = error.reason.kind === 'path-not-found' ? error.reason.path : `$${error.reason.variable}`;
        const input = shownText(path.startsWith('$$') ? this.#contextObject() : document);
        return this.runtime(
          `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${input}'`,
          error,
        );
      }
      case 'intrinsic':
        return this.failure(
          'States.IntrinsicFailure',
          `The function '${error.reason.expression}' had the following error: ${error.message}`,
        );
      case 'limit':
        return this.runtime(error.message, error);
      case 'jsonata':
      case 'undefined':
        throw error;
      default:
        return error.reason satisfies never;
    }
  }

  #documents(input: Json): Documents {
    return { input, context: () => this.#contextObject(), variable: (name) => this.#variable(name), budget: this.#budget };
  }

  #contextObject(): Json {
    this.#context ??= this.#of.context();
    return this.#context;
  }

  #variable(name: string): Json | undefined {
    for (const variables of this.#of.variables) if (Object.hasOwn(variables, name)) return variables[name];
    return undefined;
  }

  #states(subject: Subject): JsonObject {
    const made = this.#contextObject();
    const context = isObject(made) ? made : {};
    return {
      input: subject.input,
      context,
      ...(subject.result === undefined ? {} : { result: subject.result }),
      ...(subject.errorOutput === undefined ? {} : { errorOutput: subject.errorOutput }),
    };
  }
}

export function tooLarge(what: string): { readonly error: string; readonly cause: string } {
  return {
    error: 'States.DataLimitExceeded',
    cause: `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  };
}
