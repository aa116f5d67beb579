// Reads one state: its fields by type and language, checked, into the union of states.

import { isObject } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { instantOf } from '../expressions/timestamps.ts';
import { readChoices } from './choice-rules.ts';
import type { Diagnostics } from './diagnostics.ts';
import { Fields } from './fields.ts';
import { fieldsOf } from './fields-of-states.ts';
import { readCatch, readRetry } from './handlers.ts';
import { readMap } from './read-map.ts';
import { hasDynamic } from './template-check.ts';
import { readAssign, readTemplate } from './templates.ts';
import { isIntegration } from './integrations.ts';
import { parseTaskResource } from './task-resource.ts';
import type { TaskResource } from './task-resource.ts';
import type { FailState, Flow, QueryLanguage, State, WaitState } from './state.ts';

export type Reading = {
  readonly diagnostics: Diagnostics;
  /** Of the machine as a whole: a state of a JSONata machine cannot be JSONPath. */
  readonly machineLanguage: QueryLanguage;
  readonly executionType: 'STANDARD' | 'EXPRESS';
  /** Of the distributed maps so far. */
  readonly labels: Set<string>;
  /** Reads a flow inside of a state. */
  readonly flow: (value: Json | undefined, at: string) => Flow;
};

const KINDS = ['Task', 'Wait', 'Pass', 'Succeed', 'Fail', 'Choice', 'Parallel', 'Map'] as const satisfies readonly State['kind'][];
const WAITS = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
const TASK_SECONDS_MAX = 99_999_999;

export function readState(name: string, value: Json, path: string, reading: Reading): State | undefined {
  const { diagnostics } = reading;
  if (!isObject(value)) return diagnostics.schema(path, 'Expected value of type Object');
  const plain = new Fields(value, path, reading.machineLanguage, diagnostics);
  plain.required(['Type']);
  if (!plain.has('Type')) return undefined;
  const kind = KINDS.find((candidate) => candidate === value['Type']);
  if (kind === undefined)
    return diagnostics.schema(plain.place('Type'), `The field 'Type' should have one of these values: [${KINDS.join(', ')}]`);
  const language = languageOf(plain, reading);
  const fields = new Fields(value, path, language, diagnostics);
  fields.onlyKnown(fieldsOf(kind, language), otherLanguage(kind, language));
  return readKind(kind, name, fields, reading);
}

/** What the other language's states of that type have. */
function otherLanguage(kind: State['kind'], language: QueryLanguage): ReadonlySet<string> {
  return fieldsOf(kind, language === 'JSONPath' ? 'JSONata' : 'JSONPath');
}

