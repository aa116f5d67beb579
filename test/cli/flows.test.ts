// Workflows from the command line: started, waited for, listed, followed, shown, stopped, redriven.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { parseXml } from '../../cli/http/xml.ts';
import { mayfly, startMayfly } from '../support/mayfly-command.ts';
import type { Ended } from '../support/mayfly-command.ts';
import { REGION, ROOT, runPlatform } from '../support/running-platform.ts';
import type { RunningPlatform } from '../support/running-platform.ts';

const ROLE = 'arn:aws:iam::000000000000:role/flows';
const ORDER = {
  StartAt: 'Look',
  States: {
    Look: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.wait', IsPresent: true, Next: 'Wait for it' },
        { Variable: '$.queue', IsPresent: true, Next: 'Tell' },
      ],
      Default: 'Both',
    },
    'Wait for it': { Type: 'Wait', Seconds: 3600, Next: 'Both' },
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sqs:getQueueUrl',
      Parameters: { 'QueueName.$': '$.queue' },
      End: true,
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: { Type: 'Pass', End: true } } },
        {
          StartAt: 'Each',
          States: {
            Each: {
              Type: 'Map',
              ItemsPath: '$.items',
              ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
              End: true,
            },
          },
        },
      ],
      End: true,
    },
  },
};

let platform: RunningPlatform;
let sfn: SFNClient;
let folder: string;
const environment = () => ({
  AWS_ENDPOINT_URL: platform.endpoint,
  AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
});
const run = (args: readonly string[], input?: string): Promise<Ended> =>
  mayfly(['flows', ...args], { cwd: folder, environment: environment(), ...(input === undefined ? {} : { input }) });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly flows '));
  platform = await runPlatform();
  sfn = new SFNClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  await machine('orders', ORDER);
  await machine('quick', ORDER, 'EXPRESS');
});
after(async () => {
  sfn.destroy();
  await platform.close();
  rmSync(folder, { recursive: true });
});

async function machine(name: string, definition: object, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): Promise<void> {
  await sfn.send(new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE, type }));
}

