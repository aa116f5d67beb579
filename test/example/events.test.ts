// The examples of events: the contact form as its README runs it, and the nightly report, woken by a schedule that is due now.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { setTimeout as delay } from 'node:timers/promises';
import { runningPlatform } from '../support/mayfly-command.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const KEYS = {
  MAYFLY_ROOT_ACCESS_KEY_ID: 'AKIAEXAMPLETEST00001',
  MAYFLY_ROOT_SECRET_ACCESS_KEY: 'example-test-secret-example-test-secret',
};

test('the contact form mails what a visitor wrote, in one command', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(EXAMPLES, 'contact-form', 'run.mjs')], { timeout: 120_000 });
  assert.match(stdout, /^To: owner@example\.com\r?$/m);
  assert.match(stdout, /^Subject: A message from the contact form\r?$/m);
  assert.match(stdout, /visitor@example\.com writes:\s+Do you open on Sundays\?/);
});

test('the nightly report is written when its schedule is due', async (context) => {
  const { run, endpoint } = await runningPlatform(context, { environment: KEYS });
  const deployed = await run(['deploy', join(EXAMPLES, 'nightly', 'functions')]);
  assert.equal(deployed.code, 0, deployed.stderr);
  assert.match(deployed.stdout, /^\+ trigger schedule cron\(0 3 \* \* \? \*\) {2}Europe\/Berlin → nightly$/m);
  const settings = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: KEYS.MAYFLY_ROOT_ACCESS_KEY_ID, secretAccessKey: KEYS.MAYFLY_ROOT_SECRET_ACCESS_KEY },
  };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  for (const [name, cents] of [
    ['1', 1250],
    ['2', 750],
  ] as const)
    await s3.send(new PutObjectCommand({ Bucket: 'orders', Key: `2026-11-20/${name}.json`, Body: JSON.stringify({ cents }) }));

  // The same target under another clock: nobody waits for three in the morning.
  const scheduler = new SchedulerClient(settings);
  const { Target } = await scheduler.send(new GetScheduleCommand({ Name: 'mayfly-nightly-0' }));
  assert.ok(Target);
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'now',
      ScheduleExpression: `at(${new Date(Date.now() + 1000).toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { ...Target, Input: JSON.stringify({ day: '2026-11-20' }) },
    }),
  );
  assert.deepEqual(JSON.parse(await objectComes(s3, '2026-11-20.json')), { day: '2026-11-20', orders: 2, cents: 2000 });
});

async function objectComes(s3: S3Client, Key: string): Promise<string> {
  for (;;) {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'reports', Key }));
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      if (!(error instanceof NoSuchKey)) throw error;
      await delay(50);
    }
  }
}
