// Durable functions in their own words: AWS's SDK, as it is, in functions that are deployed as their users deploy them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CreateFunctionCommandInput, Event } from '@aws-sdk/client-lambda';
import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { durableBundle } from '../../support/durable-functions.ts';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

/** A durable handler's body: `event`, `context`, and what else it names of the SDK. */
async function deploy(name: string, body: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<void> {
  const source = await durableBundle(`
    import { withDurableExecution, createRetryStrategy } from '@aws/durable-execution-sdk-js';
    export const handler = withDurableExecution(async (event, context) => {${body}});
  `);
  const config = { DurableConfig: { ExecutionTimeout: 300 }, MemorySize: 256, Timeout: 20, ...more };
  await platform.deploy(name, source, config);
}

const run = (name: string, event: unknown = {}) => platform.invoke(name, event, { Qualifier: '$LATEST' });

async function historyOf(arn: string | undefined): Promise<readonly Event[]> {
  const events: Event[] = [];
  let Marker: string | undefined;
  do {
    const page = await platform.lambda.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, MaxItems: 1000, Marker }),
    );
    events.push(...(page.Events ?? []));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return events;
}

/** Types of events with the names of what they are about, as a story; runs are left out, since how many it takes is a matter of time. */
async function storyOf(arn: string | undefined): Promise<readonly string[]> {
  const events = await historyOf(arn);
  return events
    .filter(({ EventType }) => EventType !== 'InvocationCompleted')
    .map(({ EventType, Name }) => (Name === undefined ? `${EventType}` : `${EventType} ${Name}`));
}

let named = 0;

/** Begins an execution that nobody waits for. Whoever starts it once more, under its name, waits for its end. */
async function begin(name: string, event: unknown = {}) {
  const start = { Qualifier: '$LATEST', DurableExecutionName: `test-${(named += 1)}` };
  const { StatusCode, DurableExecutionArn } = await platform.invoke(name, event, { ...start, InvocationType: 'Event' });
  assert.equal(StatusCode, 202);
  const described = () => platform.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
  return {
    arn: DurableExecutionArn,
    ended: () => platform.invoke(name, event, start).then(described),
  };
}

describe('one after the other', { concurrency: true }, () => {
  test('steps and waits', async () => {
    await deploy(
      'steps',
      `
        const one = await context.step('one', async () => event.n + 1);
        await context.wait('pause', { seconds: 1 });
        return { two: await context.step('two', async () => one + 1) };
      `,
    );
    const { document, DurableExecutionArn, ExecutedVersion } = await run('steps', { n: 1 });
    assert.deepEqual([document, ExecutedVersion], [{ two: 3 }, '$LATEST']);
    assert.match(DurableExecutionArn ?? '', /:function:steps:\$LATEST\/durable-execution\/[\w-]+\/[\w-]+$/);
    assert.deepEqual(await storyOf(DurableExecutionArn), [
      'ExecutionStarted',
      'StepStarted one',
      'StepSucceeded one',
      'WaitStarted pause',
      'WaitSucceeded pause',
      'StepStarted two',
      'StepSucceeded two',
      'ExecutionSucceeded',
    ]);
  });

  test('a step that fails is retried as its strategy says, and what is thrown in the end is the end', async () => {
    await deploy(
      'retries',
      `
        const retryStrategy = createRetryStrategy({ maxAttempts: 3, initialDelay: { seconds: 1 }, maxDelay: { seconds: 1 }, backoffRate: 1, jitter: 'NONE' });
        const tried = await context.step('flaky', async ({ attempt }) => {
          if (!event.never && attempt >= 2) return attempt;
          throw new RangeError('attempt ' + attempt);
        }, { retryStrategy });
        return { tried };
      `,
    );
    assert.deepEqual((await run('retries')).document, { tried: 2 });
    const failed = await run('retries', { never: true });
    assert.equal(failed.FunctionError, 'Unhandled');
    assert.match(JSON.stringify(failed.document), /attempt 3/);
    const { DurableExecutionArn } = failed;
    const { Status, Error } = await platform.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
    assert.deepEqual([Status, /attempt 3/.test(Error?.ErrorMessage ?? '')], ['FAILED', true]);
    const tries = (await historyOf(failed.DurableExecutionArn)).flatMap(({ StepFailedDetails: failure }) =>
      failure === undefined ? [] : [failure.RetryDetails?.CurrentAttempt],
    );
    assert.deepEqual(tries, [1, 2, 3]);
  });

  test('a condition is asked for until it holds', async () => {
    await deploy(
      'condition',
      `
        return context.waitForCondition('full', async (state) => ({ n: state.n + 1 }), {
          initialState: { n: 0 },
          waitStrategy: (state) => (state.n >= 3 ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } }),
        });
      `,
    );
    assert.deepEqual((await run('condition')).document, { n: 3 });
  });

  test('child contexts', async () => {
    await deploy(
      'children',
      `
        return context.runInChildContext('outer', async (outer) => {
          const a = await outer.step('a', async () => 1);
          await outer.wait({ seconds: 1 });
          return outer.runInChildContext('inner', async (inner) => a + (await inner.step('b', async () => 2)));
        });
      `,
    );
    const { document, DurableExecutionArn } = await run('children');
    assert.equal(document, 3);
    const events = await historyOf(DurableExecutionArn);
    const outer = events.find(({ EventType, Name }) => EventType === 'ContextStarted' && Name === 'outer');
    const step = events.find(({ EventType, Name }) => EventType === 'StepSucceeded' && Name === 'a');
    assert.equal(step?.ParentId, outer?.Id);
  });
});

