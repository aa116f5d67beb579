// The operations around durable executions, with AWS's client: how a function becomes durable, how it is invoked, and what can be asked of its executions.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CheckpointDurableExecutionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  GetFunctionConfigurationCommand,
  InvokeAsyncCommand,
  ListDurableExecutionsByFunctionCommand,
  ListFunctionsCommand,
  PublishVersionCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import type { LambdaServiceException, ListDurableExecutionsByFunctionCommandInput } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { durableBundle } from '../../support/durable-functions.ts';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let sqs: SQSClient;
/** Where functions say that they have come to their end. */
let QueueUrl: string | undefined;
before(async () => {
  platform = await runPlatform();
  sqs = new SQSClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT });
  ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'said' })));
  await deploy('echo', `return { echo: event };`);
  await deploy('waiting', `await context.waitForCallback('answer', async () => {}); return 'never';`);
});
after(async () => {
  sqs.destroy();
  await platform.close();
});

const DURABLE = { DurableConfig: { ExecutionTimeout: 3600, RetentionPeriodInDays: 3 }, MemorySize: 256, Timeout: 20 };

async function deploy(name: string, body: string, more: object = DURABLE): Promise<void> {
  const source = await durableBundle(`
    import { withDurableExecution } from '@aws/durable-execution-sdk-js';
    export const handler = withDurableExecution(async (event, context) => {${body}});
  `);
  await platform.deploy(name, source, more);
}

async function start(name: string, event: unknown = {}, DurableExecutionName?: string): Promise<string> {
  const { DurableExecutionArn } = await platform.invoke(name, event, {
    Qualifier: '$LATEST',
    InvocationType: 'Event',
    DurableExecutionName,
  });
  assert(DurableExecutionArn !== undefined);
  return DurableExecutionArn;
}

const describeExecution = (DurableExecutionArn: string, IncludeExecutionData?: boolean) =>
  platform.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn, IncludeExecutionData }));

const list = (FunctionName: string, more: Partial<ListDurableExecutionsByFunctionCommandInput> = {}) =>
  platform.lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName, ...more }));

const INVALID = { name: 'InvalidParameterValueException' };
const MISSING = { name: 'ResourceNotFoundException' };

describe('configuration', () => {
  test('is shown wherever a function is, and says how long by default', async () => {
    const config = await platform.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'echo' }));
    assert.deepEqual(config.DurableConfig, { ExecutionTimeout: 3600, RetentionPeriodInDays: 3 });
    const { Functions } = await platform.lambda.send(new ListFunctionsCommand({}));
    assert.deepEqual(Functions?.find(({ FunctionName }) => FunctionName === 'echo')?.DurableConfig, config.DurableConfig);
  });

  test('makes an existing function durable, which Lambda does not do, and changes one part at a time', async () => {
    await platform.deploy('plain', 'export const handler = async () => "once";');
    const change = async (DurableConfig: object) => {
      const changed = await platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'plain', DurableConfig }));
      await waitUntilFunctionUpdatedV2(
        { client: platform.lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 },
        { FunctionName: 'plain' },
      );
      return changed.DurableConfig;
    };
    assert.equal((await platform.invoke('plain')).document, 'once');
    await assert.rejects(change({ RetentionPeriodInDays: 2 }), INVALID);
    assert.deepEqual(await change({ ExecutionTimeout: 60 }), { ExecutionTimeout: 60, RetentionPeriodInDays: 14 });
    assert.deepEqual(await change({ RetentionPeriodInDays: 2 }), { ExecutionTimeout: 60, RetentionPeriodInDays: 2 });
    assert.deepEqual(await change({}), { ExecutionTimeout: 60, RetentionPeriodInDays: 2 }, 'nothing takes it away again');
    const answer = await platform.invoke('plain', {}, { Qualifier: '$LATEST' });
    assert.equal(answer.FunctionError, 'Unhandled');
    assert.match(JSON.stringify(answer.document), /withDurableExecution/, 'its code knows nothing of it yet');
  });

  test('has bounds, and no keys', async () => {
    const update = (DurableConfig: object) =>
      platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'echo', DurableConfig }));
    await assert.rejects(update({ ExecutionTimeout: 0 }), { name: 'ValidationException' });
    await assert.rejects(update({ ExecutionTimeout: 31_622_401 }), { name: 'ValidationException' });
    await assert.rejects(update({ RetentionPeriodInDays: 91 }), { name: 'ValidationException' });
    await assert.rejects(update({ KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }), INVALID);
  });
});

