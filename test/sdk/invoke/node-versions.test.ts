// Each runtime of Node.js on its own version of it; the one that does not come with the platform is fetched through npm when a function needs it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
});
after(() => platform.close());

for (const major of [20, 22, 24]) {
  test(`nodejs${major}.x runs on Node ${major}`, async (t) => {
    const FunctionName = `node-${major}`;
    const source = 'export const handler = async () => [process.version, process.env.NODE_PATH, process.execArgv.length > 0];';
    try {
      await platform.deploy(FunctionName, source, { Runtime: `nodejs${major}.x` as 'nodejs24.x' });
    } catch (error) {
      const { StateReasonCode, StateReason } = await platform.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      if (StateReasonCode !== 'InvalidRuntime') throw error;
      // Without a registry in reach it has failed in words, as it should.
      assert.match(StateReason ?? '', /^The runtime nodejs\d+\.x is not here and could not be fetched: /);
      return t.skip(StateReason);
    }
    const { document } = await platform.invoke(FunctionName);
    const [version = '', modules = ''] = document as readonly string[];
    assert.match(version, new RegExp(`^v${major}\\.`));
    assert.match(modules, new RegExp(`/nodejs/node${major}/node_modules:`));
    return undefined;
  });
}