describe('side by side', { concurrency: true }, () => {
  test('parallel branches and maps', async () => {
    await deploy(
      'crowd',
      `
        const branches = await context.parallel('both', [
          async (branch) => branch.step(async () => 'left'),
          async (branch) => { await branch.wait({ seconds: 1 }); return 'right'; },
        ]);
        const mapped = await context.map('squares', [1, 2, 3], async (item, n, index) => item.step(async () => n * n), { maxConcurrency: 2 });
        return [branches.getResults(), mapped.getResults()];
      `,
    );
    const { document } = await run('crowd');
    assert.deepEqual(document, [
      ['left', 'right'],
      [1, 4, 9],
    ]);
  });

  test('more than a checkpoint takes at once, and results that are too large for one', async () => {
    await deploy(
      'flood',
      `
        const many = await context.map('many', Array.from({ length: 400 }, (_, n) => n), async (item, n) => item.step(async () => n));
        const large = await context.runInChildContext('large', async (child) => {
          const parts = [];
          for (let n = 0; n < 3; n += 1) parts.push(await child.step('part', async () => 'x'.repeat(200_000)));
          return parts.join('');
        });
        await context.wait({ seconds: 1 });
        return [many.getResults().reduce((sum, n) => sum + n, 0), large.length];
      `,
      { Timeout: 60, MemorySize: 512 },
    );
    const { document, DurableExecutionArn } = await run('flood');
    assert.deepEqual(document, [(399 * 400) / 2, 600_000]);
    assert((await historyOf(DurableExecutionArn)).length > 1600);
  });

  test('a result of six megabytes', async () => {
    await deploy('heavy', `return 'x'.repeat(6 * 1024 * 1024 - 40);`, { MemorySize: 512 });
    const { ended } = await begin('heavy');
    const { Status, Result } = await ended();
    assert.deepEqual([Status, Result?.length], ['SUCCEEDED', 6 * 1024 * 1024 - 38]);
  });
});

describe('others', { concurrency: true }, () => {
  test('other functions are invoked, durable and not', async () => {
    await platform.deploy(
      'plain',
      `export const handler = async (event) => { if (event.bad) throw new Error('plainly'); return event.n * 2; };`,
    );
    await deploy('inner', `await context.wait({ seconds: 1 }); return { got: event };`);
    await deploy(
      'outer',
      `
        const plain = await context.invoke('plain', 'plain', { n: 21 });
        const inner = await context.invoke('inner', 'inner:$LATEST', { n: plain });
        const failed = await context.invoke('bad', 'plain', { bad: true }).catch((error) => error.name + ': ' + error.message);
        return { plain, inner, failed };
      `,
    );
    const { document, DurableExecutionArn } = await run('outer');
    assert.deepEqual(document, { plain: 42, inner: { got: { n: 42 } }, failed: 'InvokeError: plainly' });
    assert((await storyOf(DurableExecutionArn)).includes('ChainedInvokeFailed bad'));
  });

  test('callbacks are answered from outside, and time out', async () => {
    const sqs = new SQSClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'approvals' }));
    await deploy(
      'callback',
      `
        const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
        const ask = (id) => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: event.QueueUrl, MessageBody: id }));
        const results = [];
        results.push(await context.waitForCallback('approval', ask, { timeout: { minutes: 5 }, heartbeatTimeout: { minutes: 1 } })
          .catch((error) => error.name + ': ' + error.message));
        results.push(await context.waitForCallback('silence', async (id) => {}, { timeout: { seconds: 1 } }).catch((error) => error.name));
        return results;
      `,
    );
    const answer = async (send: (CallbackId: string) => Promise<unknown>) => {
      const { ended } = await begin('callback', { QueueUrl });
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      const id = Messages?.[0]?.Body ?? '';
      await platform.lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: id }));
      await send(id);
      await assert.rejects(send(id), { name: 'CallbackTimeoutException' });
      return (await ended()).Result;
    };
    const Result = Buffer.from(JSON.stringify({ approved: true }));
    const succeeded = await answer((CallbackId) =>
      platform.lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result })),
    );
    const Error = { ErrorType: 'Declined', ErrorMessage: 'not now' };
    const failed = await answer((CallbackId) =>
      platform.lambda.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error })),
    );
    assert.match(succeeded ?? '', /approved.*true.*CallbackTimeoutError/);
    assert.match(failed ?? '', /not now.*CallbackTimeoutError/);
    sqs.destroy();
  });

  test('a process that dies is followed by another, and what was recorded is not done again', async () => {
    await deploy(
      'mortal',
      `
        const me = globalThis.me ??= Math.random();
        const first = await context.step('first', async () => me);
        if (first === me) process.exit(1);
        return context.step('second', async () => first !== me);
      `,
    );
    const { arn, ended } = await begin('mortal');
    const { Status, Result } = await ended();
    assert.deepEqual([Status, Result], ['SUCCEEDED', 'true']);
    const story = await storyOf(arn);
    assert.equal(story.filter((event) => event === 'StepSucceeded first').length, 1);
    const failure = (await historyOf(arn)).find(({ EventType }) => EventType === 'InvocationCompleted');
    assert.equal(failure?.InvocationCompletedDetails?.Error?.Payload?.ErrorType, 'Runtime.ExitError');
  });
});
