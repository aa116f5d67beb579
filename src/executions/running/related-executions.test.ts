// What a map run is told of its children's ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExecutionsHouse, SCOPE } from '../../../test/support/executions-house.ts';

test('of a child that failed it is told too why no redrive helps it, where none does', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const Fails = { Type: 'Fail', Error: 'Broken' };
  const Goes = { Type: 'Pass', Next: 'Round' };
  const Round = { Type: 'Choice', Choices: [{ Variable: '$.isOver', IsPresent: true, Next: 'Fails' }], Default: 'Goes' };
  const run = async (start: 'Goes' | 'Fails', executionType: 'STANDARD' | 'EXPRESS') => {
    const States = start === 'Goes' ? { Goes, Round, Fails } : { Fails };
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType }, StartAt: start, States };
    const name = `${start}-${executionType}`;
    house.machine(name, { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor: processor, End: true } } });
    const machine = [...house.machines.values()].find((known) => known.machine.name === name);
    assert(machine !== undefined);
    const end = await house.clock.until(
      house.executions.children.run({
        scope: SCOPE,
        machine,
        mapRunArn: `arn:aws:states:us-east-1:111111111111:mapRun:${name}/Each:run`,
        label: 'Each',
        name: 'child',
        executionType,
        flowPath: '/States/Each/ItemProcessor',
        input: {},
        mapItem: undefined,
      }),
    );
    assert.equal(end?.outcome.status, 'FAILED');
    return end?.redriveRefusal;
  };
  assert.equal(await run('Fails', 'STANDARD'), undefined);
  assert.equal(await run('Fails', 'EXPRESS'), undefined, 'it is begun anew');
  assert.match((await run('Goes', 'STANDARD')) ?? '', /too many history events/);
});
