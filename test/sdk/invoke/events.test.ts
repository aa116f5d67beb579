// Asynchronous invocations with the real client on the real platform: accepted durably, run soon, retried, logged under one request id.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { PutFunctionConcurrencyCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let logs: CloudWatchLogsClient;

before(async () => {
  platform = await runPlatform();
  logs = new CloudWatchLogsClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT });
});
after(async () => {
  logs.destroy();
  await platform.close();
});

/** The lines of a function, as soon as they are what is waited for. */
async function linesOf(name: string, enough: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await logs
      .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }))
      .catch((error: unknown) =>
        error instanceof Error && error.name === 'ResourceNotFoundException' ? { events: [] } : Promise.reject(error as Error),
      );
    const lines = (answer.events ?? []).map(({ message }) => message ?? '');
    if (enough(lines)) return lines;
    assert.ok(Date.now() < deadline, `still only:\n${lines.join('\n')}`);
  }
}

const SOURCE =
  'export const handler = async (event) => { console.log("event " + JSON.stringify(event)); if (event.fail) throw new Error("no"); };';

test('an event is answered with 202 and an empty body, and runs under the request’s id', async () => {
  await platform.deploy('events', SOURCE);
  const answer = await platform.invoke('events', { n: 1 }, { InvocationType: 'Event' });
  assert.deepEqual([answer.StatusCode, answer.document, answer.FunctionError], [202, undefined, undefined]);
  const lines = await linesOf('events', (lines) => lines.some((line) => line.startsWith('REPORT')));
  assert.ok(lines.some((line) => line.startsWith(`START RequestId: ${answer.$metadata.requestId} `)));
  assert.ok(lines.some((line) => line.includes('event {"n":1}')));
});

test('many events at once all run, each once', async () => {
  await platform.deploy('many', SOURCE);
  await Promise.all(Array.from({ length: 100 }, (_, n) => platform.invoke('many', { n }, { InvocationType: 'Event' })));
  const lines = await linesOf('many', (lines) => lines.filter((line) => line.startsWith('REPORT')).length >= 100);
  const seen = lines.flatMap((line) => /event \{"n":(\d+)\}/.exec(line)?.[1] ?? []).map(Number);
  assert.deepEqual(
    seen.sort((one, other) => one - other),
    Array.from({ length: 100 }, (_, n) => n),
  );
});

test('a failing event without retries runs once', async () => {
  await platform.deploy('failing', SOURCE);
  await platform.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'failing', MaximumRetryAttempts: 0 }));
  await platform.invoke('failing', { fail: true }, { InvocationType: 'Event' });
  const lines = await linesOf('failing', (lines) => lines.some((line) => line.startsWith('REPORT')));
  assert.equal(lines.filter((line) => line.startsWith('START')).length, 1);
});

test('a function that is switched off keeps its event, and runs it when it is on again', async () => {
  await platform.deploy('paused', SOURCE);
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'paused', ReservedConcurrentExecutions: 0 }));
  const { StatusCode } = await platform.invoke('paused', { n: 7 }, { InvocationType: 'Event' });
  assert.equal(StatusCode, 202);
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'paused', ReservedConcurrentExecutions: 5 }));
  const lines = await linesOf('paused', (lines) => lines.some((line) => line.startsWith('REPORT')));
  assert.equal(lines.filter((line) => line.includes('event {"n":7}')).length, 1);
});