describe('invocation', () => {
  test('needs a version, an alias or $LATEST, and an execution belongs to a version', async () => {
    await assert.rejects(platform.invoke('echo', {}), { ...INVALID, message: /unqualified ARN/ });
    await assert.rejects(platform.invoke('nobody', {}, { DurableExecutionName: 'a' }), MISSING);
    await platform.lambda.send(new PublishVersionCommand({ FunctionName: 'echo' }));
    await platform.lambda.send(new CreateAliasCommand({ FunctionName: 'echo', Name: 'live', FunctionVersion: '1' }));
    const byVersion = await platform.invoke('echo', 1, { Qualifier: '1' });
    const byAlias = await platform.invoke('echo:live', 2, { LogType: 'Tail' });
    assert.match(byAlias.log ?? '', /END RequestId/, 'the log of the run that brought the end');
    assert.deepEqual([byVersion.document, byAlias.document], [{ echo: 1 }, { echo: 2 }]);
    assert.match(byAlias.DurableExecutionArn ?? '', /:function:echo:1\/durable-execution\//);
    assert.equal((await list('echo', { Qualifier: 'live' })).DurableExecutions?.length, 1);
    assert.equal((await list('echo', { Qualifier: '1' })).DurableExecutions?.length, 2);
  });

  test('under a name is done once; an ordinary function has no names', async () => {
    const named = { Qualifier: '$LATEST', DurableExecutionName: 'order-1' };
    const first = await platform.invoke('echo', { order: 1 }, named);
    const again = await platform.invoke('echo', { order: 1 }, named);
    assert.deepEqual([again.document, again.DurableExecutionArn], [first.document, first.DurableExecutionArn]);
    const other = platform.invoke('echo', { order: 2 }, named);
    await assert.rejects(other, (error: LambdaServiceException) => {
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['DurableExecutionAlreadyStartedException', 409]);
      return true;
    });
    assert.match(first.DurableExecutionArn ?? '', /\/durable-execution\/order-1\//);
    await platform.deploy('ordinary', 'export const handler = async () => 1;');
    await assert.rejects(platform.invoke('ordinary', {}, { DurableExecutionName: 'a' }), INVALID);
  });

  test('by whatever way begins an execution: URLs, queues, events', async () => {
    await deploy(
      'told',
      `
        const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
        const text = event.Records?.[0].body ?? event.rawPath ?? event.how;
        await context.step('say', () => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.SAY, MessageBody: text })).then(() => 1));
        await context.wait({ seconds: 1 });
        return { statusCode: 201, body: text };
      `,
      { ...DURABLE, Environment: { Variables: { SAY: QueueUrl } } },
    );
    const url = await platform.openUrl('told');
    const answer = await fetch(`${url}/by-url`);
    assert.deepEqual([answer.status, await answer.text()], [201, '/by-url']);
    await platform.lambda.send(new InvokeAsyncCommand({ FunctionName: 'told', InvokeArgs: Buffer.from('{"how":"by event"}') }));
    const { QueueUrl: source } = await sqs.send(new CreateQueueCommand({ QueueName: 'source' }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: source, AttributeNames: ['QueueArn'] }));
    await platform.lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName: 'told', EventSourceArn: Attributes?.['QueueArn'], BatchSize: 1 }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: source, MessageBody: 'by queue' }));
    const said = new Set<string>();
    while (said.size < 3) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '' } of Messages) said.add(Body);
    }
    assert.deepEqual([...said].toSorted(), ['/by-url', 'by event', 'by queue']);
    assert.equal((await list('told')).DurableExecutions?.length, 3);
  });
});

