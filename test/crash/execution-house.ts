// What the crash tests of executions are played in: a function whose effects are counted outside, and state machines of every kind of step.

import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { zipOf } from '../support/zip.ts';
import type { PlannedStep } from './execution-checks.ts';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './platform-process.ts';

const ROLE = 'arn:aws:iam::000000000000:role/witness';

export function machineArn(machine: MachineName): string {
  return `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`;
}

export function executionArn(machine: MachineName, execution: string): string {
  return `arn:aws:states:us-east-1:000000000000:execution:${machine}:${execution}`;
}

function clientConfiguration(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
    // A platform that dies between two packets leaves nobody to answer.
    requestHandler: { requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
}

export function statesClient(endpoint: string): SFNClient {
  return new SFNClient(clientConfiguration(endpoint));
}

/** Does what it is told outside, and answers with what was done. */
const WORKER = `
export const handler = async (effect) => {
  const answer = await fetch(process.env.SINK, { method: 'POST', body: JSON.stringify(effect) });
  if (!answer.ok) throw Object.assign(new Error('out of order'), { name: 'Flaky' });
  return { done: effect.step + ' of ' + effect.execution };
};`;

type State = Readonly<Record<string, unknown>>;

/** A task that does a step outside, in place of its input. */
function effect(step: string, next: State, more: State = {}): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: 'worker', Payload: { 'execution.$': '$$.Execution.Name', step, ...more } },
    ResultSelector: { 'done.$': '$.Payload.done' },
    ResultPath: `$.${step}`,
    ...next,
  };
}

/** What `nested` waits for: it acts in the name of the execution that began it. */
export const INNER = {
  StartAt: 'a while',
  States: {
    'a while': { Type: 'Wait', Seconds: 1, Next: 'inner' },
    inner: {
      Type: 'Task',
      Resource: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
      Parameters: { 'execution.$': '$.parent', step: 'inner' },
      End: true,
    },
  },
};

function innerArn(): string {
  return 'arn:aws:states:us-east-1:000000000000:stateMachine:inner';
}

const END: State = { End: true };
const next = (state: string): State => ({ Next: state });

export const MACHINES = {
  sequence: {
    plan: [
      { step: 'charge', times: 1, rank: 1 },
      { step: 'pack', times: 1, rank: 2 },
      { step: 'mail', times: 1, rank: 3 },
    ],
    definition: {
      StartAt: 'charge',
      States: { charge: effect('charge', next('pack')), pack: effect('pack', next('mail')), mail: effect('mail', END) },
    },
  },
  everything: {
    plan: [
      { step: 'direct', times: 1, rank: 1 },
      { step: 'left', times: 1, rank: 2 },
      { step: 'right', times: 1, rank: 2 },
      { step: 'each', times: 5, rank: 3 },
      { step: 'flaky', times: 1, rank: 4 },
      { step: 'ask', times: 1, rank: 5 },
      { step: 'last', times: 1, rank: 6 },
    ],
    definition: {
      StartAt: 'direct',
      States: {
        direct: {
          Type: 'Task',
          Resource: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
          Parameters: { 'execution.$': '$$.Execution.Name', step: 'direct' },
          ResultPath: '$.direct',
          Next: 'both',
        },
        both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'left', States: { left: effect('left', END) } },
            {
              StartAt: 'a moment',
              States: { 'a moment': { Type: 'Wait', Seconds: 1, Next: 'right' }, right: effect('right', END) },
            },
          ],
          ResultPath: '$.both',
          Next: 'all',
        },
        all: {
          Type: 'Map',
          ItemsPath: '$.items',
          MaxConcurrency: 3,
          ItemSelector: { 'item.$': '$$.Map.Item.Value' },
          ItemProcessor: { StartAt: 'each', States: { each: effect('each', END, { 'item.$': '$.item' }) } },
          ResultPath: '$.all',
          Next: 'flaky',
        },
        flaky: {
          ...effect('flaky', next('ask')),
          Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxAttempts: 5 }],
        },
        ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Parameters: {
            FunctionName: 'worker',
            Payload: { 'execution.$': '$$.Execution.Name', step: 'ask', 'token.$': '$$.Task.Token' },
          },
          ResultPath: '$.ask',
          TimeoutSeconds: 600,
          Next: 'last',
        },
        last: effect('last', END),
      },
    },
  },
  nested: {
    plan: [
      { step: 'before', times: 1, rank: 1 },
      { step: 'child', times: 1, rank: 2, happens: 'in the history' },
      { step: 'inner', times: 1, rank: 2, happens: 'outside' },
      { step: 'after', times: 1, rank: 3 },
    ],
    definition: {
      StartAt: 'before',
      States: {
        before: effect('before', next('child')),
        child: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Parameters: { StateMachineArn: innerArn(), Input: { 'parent.$': '$$.Execution.Name' } },
          ResultPath: '$.child',
          Next: 'after',
        },
        after: effect('after', END),
      },
    },
  },
} as const satisfies Readonly<Record<string, { readonly plan: readonly PlannedStep[]; readonly definition: State }>>;

export type MachineName = keyof typeof MACHINES;
export const MACHINE_NAMES = Object.keys(MACHINES) as readonly MachineName[];

export const INPUT = JSON.stringify({ items: [1, 2, 3, 4, 5] });

/** Made once; it outlives every platform of the test. */
export async function furnish(endpoint: string, sink: string): Promise<void> {
  const lambda = new LambdaClient(clientConfiguration(endpoint));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'worker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 20,
      Environment: { Variables: { SINK: sink } },
      Code: { ZipFile: await zipOf({ 'index.mjs': WORKER }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName: 'worker' });
  lambda.destroy();
  const states = statesClient(endpoint);
  const definitions = MACHINE_NAMES.map((name) => [name, MACHINES[name].definition] as const);
  for (const [name, definition] of [...definitions, ['inner', INNER] as const])
    await states.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) }));
  states.destroy();
}
