// Reads a definition: JSON, then every state, then how they lead to one another. What is wrong is all told at once.

import { LIMITS } from '#kernel';
import { isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import { Diagnostics } from './diagnostics.ts';
import type { Diagnostic } from './diagnostics.ts';
import { Fields } from './fields.ts';
import { readJsonText } from './json-text.ts';
import { readState } from './read-state.ts';
import type { Reading } from './read-state.ts';
import type { Flow, Machine, QueryLanguage, State } from './state.ts';
import { checkTransitions } from './transitions.ts';

export type ReadDefinition =
  | { readonly kind: 'machine'; readonly machine: Machine; readonly warnings: readonly Diagnostic[] }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };

const TOP: ReadonlySet<string> = new Set(['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage']);
/** Of branches and processors: their states have their own language, and no time of their own. */
const INNER: ReadonlySet<string> = new Set(['Comment', 'StartAt', 'States', 'ProcessorConfig']);
const TIMEOUT_SECONDS_MAX = 99_999_999;

export function readDefinition(text: string, executionType: 'STANDARD' | 'EXPRESS'): ReadDefinition {
  const read = readJsonText(text);
  if (read.kind === 'invalid') return { kind: 'invalid', diagnostics: [read.diagnostic], warnings: [] };
  return readDefinitionValue(read.value, executionType);
}

/** `alone`: a state that is looked at for itself may lead to others that are not there. */
export function readDefinitionValue(value: Json, executionType: 'STANDARD' | 'EXPRESS', alone = false): ReadDefinition {
  if (!isObject(value)) {
    return {
      kind: 'invalid',
      diagnostics: [{ severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', message: 'Definition must be a valid JSON object' }],
      warnings: [],
    };
  }
  const diagnostics = new Diagnostics();
  const top = new Fields(value, '/', 'JSONPath', diagnostics);
  top.onlyKnown(TOP);
  const language: QueryLanguage = top.oneOf('QueryLanguage', ['JSONPath', 'JSONata']) === 'JSONata' ? 'JSONata' : 'JSONPath';
  const timeoutSeconds = top.number('TimeoutSeconds', { min: 1, max: TIMEOUT_SECONDS_MAX, whole: true });
  top.oneOf('Version', ['1.0']);
  const reader = new FlowReader(diagnostics, language, executionType);
  const flow = reader.flow(value, '');
  const found = diagnostics.found.filter(
    ({ code }) => !(alone && (code === 'MISSING_TRANSITION_TARGET' || code === 'MISSING_END_STATE')),
  );
  const { warnings } = diagnostics;
  if (found.length > 0) return { kind: 'invalid', diagnostics: found, warnings };
  const machine = { ...flow, language, comment: top.text('Comment'), timeoutSeconds, flows: reader.flows };
  return { kind: 'machine', machine, warnings };
}

class FlowReader {
  readonly #diagnostics: Diagnostics;
  readonly #reading: Reading;
  readonly flows = new Map<string, Flow>();
  readonly #names = new Set<string>();
  #depth = 0;

  constructor(diagnostics: Diagnostics, machineLanguage: QueryLanguage, executionType: 'STANDARD' | 'EXPRESS') {
    this.#diagnostics = diagnostics;
    this.#reading = { diagnostics, machineLanguage, executionType, labels: new Set(), flow: (value, at) => this.flow(value, at) };
  }

  flow(value: Json | undefined, at: string): Flow {
    const place = at === '' ? '/' : at;
    const empty: Flow = { path: at, startAt: '', states: new Map() };
    if (value === undefined) return empty;
    if (!isObject(value)) return this.#diagnostics.schema(place, 'Expected value of type Object') ?? empty;
    if (this.#depth >= LIMITS.definitionDepth)
      return this.#diagnostics.add('TOO_DEEPLY_NESTED', place, 'States are nested too deep') ?? empty;
    this.#depth++;
    const fields = new Fields(value, place, this.#reading.machineLanguage, this.#diagnostics);
    if (at !== '') fields.onlyKnown(INNER);
    // In the order in which AWS tells of them.
    fields.required(['States', 'StartAt']);
    const states = new Map<string, State>();
    const declared = fields.object('States') ?? {};
    if (fields.has('States') && Object.keys(declared).length === 0)
      this.#diagnostics.schema(fields.place('States'), 'Value cannot be empty');
    for (const [name, inner] of Object.entries(declared)) {
      const path = `${at}/States/${name}`;
      this.#name(name, path);
      const state = readState(name, inner, path, this.#reading);
      if (state !== undefined) states.set(name, state);
    }
    const flow = { path: at, startAt: fields.text('StartAt') ?? '', states };
    checkTransitions(flow, new Set(Object.keys(declared)), this.#diagnostics);
    this.flows.set(at, flow);
    this.#depth--;
    return flow;
  }

  #name(name: string, path: string): void {
    if (name.length > LIMITS.stateNameLength)
      this.#diagnostics.schema(path, `State name cannot exceed ${LIMITS.stateNameLength} characters`);
    if (this.#names.has(name)) this.#diagnostics.add('DUPLICATE_STATE_NAME', path, `Duplicate State name: ${name}`);
    this.#names.add(name);
  }
}
