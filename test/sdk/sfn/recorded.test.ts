// Answers that were recorded from AWS, against those of the API: descriptions, refusals, diagnostics, express executions that are waited for.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  PublishStateMachineVersionCommand,
  StartSyncExecutionCommand,
  ValidateStateMachineDefinitionCommand,
  type StateMachineType,
} from '@aws-sdk/client-sfn';
import type { StartedTask, TaskEnd } from '#executions';
import type { Json } from '#workflows';
import { openSfnService, refusalOf, ROLE_ARN, type SfnService } from '../../support/sfn-service.ts';
import { casesAbsent, recordedCases, sameAsRecorded, type RecordedCase } from '../../workflows/recorded-cases.ts';
import { answerOf } from '../../workflows/recorded-functions.ts';

const kind = (wanted: string) => recordedCases().filter((recorded) => recorded.kind === wanted);

describe('recorded answers', { skip: casesAbsent, concurrency: true }, () => {
  let service: SfnService;
  before(async () => {
    const functions = recordedCases().flatMap(({ lambdaFunctions = [] }) => lambdaFunctions);
    service = await openSfnService({ carryOut: (task) => carryOut(task, functions) });
  });
  after(() => service.close());

  const create = (recorded: RecordedCase) =>
    service.create({ definition: recorded.definition, type: recorded.stateMachineType ?? 'STANDARD' });

  for (const recorded of kind('describeExecution')) {
    test(recorded.id, async () => {
      const machine = await create(recorded);
      const { stateMachineAliasArn } = recorded.expectedResponse as { readonly stateMachineAliasArn?: string };
      const target = stateMachineAliasArn === undefined ? machine : await aliasOf(machine, stateMachineAliasArn.split(':').at(-1));
      const executionArn = await service.start(target, recorded.input == null ? {} : { input: recorded.input });
      same(recorded, await service.ended(executionArn));
    });
  }

  async function aliasOf(machine: string, name = ''): Promise<string> {
    const published = await service.client.send(new PublishStateMachineVersionCommand({ stateMachineArn: machine }));
    const { stateMachineVersionArn } = published;
    const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
    const made = await service.client.send(new CreateStateMachineAliasCommand({ name, routingConfiguration }));
    return made.stateMachineAliasArn ?? '';
  }

  for (const recorded of kind('syncExpress')) {
    test(recorded.id, async () => {
      const stateMachineArn = await service.create({ definition: recorded.definition, type: 'EXPRESS' });
      const input = recorded.input ?? '{}';
      const answer = await service.client.send(new StartSyncExecutionCommand({ stateMachineArn, input }));
      // How long it took is another machine's matter.
      const { billingDetails: _billed, ...expected } = recorded.expectedResponse as { readonly [member: string]: Json };
      const { billingDetails, ...rest } = answer;
      assert.equal(billingDetails?.billedMemoryUsedInMB, 64);
      same({ ...recorded, expectedResponse: expected }, rest);
    });
  }

  test('definitions that CreateStateMachine refuses', async () => {
    for (const { id, definition, params = {}, expectedError } of kind('createFails')) {
      const { Error: wanted } = expectedError as { readonly Error: { readonly Code: string; readonly Message: string } };
      const versionDescription = params['versionDescription'] as string | undefined;
      const request = { name: service.freshName(), definition, roleArn: ROLE_ARN, versionDescription };
      const refusal = await refusalOf(service.client.send(new CreateStateMachineCommand(request)));
      assert.deepEqual([refusal.name, refusal.status], [wanted.Code, 400], id);
    }
  });

  test('diagnostics of definitions', async () => {
    for (const recorded of kind('validateDefinition')) {
      const type = recorded.params?.['type'] as StateMachineType;
      const request = new ValidateStateMachineDefinitionCommand({ definition: recorded.definition, type });
      same(recorded, await service.client.send(request));
    }
  });
});

function same({ id, expectedResponse, normalize = [] }: RecordedCase, answer: object): void {
  // The recordings are of another account.
  const text = JSON.stringify({ ...answer, $metadata: undefined }).replaceAll('000000000000', '111111111111');
  const { ResponseMetadata: _metadata, ...expected } = expectedResponse as { readonly [member: string]: Json };
  const words = new Set(normalize.map(({ to }) => to));
  assert.ok(sameAsRecorded(expected, JSON.parse(text) as Json, words), `${id}\n${text}\nwanted\n${JSON.stringify(expected)}`);
}

/** Functions do as the recordings say; a queue's message is answered by who got its token: that it failed. */
async function carryOut(task: StartedTask, functions: Parameters<typeof answerOf>[0]): Promise<TaskEnd> {
  const { resource } = task.command;
  if (resource.kind === 'service' && resource.pattern === 'waitForTaskToken')
    return { kind: 'failed', error: 'Failure error', cause: 'Failure cause' };
  const answer = answerOf(functions, task.command);
  return answer.kind === 'output'
    ? { kind: 'succeeded', output: answer.output }
    : { kind: 'failed', error: answer.error, cause: answer.cause };
}
