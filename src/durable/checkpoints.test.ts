// Checkpoints: tokens, what a run is told, and what it may write, over functions that say in a few words what AWS's SDK says for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunctionName } from '#kernel';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, refused, statusOf, succeeded, typesOf, update } from '../../test/support/durable-house.ts';
import { parseExecutionArn } from './execution-arn.ts';

const { step, context, wait, callback } = update;
test('what changes while a function runs is told with its next checkpoint, or makes it run again at once', async (t) => {
  const house = durableHouse(t);
  const told: (string | undefined)[][] = [];
  house.durables.set('slow', async (run) => {
    if (statusOf(run, 'b') === 'SUCCEEDED') return succeeded(run.updatedIds);
    await run.checkpoint(wait('a', 1), wait('b', 3));
    await house.clock.pause(2000);
    told.push((await run.checkpoint()).map(({ Id, Status }) => `${Id} ${Status}`));
    told.push((await run.checkpoint()).map(({ Id }) => Id));
    await house.clock.pause(2000);
    return PENDING;
  });
  const arn = await house.start('slow', {});
  await house.clock.advance(4000);
  assert.deepEqual(told, [['a SUCCEEDED'], []]);
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', '["b"]']);
});

test('a token is worth one checkpoint of one run', async (t) => {
  const house = durableHouse(t);
  const tokens: string[] = [];
  const stale = refused('InvalidParameterValueException', /^Invalid Checkpoint Token/);
  house.durables.set('careful', async (run) => {
    const name = parseExecutionArn(run.arn);
    const ask = (token: string) => house.durable.checkpoint(name, { token, clientToken: undefined, updates: [] });
    for (const token of tokens) await assert.rejects(ask(token), stale);
    tokens.push(run.token);
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(wait('w', 1));
    await assert.rejects(ask(run.token), stale);
    await assert.rejects(house.durable.state(name, { token: run.token, marker: undefined, limit: 10 }), stale);
    return PENDING;
  });
  const arn = await house.start('careful', {});
  await house.clock.advance(1000);
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
  const late = { token: tokens[1] ?? '', clientToken: undefined, updates: [step('late', 'START')] };
  await assert.rejects(house.durable.checkpoint(parseExecutionArn(arn), late), stale);
});

test('an execution is known by the whole of its name', async (t) => {
  const house = durableHouse(t);
  house.durables.set('own', async (run) => {
    const other = { ...parseExecutionArn(run.arn), functionName: 'another' as FunctionName };
    const asked = { token: run.token, clientToken: undefined, updates: [] };
    await assert.rejects(house.durable.checkpoint(other, asked), refused('ResourceNotFoundException'));
    return succeeded('alone');
  });
  const arn = await house.start('own', {});
  await settled();
  assert.equal((await house.describe(arn)).result, '"alone"');
});

test('a checkpoint that is sent twice is answered twice and written once', async (t) => {
  const house = durableHouse(t);
  house.durables.set('doubting', async (run) => {
    const name = parseExecutionArn(run.arn);
    const checkpoint = { token: run.token, clientToken: 'c-1', updates: [callback('c')] };
    const first = await house.durable.checkpoint(name, checkpoint);
    const { writes } = house;
    assert.deepEqual(await house.durable.checkpoint(name, checkpoint), first);
    assert.equal(house.writes, writes);
    return succeeded(first.operations.length);
  });
  const { result } = await house.clock.until(house.call('doubting', {}));
  assert.deepEqual(result.kind === 'answered' && Buffer.from(result.answer.payload).toString(), '1');
});

test('a checkpoint that breaks a rule changes nothing', async (t) => {
  const house = durableHouse(t);
  house.durables.set('wrong', async (run) => {
    const { writes } = house;
    const rule = refused('InvalidParameterValueException', /^Cannot start a WAIT that already exists\.$/);
    await run.checkpoint(wait('w', 60));
    await assert.rejects(run.checkpoint(step('s', 'SUCCEED', { Payload: '1' }), wait('w', 60)), rule);
    assert.equal(house.writes, writes + 1);
    await run.checkpoint(step('s', 'SUCCEED', { Payload: '2' }));
    return succeeded(run.operations.get('s')?.StepDetails?.Result);
  });
  const arn = await house.start('wrong', {});
  await settled();
  assert.equal((await house.describe(arn)).result, '"2"');
});

