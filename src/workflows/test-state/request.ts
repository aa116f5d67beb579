// TestState's request, read and refused as AWS does. https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html

import { ApiError } from '#kernel';
import type { Machine, State } from '../definition/state.ts';
import type { TaskResource } from '../definition/task-resource.ts';
import { refusalOf } from '../definition/diagnostics.ts';
import { readDefinitionValue } from '../definition/read-definition.ts';
import { readJsonText } from '../definition/json-text.ts';
import { isArray, isObject, member } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { mockFault } from './mock-schema.ts';
import type { FieldValidation, MockSchema } from './mock-schema.ts';

export type TestStateRequest = {
  readonly definition: string;
  readonly roleArn?: string;
  readonly input?: string;
  readonly inspectionLevel?: 'INFO' | 'DEBUG' | 'TRACE';
  readonly variables?: string;
  readonly stateName?: string;
  readonly context?: string;
  readonly mock?: {
    readonly result?: string;
    readonly errorOutput?: { readonly error?: string; readonly cause?: string };
    readonly fieldValidationMode?: FieldValidation;
  };
  readonly stateConfiguration?: {
    readonly retrierRetryCount?: number;
    readonly errorCausedByState?: string;
    readonly mapIterationFailureCount?: number;
    readonly mapItemReaderData?: string;
  };
};

export type TestedState = { readonly machine: Machine; readonly flowPath: string; readonly state: State };

/** Under which name AWS keeps a state that came without one. */
export const UNNAMED = 'StateName';
const MOCKED: ReadonlySet<State['kind']> = new Set(['Task', 'Map', 'Parallel']);

export function readTested(request: TestStateRequest): TestedState {
  const read = readJsonText(request.definition);
  if (read.kind === 'invalid') throw new ApiError('InvalidDefinition', refusalOf([read.diagnostic]));
  const isMachine = isObject(read.value) && member(read.value, 'States') !== undefined;
  const whole: Json = isMachine ? read.value : { StartAt: UNNAMED, States: { [UNNAMED]: read.value } };
  const definition = readDefinitionValue(whole, 'STANDARD', true);
  if (definition.kind === 'invalid') throw new ApiError('InvalidDefinition', refusalOf(definition.diagnostics));
  const wanted = isMachine ? request.stateName : UNNAMED;
  if (wanted === undefined)
    throw new ApiError('ValidationException', 'stateName is required when the definition is a state machine.');
  for (const flow of definition.machine.flows.values()) {
    const state = flow.states.get(wanted);
    if (state !== undefined) return { machine: definition.machine, flowPath: flow.path, state };
  }
  throw new ApiError('ValidationException', `State '${wanted}' not found in the definition.`);
}

export function checkMock(
  request: TestStateRequest,
  state: State,
  schemaOf: (resource: TaskResource) => MockSchema | undefined,
): void {
  const { mock, stateConfiguration } = request;
  if (mock === undefined) {
    if (stateConfiguration?.mapIterationFailureCount !== undefined)
      throw refused('TestState does not support MapIterationFailureCount when a mock is not specified.');
    if (state.kind !== 'Map' && state.kind !== 'Parallel') return;
    throw new ApiError(
      'InvalidDefinition',
      'TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]',
    );
  }
  if (mock.result !== undefined && mock.errorOutput !== undefined)
    throw refused('A test mock should have only one of the following fields: [result, errorOutput].');
  if (!MOCKED.has(state.kind)) throw refused(`State type '${state.kind}' is not supported when a mock is specified`);
  if (mock.result === undefined) return;
  const read = readJsonText(mock.result);
  if (read.kind === 'invalid') throw refused('Mocked result must be valid JSON.');
  const result = read.value;
  // What a writer with a resource answers is where it wrote; without one it only shapes the results.
  if (state.kind === 'Map' && state.resultWriter?.resource !== undefined) {
    if (!isObject(result)) throw refused('Mocked result must be a JSON object.');
  } else if (state.kind === 'Map' && !isArray(result)) throw refused('Mocked result must be an array.');
  if (state.kind === 'Parallel') checkBranches(result, state.branches.length);
  const schema = state.kind === 'Task' ? schemaOf(state.resource) : undefined;
  const fault = schema === undefined ? undefined : mockFault(schema, result, mock.fieldValidationMode ?? 'STRICT');
  if (fault !== undefined) throw refused(`Mock result schema validation error: ${fault}`);
}

function checkBranches(result: Json, branches: number): void {
  if (!isArray(result)) throw refused('Mocked result must be an array.');
  if (result.length !== branches)
    throw refused('Mocked result must contain the same number of items as number of Parallel branches.');
}

/** What an item reader would read. */
export function readItems(text: string | undefined): readonly Json[] {
  const items = text === undefined ? [] : readJson(text, 'mapItemReaderData');
  if (!isArray(items)) throw refused('mapItemReaderData must be a JSON array.');
  return items;
}

export function readVariables(text: string | undefined): JsonObject {
  const variables = text === undefined ? {} : readJson(text, 'variables');
  if (!isObject(variables)) throw refused('variables must be a JSON object.');
  return variables;
}

export function readJson(text: string, what: string): Json {
  const read = readJsonText(text);
  if (read.kind === 'value') return read.value;
  throw refused(`Invalid JSON in ${what}`);
}

function refused(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
