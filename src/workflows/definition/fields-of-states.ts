// Which fields each type of state may have, in each query language.

import type { QueryLanguage, State } from './state.ts';

const ANY = ['Type', 'Comment', 'QueryLanguage'];
const NEXT = ['Next', 'End'];
const PATHS = ['InputPath', 'OutputPath'];
const RESULT = ['Parameters', 'ResultPath'];
const SELECTED = [...RESULT, 'ResultSelector'];
const GUARDED = ['Retry', 'Catch'];

type ByLanguage = Readonly<Record<QueryLanguage, readonly string[]>>;

const MAP = [
  'ItemProcessor',
  'Iterator',
  'ItemSelector',
  'MaxConcurrency',
  'Label',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
];
const MAP_PATHS = ['ItemsPath', 'MaxConcurrencyPath', 'ToleratedFailureCountPath', 'ToleratedFailurePercentagePath'];
const TASK = ['Resource', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials'];

const FIELDS: Readonly<Record<State['kind'], ByLanguage>> = {
  Pass: { JSONPath: [...NEXT, ...PATHS, ...RESULT, 'Result', 'Assign'], JSONata: [...NEXT, 'Output', 'Assign'] },
  Task: {
    JSONPath: [...NEXT, ...PATHS, ...SELECTED, ...GUARDED, ...TASK, 'TimeoutSecondsPath', 'HeartbeatSecondsPath', 'Assign'],
    JSONata: [...NEXT, ...GUARDED, ...TASK, 'Arguments', 'Output', 'Assign'],
  },
  Choice: { JSONPath: [...PATHS, 'Choices', 'Default', 'Assign'], JSONata: ['Choices', 'Default', 'Assign', 'Output'] },
  Wait: {
    JSONPath: [...NEXT, ...PATHS, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath', 'Assign'],
    JSONata: [...NEXT, 'Seconds', 'Timestamp', 'Output', 'Assign'],
  },
  Succeed: { JSONPath: PATHS, JSONata: ['Output'] },
  Fail: { JSONPath: ['Error', 'Cause', 'ErrorPath', 'CausePath', ...PATHS], JSONata: ['Error', 'Cause'] },
  Parallel: {
    JSONPath: [...NEXT, ...PATHS, ...SELECTED, ...GUARDED, 'Branches', 'Assign'],
    JSONata: [...NEXT, ...GUARDED, 'Branches', 'Arguments', 'Output', 'Assign'],
  },
  Map: {
    JSONPath: [...NEXT, ...PATHS, ...SELECTED, ...GUARDED, ...MAP, ...MAP_PATHS, 'Assign'],
    JSONata: [...NEXT, ...GUARDED, ...MAP, 'Items', 'Output', 'Assign'],
  },
};

export function fieldsOf(kind: State['kind'], language: QueryLanguage): ReadonlySet<string> {
  return new Set([...ANY, ...FIELDS[kind][language]]);
}
