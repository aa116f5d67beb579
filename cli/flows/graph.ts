// A state machine's definition as a graph: its states in the order in which they are met, and where each leads. Pure.
// Of definitions that the platform has accepted, so their shape is believed.

export interface Flow {
  readonly startAt: string;
  /** From the start on, the usual way first; what nothing leads to comes last. */
  readonly states: readonly FlowState[];
}

export interface FlowState {
  readonly name: string;
  readonly type: string;
  /** Of a task, in short: `lambda:invoke charge`. */
  readonly work: string | undefined;
  readonly edges: readonly Edge[];
  readonly isEnd: boolean;
  /** Branches of a Parallel, or what a Map does with each item. */
  readonly inner: readonly Inner[];
}

export interface Inner {
  readonly title: string;
  readonly flow: Flow;
  /** Each item of a distributed map is an execution of its own, with a history of its own. */
  readonly isElsewhere: boolean;
}

export interface Edge {
  readonly to: string;
  readonly kind: 'next' | 'choice' | 'default' | 'catch';
  /** Empty for `next`. */
  readonly label: string;
}

type Json = Readonly<Record<string, unknown>>;

export function flowOf(definition: string): Flow {
  return readFlow(JSON.parse(definition) as Json);
}

/** Every state, those within others too. */
export function* allStates({ states }: Flow): Generator<FlowState> {
  for (const state of states) {
    yield state;
    for (const { flow } of state.inner) yield* allStates(flow);
  }
}

function readFlow(document: Json): Flow {
  const startAt = textOf(document['StartAt']) ?? '';
  const states = new Map(
    Object.entries(objectOf(document['States'])).map(([name, state]) => [name, readState(name, objectOf(state))]),
  );
  return { startAt, states: inOrder(startAt, states) };
}

function readState(name: string, state: Json): FlowState {
  const type = textOf(state['Type']) ?? '';
  return {
    name,
    type,
    work: type === 'Task' ? workOf(state) : undefined,
    edges: edgesOf(state),
    isEnd: state['End'] === true || type === 'Succeed' || type === 'Fail',
    inner: innerOf(type, state),
  };
}

function edgesOf(state: Json): readonly Edge[] {
  const next = textOf(state['Next']);
  const otherwise = textOf(state['Default']);
  return [
    ...(next === undefined ? [] : [{ to: next, kind: 'next' as const, label: '' }]),
    ...listOf(state['Choices']).map((rule) => ({
      to: textOf(rule['Next']) ?? '',
      kind: 'choice' as const,
      label: conditionOf(rule),
    })),
    ...(otherwise === undefined ? [] : [{ to: otherwise, kind: 'default' as const, label: 'otherwise' }]),
    ...listOf(state['Catch']).map((catcher) => ({
      to: textOf(catcher['Next']) ?? '',
      kind: 'catch' as const,
      label: `catch ${(catcher['ErrorEquals'] as readonly string[]).join(', ')}`,
    })),
  ];
}

function innerOf(type: string, state: Json): FlowState['inner'] {
  if (type === 'Parallel')
    return listOf(state['Branches']).map((branch, index) => ({
      title: `branch ${index + 1}`,
      flow: readFlow(branch),
      isElsewhere: false,
    }));
  if (type !== 'Map') return [];
  const processor = objectOf(state['ItemProcessor'] ?? state['Iterator']);
  const isDistributed = objectOf(processor['ProcessorConfig'])['Mode'] === 'DISTRIBUTED';
  const title = isDistributed ? 'each item, as an execution of its own' : 'each item';
  return [{ title, flow: readFlow(processor), isElsewhere: isDistributed }];
}

/** `arn:aws:states:::lambda:invoke.waitForTaskToken` → `lambda:invoke.waitForTaskToken charge` */
function workOf(state: Json): string {
  const resource = textOf(state['Resource']) ?? '';
  const [, service, direct] = /^arn:[\w-]+:(lambda|states):[^:]+:[^:]+:(?:function|activity):(.+)$/.exec(resource) ?? [];
  if (direct !== undefined) return service === 'lambda' ? `function ${direct}` : `activity ${direct}`;
  const integration = resource.replace(/^arn:[\w-]+:states:[^:]*:[^:]*:/, '');
  const given = objectOf(state['Parameters'] ?? state['Arguments']);
  const subject = ['FunctionName', 'QueueUrl', 'TopicArn', 'StateMachineArn', 'TableName', 'Bucket', 'ApiEndpoint']
    .map((member) => textOf(given[member]))
    .find((value) => value !== undefined);
  return subject === undefined ? integration : `${integration} ${subject.split(/[:/]/).at(-1)}`;
}

const OPERATORS = /^(?:String|Numeric|Boolean|Timestamp|Is)/;

function conditionOf(rule: Json): string {
  const condition = textOf(rule['Condition']);
  if (condition !== undefined) return condition.replace(/^\{%\s*|\s*%\}$/g, '');
  if (rule['Not'] !== undefined) return `not (${conditionOf(objectOf(rule['Not']))})`;
  for (const [member, word] of [
    ['And', 'and'],
    ['Or', 'or'],
  ] as const)
    if (rule[member] !== undefined) return listOf(rule[member]).map(conditionOf).join(` ${word} `);
  const operator = Object.keys(rule).find((member) => OPERATORS.test(member)) ?? '';
  return `${textOf(rule['Variable']) ?? ''} ${operator} ${JSON.stringify(rule[operator])}`;
}

/** A state comes after all that lead to it, but for loops; the usual way first, then other choices, then what happens to errors. */
function inOrder(startAt: string, states: ReadonlyMap<string, FlowState>): readonly FlowState[] {
  const met = new Set<string>();
  return [startAt, ...states.keys()].flatMap((name) => ledToFrom(name, states, met));
}

/** Depth first, and what is finished last stands first. With a stack of its own, which thousands of states in a row do not overflow. */
function ledToFrom(start: string, states: ReadonlyMap<string, FlowState>, met: Set<string>): readonly FlowState[] {
  const finished: FlowState[] = [];
  const path: { readonly state: FlowState; readonly ahead: string[] }[] = [];
  const meet = (name: string): void => {
    const state = states.get(name);
    if (state === undefined || met.has(name)) return;
    met.add(name);
    path.push({ state, ahead: state.edges.map(({ to }) => to) });
  };
  meet(start);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    // From the last edge to the first: the usual way is gone last.
    const next = top.ahead.pop();
    if (next !== undefined) {
      meet(next);
      continue;
    }
    finished.push(top.state);
    path.pop();
  }
  return finished.toReversed();
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