describe('executions', () => {
  test('are described, with their data or without', async () => {
    const { DurableExecutionArn = '' } = await platform.invoke('echo', { n: 1 }, { Qualifier: '$LATEST' });
    const whole = await describeExecution(DurableExecutionArn);
    assert.deepEqual(
      [whole.Status, whole.InputPayload, whole.Result, whole.Version, whole.ExecutionDataIncluded],
      ['SUCCEEDED', '{"n":1}', '{"echo":{"n":1}}', '$LATEST', true],
    );
    assert.equal(whole.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST');
    assert.deepEqual(whole.DurableConfig, { ExecutionTimeout: 900, RetentionPeriodInDays: 3 }, 'who calls waits no longer');
    assert(whole.EndTimestamp !== undefined && whole.StartTimestamp !== undefined && whole.EndTimestamp >= whole.StartTimestamp);
    const bare = await describeExecution(DurableExecutionArn, false);
    assert.deepEqual([bare.InputPayload, bare.Result, bare.ExecutionDataIncluded], [undefined, undefined, false]);
    await assert.rejects(describeExecution(DurableExecutionArn.replace(/[0-9a-f]$/, 'z')), MISSING);
    await assert.rejects(describeExecution(DurableExecutionArn.replace(':echo:', ':nobody:')), MISSING);
  });

  test('have a history that is read in pages, from either end', async () => {
    await deploy('counting', `for (let n = 0; n < 5; n += 1) await context.step('s' + n, async () => n); return 'counted';`);
    const { DurableExecutionArn } = await platform.invoke('counting', {}, { Qualifier: '$LATEST' });
    const read = async (ReverseOrder: boolean, MaxItems: number) => {
      const ids: (number | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await platform.lambda.send(
          new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ReverseOrder, MaxItems, Marker }),
        );
        assert((page.Events?.length ?? 0) <= MaxItems);
        ids.push(...(page.Events ?? []).map(({ EventId }) => EventId));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      return ids;
    };
    const forwards = await read(false, 4);
    assert.deepEqual(
      forwards,
      forwards.map((_, index) => index + 1),
    );
    assert.equal(forwards.length, 1 + 2 * 5 + 2);
    assert.deepEqual(await read(true, 5), forwards.toReversed());
    const bare = await platform.lambda.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn, IncludeExecutionData: false }),
    );
    assert(!JSON.stringify(bare.Events).includes('Payload'));
    const wrong = new GetDurableExecutionHistoryCommand({ DurableExecutionArn, Marker: 'nonsense' });
    await assert.rejects(platform.lambda.send(wrong), INVALID);
  });

  test('are listed by function, version, name, status and time, newest first', async () => {
    const arns = [];
    for (const n of [1, 2, 3]) arns.push(await start('waiting', { n }, `w-${n}`));
    await platform.lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: arns[1] }));
    const names = async (more: Partial<ListDurableExecutionsByFunctionCommandInput> = {}) =>
      (await list('waiting', more)).DurableExecutions?.map(({ DurableExecutionName }) => DurableExecutionName);
    assert.deepEqual(await names(), ['w-3', 'w-2', 'w-1']);
    assert.deepEqual(await names({ ReverseOrder: true }), ['w-1', 'w-2', 'w-3']);
    assert.deepEqual(await names({ Statuses: ['RUNNING'] }), ['w-3', 'w-1']);
    assert.deepEqual(await names({ Statuses: ['STOPPED', 'FAILED'] }), ['w-2']);
    assert.deepEqual(await names({ DurableExecutionName: 'w-1' }), ['w-1']);
    assert.deepEqual(await names({ DurableExecutionName: 'w-1', Statuses: ['FAILED'] }), []);
    assert.deepEqual(await names({ Qualifier: '$LATEST', MaxItems: 1 }), ['w-3']);
    assert.deepEqual(await names({ StartedAfter: new Date(Date.now() + 60_000) }), []);
    assert.deepEqual(await names({ StartedBefore: new Date(Date.now() + 60_000), MaxItems: 2 }), ['w-3', 'w-2']);
    const first = await list('waiting', { MaxItems: 2 });
    assert(first.NextMarker !== undefined);
    const second = await list('waiting', { MaxItems: 2, Marker: first.NextMarker });
    assert.deepEqual(
      second.DurableExecutions?.map(({ DurableExecutionArn }) => DurableExecutionArn),
      [arns[0]],
    );
    assert.equal(second.NextMarker, undefined);
    await assert.rejects(list('nobody'), MISSING);
    await assert.rejects(list('waiting', { Marker: 'nonsense' }), INVALID);
    await assert.rejects(list('waiting', { Statuses: ['LOST' as 'FAILED'] }), { name: 'ValidationException' });
  });

  test('are stopped once, with a reason', async () => {
    const DurableExecutionArn = await start('waiting');
    const stop = () =>
      platform.lambda.send(
        new StopDurableExecutionCommand({ DurableExecutionArn, Error: { ErrorType: 'Operator', ErrorMessage: 'enough' } }),
      );
    const { StopTimestamp } = await stop();
    assert.deepEqual((await stop()).StopTimestamp, StopTimestamp);
    const { Status, Error, EndTimestamp } = await describeExecution(DurableExecutionArn);
    assert.deepEqual([Status, Error, EndTimestamp], ['STOPPED', { ErrorType: 'Operator', ErrorMessage: 'enough' }, StopTimestamp]);
  });

  test('are checkpointed by their own run alone', async () => {
    const DurableExecutionArn = await start('waiting');
    const stale = { ...INVALID, message: /^Invalid Checkpoint Token/ };
    const checkpoint = new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken: 'Z3Vlc3NlZA==' });
    await assert.rejects(platform.lambda.send(checkpoint), stale);
    const state = new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken: 'Z3Vlc3NlZA==' });
    await assert.rejects(platform.lambda.send(state), stale);
    const nobody = new SendDurableExecutionCallbackSuccessCommand({ CallbackId: 'abcdef' });
    await assert.rejects(platform.lambda.send(nobody), INVALID);
  });

  test('are for the credentials of their own function', async () => {
    const DurableExecutionArn = await start('waiting');
    const spying = `
      import { LambdaClient, GetDurableExecutionCommand, GetDurableExecutionStateCommand, ListDurableExecutionsByFunctionCommand, StopDurableExecutionCommand } from '@aws-sdk/client-lambda';
      export const handler = async ({ DurableExecutionArn }) => {
        const client = new LambdaClient({ maxAttempts: 1 });
        const asked = [
          new GetDurableExecutionCommand({ DurableExecutionArn }),
          new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken: 'Z3Vlc3NlZA==' }),
          new ListDurableExecutionsByFunctionCommand({ FunctionName: 'waiting' }),
          new StopDurableExecutionCommand({ DurableExecutionArn }),
        ];
        return Promise.all(asked.map((command) => client.send(command).then(() => 'allowed', (error) => error.name)));
      };`;
    await platform.deploy('spying', spying);
    const { document } = await platform.invoke('spying', { DurableExecutionArn });
    assert.deepEqual(document, Array(4).fill('AccessDeniedException'));
    await deploy(
      'knowing',
      `
        const { LambdaClient, GetDurableExecutionCommand } = await import('@aws-sdk/client-lambda');
        const own = new GetDurableExecutionCommand({ DurableExecutionArn: context.executionContext.durableExecutionArn });
        return context.step(async () => (await new LambdaClient({}).send(own)).Status);
      `,
    );
    assert.equal((await platform.invoke('knowing', {}, { Qualifier: '$LATEST' })).document, 'RUNNING');
  });
});

test('what waits when the platform goes down goes on when it is up again', async () => {
  const own = await runPlatform();
  const source = await durableBundle(`
    import { withDurableExecution } from '@aws/durable-execution-sdk-js';
    export const handler = withDurableExecution(async (event, context) => {
      const before = await context.step('before', async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME);
      await context.wait({ seconds: 2 });
      return context.step('after', async () => before !== process.env.AWS_LAMBDA_LOG_STREAM_NAME);
    });
  `);
  await own.deploy('lasting', source, DURABLE);
  const named = { Qualifier: '$LATEST', DurableExecutionName: 'lasting' };
  await own.invoke('lasting', {}, { ...named, InvocationType: 'Event' });
  const next = await runPlatform({ folder: await own.stop() });
  try {
    assert.equal((await next.invoke('lasting', {}, named)).document, true);
  } finally {
    await next.close();
  }
});
