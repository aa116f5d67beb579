// Express executions that are waited for. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SFNClient, StartSyncExecutionCommand, type StartSyncExecutionCommandInput } from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, refusalOf, ROOT_KEY, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
let quick = '';
before(async () => {
  service = await openSfnService();
  quick = await service.create({ name: 'quick', type: 'EXPRESS' });
});
after(() => service.close());

const run = async (input: Partial<StartSyncExecutionCommandInput> = {}, client: SFNClient = service.client) => {
  const { $metadata: _metadata, ...execution } = await client.send(
    new StartSyncExecutionCommand({ stateMachineArn: quick, ...input }),
  );
  return execution;
};

describe('serialisation', () => {
  test('an execution that has succeeded', async () => {
    const { startDate, stopDate, executionArn, billingDetails, ...execution } = await run({
      name: 'run',
      input: '{"a":1}',
      traceHeader: 'Root=1-x',
    });
    assert.ok(startDate !== undefined && stopDate !== undefined && stopDate >= startDate);
    assert.match(executionArn ?? '', /^arn:aws:states:us-east-1:000000000000:express:quick:run:[0-9a-f-]{36}$/);
    assert.equal(billingDetails?.billedMemoryUsedInMB, 64);
    assert.equal((billingDetails.billedDurationInMilliseconds ?? 0) % 100, 0);
    assert.deepEqual(execution, {
      stateMachineArn: quick,
      name: 'run',
      status: 'SUCCEEDED',
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      traceHeader: 'Root=1-x',
    });
  });

  test('an execution that has failed', async () => {
    const definition = definitionOf({ Oh: { Type: 'Fail', Error: 'Broken', Cause: 'It fell.' } });
    const { status, error, cause, ...rest } = await run({ stateMachineArn: await service.create({ type: 'EXPRESS', definition }) });
    assert.deepEqual([status, error, cause, 'output' in rest], ['FAILED', 'Broken', 'It fell.', false]);
  });

  test('METADATA_ONLY leaves out what went in and came out', async () => {
    const execution = await run({ input: '{"secret":1}', includedData: 'METADATA_ONLY' });
    assert.deepEqual(
      [execution.input, execution.inputDetails, execution.output, execution.outputDetails],
      [undefined, { included: false }, undefined, { included: false }],
    );
  });
});

describe('validation', () => {
  const refused = async (input: Partial<StartSyncExecutionCommandInput>, name: string) =>
    assert.equal((await refusalOf(run(input))).name, name);

  test('standard machines, machines that are not there, inputs that are no JSON', async () => {
    await refused({ stateMachineArn: await service.create() }, 'StateMachineTypeNotSupported');
    await refused({ stateMachineArn: arnOf('stateMachine', 'nowhere') }, 'StateMachineDoesNotExist');
    await refused({ input: '{' }, 'InvalidExecutionInput');
    await refused({ name: 'a b' }, 'InvalidName');
  });
});

describe('behaviour', () => {
  test('names may be used again, also at once', async () => {
    const both = await Promise.all([run({ name: 'same' }), run({ name: 'same' })]);
    assert.equal(new Set(both.map(({ executionArn }) => executionArn)).size, 2);
  });

  test('a machine that takes longer than it may is timed out', async () => {
    const definition = definitionOf({ Wait: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 1 });
    const execution = await run({ stateMachineArn: await service.create({ type: 'EXPRESS', definition }) });
    assert.equal(execution.status, 'TIMED_OUT');
  });

  test('a client that puts sync- before the host reaches it too, where the name resolves', async () => {
    const { port } = new URL(service.endpoint);
    // Every name below localhost is this machine, for resolvers that know so; here the lookup is told.
    const client = new SFNClient({
      endpoint: `http://states.localhost:${port}`,
      region: 'us-east-1',
      credentials: ROOT_KEY,
      maxAttempts: 1,
      requestHandler: { httpAgent: { lookup: toLoopback } },
    });
    try {
      assert.equal((await run({}, client)).status, 'SUCCEEDED');
    } finally {
      client.destroy();
    }
  });
});

function toLoopback(
  _name: string,
  options: { readonly all?: boolean },
  answer: (
    error: null,
    address: string | readonly { readonly address: string; readonly family: number }[],
    family?: number,
  ) => void,
): void {
  if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }]);
  else answer(null, '127.0.0.1', 4);
}