test('children of a context that has ended are not told again, unless its replay needs them', async (t) => {
  const house = durableHouse(t);
  const seen: string[][] = [];
  house.durables.set('nested', async (run) => {
    seen.push([...run.operations.keys()]);
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(
      context('a', 'START'),
      context('a-1', 'START', { ParentId: 'a' }),
      step('a-1-1', 'SUCCEED', { ParentId: 'a-1', Payload: '1' }),
      context('a-1', 'SUCCEED', { ParentId: 'a', Payload: '1' }),
      context('b', 'START'),
      step('b-1', 'SUCCEED', { ParentId: 'b', Payload: '1' }),
    );
    await run.checkpoint(
      context('a', 'SUCCEED', { Payload: '1' }),
      context('b', 'SUCCEED', { Payload: '', ContextOptions: { ReplayChildren: true } }),
      wait('w', 1),
    );
    return PENDING;
  });
  await house.start('nested', {});
  await house.clock.advance(1000);
  assert.deepEqual(seen, [[], ['a', 'b', 'b-1', 'w']]);
});

test('what is too much for one page comes in several, in order', async (t) => {
  const house = durableHouse(t);
  const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const seen: (readonly string[])[] = [];
  house.durables.set('large', async (run) => {
    seen.push([...run.operations.keys()]);
    if (run.operations.size > 0) return succeeded(run.operations.size);
    for (const id of ids) await run.checkpoint(step(id, 'SUCCEED', { Payload: JSON.stringify('x'.repeat(200_000)) }));
    await run.checkpoint(wait('w', 1));
    return PENDING;
  });
  await house.start('large', { text: 'y'.repeat(3_000_000) });
  await house.clock.advance(1000);
  assert.deepEqual(seen, [[], [...ids, 'w']]);
});

test('a result that was checkpointed is the result, however large', async (t) => {
  const house = durableHouse(t);
  const large = JSON.stringify('x'.repeat(6_200_000));
  house.durables.set('large', async (run) => {
    await run.checkpoint({ Id: 'execution-result-1', Type: 'EXECUTION', Action: 'SUCCEED', Payload: large });
    return { Status: 'SUCCEEDED', Result: '' };
  });
  const arn = await house.start('large', {});
  await settled();
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result === large], ['SUCCEEDED', true]);
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
});

test('an execution has so many operations and bytes, and says so when it asks for more', async (t) => {
  const house = durableHouse(t);
  const batch = (from: number) => Array.from({ length: 250 }, (_, index) => step(`s${from + index}`, 'SUCCEED', { Payload: '1' }));
  house.durables.set('greedy', async (run) => {
    for (let from = 0; from < 3000; from += 250) await run.checkpoint(...batch(from));
    const most = refused('InvalidParameterValueException', /3000 operations at most/);
    await assert.rejects(run.checkpoint(step('one-more', 'START')), most);
    return succeeded(run.operations.size);
  });
  house.durables.set('heavy', async (run) => {
    const Payload = JSON.stringify('x'.repeat(5_000_000));
    for (let index = 0; index < 20; index += 1) await run.checkpoint(step(`s${index}`, 'SUCCEED', { Payload }));
    const most = refused('InvalidParameterValueException', /bytes at most/);
    await assert.rejects(run.checkpoint(step('one-more', 'SUCCEED', { Payload })), most);
    return succeeded('full');
  });
  const [greedy, heavy] = [await house.start('greedy', {}), await house.start('heavy', {})];
  await house.clock.advance(1000);
  assert.deepEqual([(await house.describe(greedy)).result, (await house.describe(heavy)).result], ['3000', '"full"']);
});
