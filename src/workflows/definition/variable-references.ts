// Which variables each state refers to: DescribeStateMachine tells, by the names of states that refer to any.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html

import { readExpression } from '../expressions/expression.ts';
import { intrinsicPaths, isIntrinsic } from '../expressions/intrinsics.ts';
import { isJsonata, jsonataSource } from '../expressions/jsonata.ts';
import { isArray, isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import { variablesOfPath } from '../expressions/json-path.ts';
import type { Machine, State } from './state.ts';

export function variableReferences(machine: Machine): Readonly<Record<string, readonly string[]>> {
  const states = [...machine.flows.values()].flatMap((flow) => [...flow.states.values()]);
  return Object.fromEntries(
    states.flatMap((state) => {
      const found = new Set<string>();
      collect(ownFields(state), state.language, found);
      return found.size === 0 ? [] : [[state.name, [...found]]];
    }),
  );
}

/** What its states within refer to is theirs. */
function ownFields(state: State): Json {
  switch (state.kind) {
    case 'Parallel':
      return asJson({ ...state, branches: [] });
    case 'Map':
      return asJson({ ...state, processor: null });
    case 'Task':
    case 'Pass':
    case 'Choice':
    case 'Wait':
    case 'Succeed':
    case 'Fail':
      return asJson(state);
    default:
      return state satisfies never;
  }
}

/** A state that was read holds nothing but what its definition held. */
function asJson(state: object): Json {
  return JSON.parse(JSON.stringify(state)) as Json;
}

/** Fields that are paths, and those that are templates, in which only members that end in `.$` are. */
const PATHS = new Set(['inputPath', 'outputPath', 'path', 'variable']);
const TEMPLATES = new Set([
  'parameters',
  'resultSelector',
  'assign',
  'itemSelector',
  'batchInput',
  'credentials',
  'config',
  'result',
]);

type Place = { readonly language: State['language']; readonly key: string; readonly inTemplate: boolean };

function collect(value: Json, language: State['language'], found: Set<string>, place: Omit<Place, 'language'> = TOP): void {
  if (typeof value === 'string') for (const name of referencesIn(value, { language, ...place })) found.add(name);
  else if (isArray(value)) for (const item of value) collect(item, language, found, place);
  else if (isObject(value)) {
    const byPath = typeof value['operator'] === 'string' && value['operator'].endsWith('Path');
    for (const [key, item] of Object.entries(value)) {
      const inTemplate = place.inTemplate || TEMPLATES.has(key);
      collect(item, language, found, { key: key === 'operand' && byPath ? 'path' : key, inTemplate });
    }
  }
}

const TOP = { key: '', inTemplate: false };

function referencesIn(text: string, { language, key, inTemplate }: Place): readonly string[] {
  if (language === 'JSONata') return isJsonata(text) ? readExpression(jsonataSource(text)).references : [];
  if (!(inTemplate ? key.endsWith('.$') : PATHS.has(key))) return [];
  return isIntrinsic(text) ? intrinsicPaths(text).flatMap(variablesOfPath) : text.startsWith('$') ? variablesOfPath(text) : [];
}
