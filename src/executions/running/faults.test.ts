// What becomes of executions when the store, the platform itself or its definitions fail them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { StoreFailure } from '#store';
import { settled } from '../../../test/support/fake-clock.ts';
import { CALLBACK, chain, ExecutionsHouse, FUNCTION, SCOPE, task } from '../../../test/support/executions-house.ts';

const FULL = new StoreFailure({ kind: 'full', what: 'The step was not saved', where: 'store.db', mend: 'Free some space.' });

function failOn(house: ExecutionsHouse, verb: string): void {
  house.store.fault = (called) => {
    if (called === verb) throw FULL;
  };
}

test('a step that could not be written is made again when the disk is well, from what the journal says', async (context) => {
  const house = new ExecutionsHouse(context);
  const execution = await house.start(house.machine('three', chain({ A: task(), B: task() })));
  failOn(house, 'journals.append');
  await house.clock.advance(10_000);
  assert.equal(await house.status(execution), 'RUNNING');
  house.store.fault = () => undefined;
  const end = await house.end(execution);
  assert.equal(end.status, 'SUCCEEDED');
  assert.equal(house.started.length, 2, 'the end of the first task was not lost');
});

test('a step that was written, and of which nobody heard, has its timers told all the same, and a start is gone on with', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const { journals } = house.store;
  const [append, begin] = [journals.append.bind(journals), journals.begin.bind(journals)];
  let isLying = true;
  const heard = <Value>(value: Value) => {
    if (isLying) throw FULL;
    return value;
  };
  Object.assign(journals, {
    append: async (...step: Parameters<typeof append>) => heard(await append(...step)),
    begin: async (...journal: Parameters<typeof begin>) => heard(await begin(...journal)),
  });
  await assert.rejects(
    house.start(house.machine('late', chain({ Wait: { Type: 'Wait', Seconds: 60 } })), {}, 'waits'),
    StoreFailure,
  );
  await assert.rejects(house.start(house.machine('now', chain({ A: task() })), {}, 'works'), StoreFailure);
  isLying = false;
  const two = chain({ A: task(), Wait: { Type: 'Wait', Seconds: 60 } });
  const execution = await house.start(house.machine('two', two), {}, 'two');
  isLying = true;
  await settled();
  isLying = false;
  await house.clock.advance(70_000);
  assert.equal(await house.status(execution), 'SUCCEEDED');
  assert.deepEqual(await journals.earliestTimers('execution', undefined, 10), []);
  assert.deepEqual(await journals.busy('execution', 0, 10), []);
});

test('whoever answers a task or stops an execution is told that it was not written', async (context) => {
  const house = new ExecutionsHouse(context, {
    tasks: () => ({ kind: 'submitted', output: null, waitsFor: { kind: 'callback' } }),
  });
  const execution = await house.start(house.machine('ask', chain({ Ask: task(CALLBACK) })));
  await settled();
  const taskToken = house.started[0]?.command.token ?? '';
  failOn(house, 'journals.append');
  await assert.rejects(house.executions.tasks.succeed({ scope: SCOPE, taskToken, output: '1' }), StoreFailure);
  failOn(house, 'journals.open');
  await assert.rejects(
    house.executions.stop({ scope: SCOPE, executionArn: execution, error: undefined, cause: undefined }),
    StoreFailure,
  );
  failOn(house, 'journals.begin');
  await assert.rejects(house.start(house.machine('other', chain({ A: task() }))), StoreFailure);
  house.store.fault = () => undefined;
  await house.clock.advance(60_000);
  await house.executions.tasks.succeed({ scope: SCOPE, taskToken, output: '"after all"' });
  assert.equal((await house.describe(execution)).output, '"after all"');
});

