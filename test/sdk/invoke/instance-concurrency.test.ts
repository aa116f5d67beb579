// Functions whose invocations share an instance: they run side by side in it, each with its own context and its own lines.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

/** Answers when as many as the event says are in the instance at the same time. */
const MEETING = `let present = 0;
const waiting = [];
export const handler = async ({ together }, { awsRequestId }) => {
  present += 1;
  const awake = setInterval(() => {}, 1000);
  await new Promise((resolve) => {
    waiting.push(resolve);
    if (present >= together) for (const wake of waiting.splice(0)) wake();
  });
  clearInterval(awake);
  present -= 1;
  const { InvokeStore } = globalThis.awslambda;
  const [storedId, trace] = [InvokeStore.getRequestId(), InvokeStore.getXRayTraceId()];
  return { instance: process.env.AWS_LAMBDA_LOG_STREAM_NAME, awsRequestId, storedId, trace };
};`;

test('as many as the tag says run at once in one instance', async () => {
  await platform.deploy('meeting', MEETING, { Tags: { 'mayfly:instance-concurrency': '3' }, Timeout: 3 });
  const invoke = async (together: number) => {
    const Payload = Buffer.from(JSON.stringify({ together }));
    const answer = await platform.lambda.send(new InvokeCommand({ FunctionName: 'meeting', Payload }));
    assert.equal(answer.FunctionError, undefined, Buffer.from(answer.Payload ?? []).toString());
    const { instance, awsRequestId, storedId, trace } = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as Record<
      string,
      string
    >;
    assert.equal(awsRequestId, answer.$metadata.requestId);
    assert.equal(storedId, awsRequestId);
    // A new trace is made from the request's id.
    assert.ok(trace?.includes(awsRequestId?.replaceAll('-', '').slice(0, 24) ?? '?'), trace);
    return instance;
  };
  const first = await invoke(1);
  assert.deepEqual(await Promise.all([invoke(3), invoke(3), invoke(3)]), [first, first, first]);
});