function languageOf(fields: Fields, reading: Reading): QueryLanguage {
  const own = fields.oneOf('QueryLanguage', ['JSONPath', 'JSONata']);
  if (own === 'JSONPath' && reading.machineLanguage === 'JSONata') {
    reading.diagnostics.schema(fields.at, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  return own === 'JSONata' || (own === undefined && reading.machineLanguage === 'JSONata') ? 'JSONata' : 'JSONPath';
}

function readKind(kind: State['kind'], name: string, fields: Fields, reading: Reading): State {
  const isPath = fields.language === 'JSONPath';
  const common = {
    name,
    path: fields.at,
    language: fields.language,
    next: undefined,
    inputPath: isPath ? fields.path('InputPath', { null: true }) : undefined,
    outputPath: isPath ? fields.path('OutputPath', { null: true }) : undefined,
    assign: readAssign(fields),
    output: isPath ? undefined : readTemplate(fields, 'Output'),
  };
  if (kind === 'Choice') return { ...common, kind, choices: readChoices(fields), defaultNext: fields.text('Default') };
  if (kind === 'Succeed') return { ...common, kind };
  if (kind === 'Fail') return { ...common, kind, ...readFailure(fields) };
  const onward = { ...common, next: readNext(fields) };
  if (kind === 'Wait') return { ...onward, kind, until: readWait(fields) };
  const working = {
    ...onward,
    parameters: readTemplate(fields, isPath ? 'Parameters' : 'Arguments'),
    resultSelector: isPath ? readTemplate(fields, 'ResultSelector') : undefined,
    resultPath: isPath ? fields.referencePath('ResultPath') : undefined,
  };
  if (kind === 'Pass') return { ...working, kind, result: isPath ? readResult(fields) : undefined };
  const guarded = { ...working, retry: readRetry(fields), catch: readCatch(fields) };
  switch (kind) {
    case 'Task':
      return { ...guarded, kind, ...readTask(fields, reading) };
    case 'Parallel':
      return { ...guarded, kind, branches: readBranches(fields, reading) };
    case 'Map':
      return { ...guarded, kind, ...readMap(fields, reading) };
    default:
      return kind satisfies never;
  }
}

function readResult(fields: Fields): Json | undefined {
  const result = fields.get('Result');
  if (hasDynamic(result))
    fields.diagnostics.warn(
      'PASS_RESULT_IS_STATIC',
      fields.place('Result'),
      'A path in the Result of a Pass state stands for itself',
    );
  return result;
}

function readNext(fields: Fields): string | undefined {
  const ends = fields.flag('End');
  const next = fields.text('Next');
  if (!ends && !fields.has('Next')) fields.diagnostics.schema(fields.at, 'One of these fields must be specified: [Next, End]');
  if (ends && fields.has('Next')) fields.diagnostics.schema(fields.at, 'Only one of these fields can be specified: [Next, End]');
  return ends ? undefined : next;
}

function readFailure(fields: Fields): Pick<FailState, 'error' | 'cause'> {
  return { error: fields.setting('Error', 'text'), cause: fields.setting('Cause', 'text') };
}

function readWait(fields: Fields): WaitState['until'] {
  const given = WAITS.filter((field) => fields.has(field));
  if (given.length !== 1)
    fields.diagnostics.schema(fields.at, `Exactly one of these fields must be specified: [${WAITS.join(', ')}]`);
  if (fields.has('Timestamp') || fields.has('TimestampPath')) {
    const until = fields.setting('Timestamp', 'text');
    if (typeof until.value === 'string' && !until.value.startsWith('{%') && instantOf(until.value) === undefined)
      fields.diagnostics.schema(fields.place('Timestamp'), 'Value is not a valid ISO-8601 extended offset date-time format string');
    return { ...until, field: 'Timestamp' };
  }
  return { ...fields.setting('Seconds', { min: 0, max: TASK_SECONDS_MAX, whole: true }), field: 'Seconds' };
}

function readTask(
  fields: Fields,
  reading: Reading,
): Pick<Extract<State, { kind: 'Task' }>, 'resource' | 'credentials' | 'timeout' | 'heartbeat'> {
  fields.required(['Resource']);
  const arn = fields.text('Resource') ?? '';
  const resource = parseTaskResource(arn);
  checkResource(resource, arn, fields, reading);
  const timeout = fields.setting('TimeoutSeconds', { min: 1, max: TASK_SECONDS_MAX, whole: true });
  const heartbeat = fields.setting('HeartbeatSeconds', { min: 1, max: TASK_SECONDS_MAX, whole: true });
  if (typeof timeout.value === 'number' && typeof heartbeat.value === 'number' && heartbeat.value >= timeout.value) {
    fields.diagnostics.schema(fields.place('HeartbeatSeconds'), 'HeartbeatSeconds must be smaller than TimeoutSeconds');
  }
  return { resource: resource ?? { kind: 'function', arn }, credentials: readCredentials(fields), timeout, heartbeat };
}

function checkResource(resource: TaskResource | undefined, arn: string, fields: Fields, { executionType }: Reading): void {
  if (!fields.has('Resource')) return;
  const at = fields.place('Resource');
  if (resource === undefined || (resource.kind === 'service' && !isIntegration(resource))) {
    const why = 'The value is not a valid resource ARN, or the resource is not available in this region.';
    fields.diagnostics.schema(at, `The resource provided ${arn} is not recognized. ${why}`);
  } else if (executionType === 'EXPRESS') {
    if (resource.kind === 'activity') fields.diagnostics.schema(at, 'Express state machine does not support Activity tasks');
    else if (resource.kind === 'service' && resource.pattern !== 'requestResponse')
      fields.diagnostics.schema(at, `Express state machine does not support '${suffixOf(resource)}' service integration`);
  }
}

function suffixOf({ action, resource }: Extract<TaskResource, { kind: 'service' }>): string {
  return resource.slice(action.length);
}

function readCredentials(fields: Fields): JsonObject | undefined {
  const credentials = fields.object('Credentials');
  if (credentials === undefined) return undefined;
  const role = Object.hasOwn(credentials, 'RoleArn') || (fields.language === 'JSONPath' && Object.hasOwn(credentials, 'RoleArn.$'));
  if (!role) fields.diagnostics.schema(fields.place('Credentials'), "The field 'RoleArn' is required but was missing");
  readTemplate(fields, 'Credentials');
  return credentials;
}

function readBranches(fields: Fields, reading: Reading): readonly Flow[] {
  fields.required(['Branches']);
  const branches = fields.array('Branches');
  if (branches?.length === 0) fields.diagnostics.schema(fields.place('Branches'), 'Value cannot be empty');
  return (branches ?? []).map((branch, index) => reading.flow(branch, `${fields.place('Branches')}[${index}]`));
}
