// What of the functions' settings is not quite as it was asked for: for whoever looks after the platform. Reads every function once, so it is
// asked for by people and by nothing that repeats.

import type { Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { documents } from '../documents.ts';
import { runtimeOf } from '../runtimes.ts';
import { recordOf, versionOf } from './function-documents.ts';
import type { FunctionSettings } from './function-record.ts';

export interface Finding {
  readonly sentence: string;
  /** How many functions it is about, some version of them at least; and the first of them by name. */
  readonly functions: number;
  readonly names: readonly string[];
}

const NAMES_MAX = 5;

/** Replaced runtimes first, then SnapStart. */
export async function surveyFunctions(resources: ResourceStore, scope: Scope): Promise<readonly Finding[]> {
  const found = new Map<string, Set<string>>();
  const note = (name: string, settings: FunctionSettings) => {
    for (const sentence of sentencesOn(settings)) found.set(sentence, (found.get(sentence) ?? new Set()).add(name));
  };
  for await (const resource of documents(resources, { scope, kind: 'function' })) {
    const { name, latest } = recordOf(resource);
    note(name, latest.settings);
  }
  for await (const resource of documents(resources, { scope, kind: 'function-version' }))
    note(resource.key.name.slice(0, resource.key.name.indexOf('/')), versionOf(resource).settings);
  return [...found]
    .map(([sentence, names]) => ({ sentence, functions: names.size, names: [...names].slice(0, NAMES_MAX) }))
    .sort(bySentence);
}

function sentencesOn({ runtime, snapStart }: FunctionSettings): readonly string[] {
  const { warning } = runtimeOf(runtime);
  return [...(warning === undefined ? [] : [warning]), ...(snapStart === undefined ? [] : [SNAP_START])];
}

const SNAP_START =
  'SnapStart is on and changes nothing: every function is started from a sandbox that waits. No snapshot is taken, and no runtime hook is called.';

/** The names of runtimes begin with a small letter, and come after it. */
const bySentence = (one: Finding, other: Finding) => (one.sentence > other.sentence ? -1 : 1);