test('a definition that is not one any more ends its execution, which says so and goes on when it is redriven', async (context) => {
  const house = new ExecutionsHouse(context);
  const definition = chain({ Wait: { Type: 'Wait', Seconds: 60 }, A: task() });
  const machine = house.machine('strict', definition);
  await house.executions.open();
  const execution = await house.start(machine, { a: 1 });
  house.machine('strict', chain({ Wait: { Type: 'Wait', Seconds: 'soon' } }));
  await house.crash();
  house.isChangeWanted = true;
  await house.clock.advance(61_000);
  assert.deepEqual(
    house.changes.map(({ detail }) => detail['status']),
    ['FAILED'],
  );
  const failed = await house.describe(execution);
  assert.equal(failed.status, 'FAILED');
  assert.equal(failed.error, 'States.Runtime');
  assert.match(failed.cause ?? '', /by a fault of the platform.*redrive it/s);
  assert.equal(failed.redriveStatus, 'REDRIVABLE');
  assert.deepEqual(await house.store.journals.earliestTimers('execution', undefined, 10), []);
  house.machine('strict', definition);
  await house.crash();
  await house.executions.redrive({ scope: SCOPE, executionArn: execution, clientToken: undefined });
  const end = await house.end(execution);
  assert.deepEqual([end.status, end.output, end.redriveCount], ['SUCCEEDED', '{"a":1}', 1]);
});

test('a journal that cannot be read strands its execution alone, and the log says so', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('one', chain({ A: task() }));
  const poisoned = await house.start(machine, {}, 'poisoned');
  const sound = await house.start(machine, {}, 'sound');
  house.kill();
  const number = await house.number(poisoned);
  const opened = await house.store.journals.open(number);
  await house.store.journals.append(number, opened?.revision ?? 0, { head: '{"next":', isBusy: true });
  await house.crash();
  assert.equal((await house.end(sound)).status, 'SUCCEEDED');
  assert.equal(house.log.named('execution.stranded').length, 1);
});

test('a bug of whoever carries a task out is the failure of the task', async (context) => {
  const house = new ExecutionsHouse(context, { tasks: () => Promise.reject(new TypeError('a bug')) });
  const execution = await house.start(house.machine('one', chain({ A: task() })));
  const end = await house.end(execution);
  assert.deepEqual([end.status, end.error], ['FAILED', 'States.Runtime']);
  assert.match(end.cause ?? '', /by a fault of its own: a bug/);
});

test('a platform that goes down waits for its tasks within the window, and leaves what they lead to', async (context) => {
  const house = new ExecutionsHouse(context, {
    async tasks({ command }, { clock }) {
      await clock.pause(command.taskId.endsWith(':3') ? 2000 : 10);
      return { kind: 'succeeded', output: 'done' };
    },
  });
  await house.executions.open();
  const execution = await house.start(house.machine('two', chain({ A: task(), B: task() })));
  await settled();
  await house.clock.until(house.executions.close(5000));
  assert.equal(house.started.length, 1, 'nothing is begun any more');
  assert.equal((await house.types(execution)).filter((type) => type === 'LambdaFunctionSucceeded').length, 1);
  await house.crash();
  assert.equal((await house.end(execution)).status, 'SUCCEEDED');
  assert.equal(house.started.length, 2, 'what had ended is not begun again');
});

test('what is still under way after the window is cut off, and begun again by the next process', async (context) => {
  let isCutOff = false;
  const house = new ExecutionsHouse(context, {
    tasks: ({ signal, command }) =>
      isCutOff
        ? { kind: 'succeeded', output: command.input }
        : new Promise((resolve) =>
            signal.addEventListener('abort', () => {
              isCutOff = true;
              resolve({ kind: 'interrupted' });
            }),
          ),
  });
  await house.executions.open();
  const execution = await house.start(house.machine('long', chain({ A: task(FUNCTION) })));
  await settled();
  await house.clock.until(house.executions.close(1000));
  assert(isCutOff);
  assert.equal(await house.status(execution), 'RUNNING');
  await house.crash();
  assert.equal((await house.end(execution)).status, 'SUCCEEDED');
});
