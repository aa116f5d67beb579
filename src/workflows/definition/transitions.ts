// Checks that what leads on leads to states of the same flow, and that each of them can be reached.

import type { Diagnostics } from './diagnostics.ts';
import type { Flow, State } from './state.ts';

type Target = { readonly to: string; readonly location: string; readonly field: string };

export function checkTransitions(flow: Flow, declared: ReadonlySet<string>, diagnostics: Diagnostics): void {
  if (flow.startAt !== '' && declared.size > 0 && !declared.has(flow.startAt)) {
    diagnostics.add('MISSING_TRANSITION_TARGET', `${flow.path}/StartAt`, `Missing 'StartAt' target: ${flow.startAt}`);
    return;
  }
  const missing = [...flow.states.values()].flatMap(targetsOf).filter(({ to }) => to !== '' && !declared.has(to));
  for (const { to, location, field } of missing)
    diagnostics.add('MISSING_TRANSITION_TARGET', location, `Missing '${field}' target: ${to}`);
  const reached = reachable(flow);
  // Where a state could not be read, what it leads to is not known either.
  if (flow.states.size < declared.size || flow.startAt === '') return;
  // Where nothing ends a flow, AWS does not go on to what cannot be reached.
  if (![...flow.states.values()].some(endsFlow))
    return diagnostics.add('MISSING_END_STATE', undefined, 'Workflow has no terminal state');
  for (const state of flow.states.values()) {
    if (!reached.has(state.name))
      diagnostics.add('MISSING_TRANSITION_TARGET', state.path, `State "${state.name}" is not reachable.`);
  }
}

function endsFlow(state: State): boolean {
  return state.kind === 'Succeed' || state.kind === 'Fail' || (state.kind !== 'Choice' && state.next === undefined);
}

function reachable(flow: Flow): ReadonlySet<string> {
  const reached = new Set<string>();
  const pending = [flow.startAt];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const state = flow.states.get(name);
    if (state === undefined || reached.has(name)) continue;
    reached.add(name);
    pending.push(...targetsOf(state).map(({ to }) => to));
  }
  return reached;
}

function targetsOf(state: State): readonly Target[] {
  switch (state.kind) {
    case 'Succeed':
    case 'Fail':
      return [];
    case 'Choice': {
      const rules = state.choices.map(({ next }, index) => ({
        to: next,
        location: `${state.path}/Choices[${index}]/Next`,
        field: 'Next',
      }));
      return state.defaultNext === undefined
        ? rules
        : [...rules, { to: state.defaultNext, location: `${state.path}/Default`, field: 'Next' }];
    }
    case 'Pass':
    case 'Wait':
      return nextOf(state);
    case 'Task':
    case 'Parallel':
    case 'Map':
      return [
        ...nextOf(state),
        ...state.catch.map(({ next }, index) => ({ to: next, location: `${state.path}/Catch[${index}]/Next`, field: 'Next' })),
      ];
    default:
      return state satisfies never;
  }
}

function nextOf(state: State): readonly Target[] {
  return state.next === undefined ? [] : [{ to: state.next, location: `${state.path}/Next`, field: 'Next' }];
}