function ok(ended: Ended): string {
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

const parsed = (ended: Ended): Record<string, unknown> => JSON.parse(ok(ended)) as Record<string, unknown>;

describe('start', () => {
  test('an execution is started by name, and waited for', async () => {
    assert.equal(ok(await run(['start', 'orders', '--name', 'first', '--input', '{"items":[1,2]}'])), 'orders/first\n');
    const output = ok(await run(['start', 'orders', '-i', '-', '--wait'], '{"items":[1,2]}'));
    assert.deepEqual(JSON.parse(output), [{ items: [1, 2] }, [1, 2]]);
    const express = parsed(await run(['start', 'quick', '-i', '{"items":[]}', '--wait', '--json']));
    assert.deepEqual([express['status'], express['output']], ['SUCCEEDED', [{ items: [] }, []]]);
  });

  test('one that fails ends with exit code 3, why, and where to look', async () => {
    const failed = await run(['start', 'orders', '--wait', '--input', '{"queue":"nowhere"}']);
    assert.equal(failed.code, 3);
    assert.match(failed.stderr, /The execution failed: Sqs\./);
    assert.match(failed.stderr, /`mayfly flows show orders\/\S+` shows where, and how to go on/);
  });

  test('mistakes are answered in words', async () => {
    assert.equal((await run(['start', 'orders', '--input', '{'])).code, 2);
    assert.match((await run(['start', 'nothing'])).stderr, /There is no state machine nothing\.\n {2}`mayfly flows`/);
    assert.match((await run(['show', 'nothing'])).stderr, /There is no execution and no state machine nothing\./);
    assert.equal((await run(['--status', 'odd'])).code, 2);
    assert.equal((await run(['--count', '0'])).code, 2);
    assert.match((await run(['--machine', 'nothing'])).stderr, /no state machine and no durable function nothing/);
    for (const odd of ['', 'orders/', '/', '../../x'])
      assert.match((await run(['show', odd])).stderr, /There is no execution and no state machine /, odd);
  });

  test('options of the list are none of a start', async () => {
    const short = await run(['start', 'orders', '-n', 'mine', '--input', '{"items":[]}']);
    assert.equal(short.code, 2);
    assert.match(short.stderr, /--count is an option of `flows` alone, and not of `flows start`/);
    assert.doesNotMatch(ok(await run(['start', '--help'])), /--follow/);
    assert.match(ok(await run(['start', '--help'])), /--endpoint/);
  });

  test('of an express execution nothing is kept, which is said', async () => {
    const failed = await run(['start', 'quick', '--wait', '--input', '{"queue":"nowhere"}']);
    assert.equal(failed.code, 3);
    assert.doesNotMatch(failed.stderr, /flows show/);
    const arn = ok(await run(['start', 'quick', '--input', '{"items":[]}'])).trim();
    for (const word of ['show', 'stop', 'redrive'])
      assert.match((await run([word, arn])).stderr, /kept nowhere but in their log group\.\n.*`mayfly flows show quick`/);
  });
});

describe('list', () => {
  test('machines with how many of their executions stand how, and the newest executions', async () => {
    ok(await run(['start', 'orders', '--name', 'listed', '--wait', '--input', '{"items":[]}']));
    const lines = ok(await run([])).split('\n');
    assert.match(lines[0] ?? '', /^Flow +Kind +Running +Succeeded +Failed +Stopped +Newest$/);
    assert.ok(
      lines.some((line) => /^orders +standard +\d+ +\d+ +\d+ +\d+ +\d{4}-/.test(line)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((line) => /^quick +express .*log group/.test(line)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((line) => /^✓ succeeded +orders\/listed +\d{4}-/.test(line)),
      lines.join('\n'),
    );
  });

  test('by machine, by status, and as JSON', async () => {
    ok(await run(['start', 'orders', '--name', 'running', '--input', '{"wait":true,"items":[]}']));
    const { flows, executions } = parsed(await run(['-m', 'orders', '-s', 'running', '--json'])) as {
      readonly flows: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
      readonly executions: readonly { readonly name: string; readonly status: string; readonly startedAt: string }[];
    };
    assert.deepEqual(
      flows.map(({ name, counts }) => [name, counts]),
      [['orders', { RUNNING: 1 }]],
    );
    assert.deepEqual(
      executions.map(({ name, status }) => [name, status]),
      [['orders/running', 'RUNNING']],
    );
    assert.ok(Date.parse(executions[0]?.startedAt ?? '') > Date.now() - 600_000);
    ok(await run(['stop', 'orders/running']));
  });

  test('followed, each that starts and ends is a line', async (context: TestContext) => {
    const follow = startMayfly(['flows', '--follow', '--count', '1', '--json'], { cwd: folder, environment: environment() });
    context.after(() => void follow.kill('SIGKILL'));
    assert.ok(follow.stdout);
    const lines = createInterface(follow.stdout)[Symbol.asyncIterator]();
    await lines.next();
    ok(await run(['start', 'orders', '--name', 'followed', '--input', '{"wait":true,"items":[]}']));
    const next = async (): Promise<readonly unknown[]> => {
      for (;;) {
        const { name, status } = JSON.parse(String((await lines.next()).value)) as {
          readonly name: string;
          readonly status: string;
        };
        if (name === 'orders/followed') return [name, status];
      }
    };
    assert.deepEqual(await next(), ['orders/followed', 'RUNNING']);
    ok(await run(['stop', 'followed']));
    assert.deepEqual(await next(), ['orders/followed', 'ABORTED']);
    const exited = once(follow, 'exit');
    follow.kill('SIGINT');
    await exited;
  });
});

describe('show', () => {
  test('a machine is drawn with all its ways', async () => {
    const drawn = ok(await run(['show', 'orders']));
    assert.match(drawn, /^orders {2}standard state machine\n\n/);
    assert.match(drawn, /\$\.wait IsPresent true → Wait for it/);
    assert.match(drawn, /○ Both +2 branches/);
    assert.match(drawn, /┌ each item/);
  });

  test('an execution is drawn with what became of each state', async () => {
    ok(await run(['start', 'orders', '--name', 'drawn', '--wait', '--input', '{"items":[1,2,3]}']));
    const drawn = ok(await run(['show', 'drawn']));
    assert.equal(ok(await run(['show', 'arn:aws:states:us-east-1:000000000000:execution:orders:drawn'])), drawn);
    assert.match(drawn, /^orders\/drawn {2}✓ succeeded after \d+.*, started \d{4}-/);
    assert.match(drawn, /✓ Both +2 branches · /);
    assert.match(drawn, /✓ Each +Map · 3 of 3 items/);
    assert.match(drawn, /✓ One +Pass · 3×/);
    assert.match(drawn, /· Tell +aws-sdk:sqs:getQueueUrl · not reached/);
    assert.match(drawn, /\nOutput {2}\[\{"items":\[1,2,3\]\},\[1,2,3\]\]\n$/);
    const { states, status } = parsed(await run(['show', 'orders/drawn', '--json'])) as {
      readonly states: Readonly<Record<string, { readonly mark: string; readonly visits: number }>>;
      readonly status: string;
    };
    assert.deepEqual([status, states['One']?.mark, states['One']?.visits], ['SUCCEEDED', 'succeeded', 3]);
  });

  test('of a distributed map, the items are those of its run', async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'One',
      States: { One: { Type: 'Pass', End: true } },
    };
    await machine('wide', { StartAt: 'Wide', States: { Wide: { Type: 'Map', ItemsPath: '$.items', ItemProcessor, End: true } } });
    ok(await run(['start', 'wide', '--name', 'three', '--wait', '--input', '{"items":[1,2,3]}']));
    const drawn = ok(await run(['show', 'wide/three']));
    assert.match(drawn, /✓ Wide +Map · 3 of 3 items · /);
    assert.match(drawn, /┌ each item, as an execution of its own\n +│ ○ One/);
  });

  test('as a picture, in a file or on standard output', async () => {
    assert.equal(ok(await run(['show', 'orders', '--svg'])), 'orders.svg\n');
    assert.equal(parseXml(readFileSync(join(folder, 'orders.svg'), 'utf8')).name, 'svg');
    ok(await run(['start', 'orders', '--name', 'pictured', '--wait', '--input', '{"items":[]}']));
    const picture = ok(await run(['show', 'pictured', '--svg', '-']));
    assert.equal(parseXml(picture).name, 'svg');
    assert.match(picture, /✓ Both/);
  });
});

describe('stop and redrive', () => {
  test('a name that executions of several machines have is asked about', async () => {
    await machine('twins', ORDER);
    for (const name of ['orders', 'twins']) ok(await run(['start', name, '--name', 'same', '--input', '{"wait":true,"items":[]}']));
    const asked = await run(['stop', 'same']);
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /2 machines have an execution same: orders\/same, twins\/same\./);
    for (const name of ['orders/same', 'twins/same']) assert.equal(ok(await run(['stop', name])), `${name} is stopped.\n`);
  });

  test('an execution that failed says where and why, and goes on from there', async () => {
    const name = 'orders/again';
    assert.equal((await run(['start', 'orders', '--name', 'again', '--wait', '--input', '{"queue":"later"}'])).code, 3);
    const drawn = ok(await run(['show', name]));
    assert.match(drawn, /✗ Tell +aws-sdk:sqs:getQueueUrl · failed/);
    assert.match(drawn, /\nIt failed in "Tell": Sqs\./);
    assert.match(drawn, /mayfly flows redrive orders\/again\n$/);

    await createQueue('later');
    assert.match(ok(await run(['redrive', name])), /orders\/again goes on\./);
    await until(async () => parsed(await run(['show', name, '--json']))['status'] === 'SUCCEEDED');
    const after = ok(await run(['show', name]));
    assert.match(after, /✓ succeeded .*, redriven 1×/);
    assert.match(after, /✓ Tell +\S+ · 2 attempts/);
  });

  test('one that runs is stopped, once', async () => {
    ok(await run(['start', 'orders', '--name', 'endless', '--input', '{"wait":true,"items":[]}']));
    assert.equal(ok(await run(['stop', 'endless', '--error', 'Enough', '--cause', 'no more'])), 'orders/endless is stopped.\n');
    assert.match(ok(await run(['show', 'endless'])), /■ Wait for it .*aborted[^]*It was stopped: Enough: no more/);
    const again = await run(['stop', 'endless']);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /orders\/endless is over: aborted\./);
  });
});

async function createQueue(name: string): Promise<void> {
  const { CreateQueueCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  await new SQSClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT }).send(
    new CreateQueueCommand({ QueueName: name }),
  );
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
