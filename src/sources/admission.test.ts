// Which queues and topics a service may send to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPE } from '../../test/support/invocable.ts';
import { createAdmission } from './admission.ts';
import type { AdmissionParts } from './admission.ts';

/** One of each, with or without a policy, which lets somebody in or not. */
function asked(found: { readonly hasPolicy: boolean } | undefined, isAllowed: boolean) {
  const actions: string[] = [];
  const policyAllows = async (...question: readonly unknown[]) => {
    actions.push((question.at(-1) as { readonly action: string }).action);
    return isAllowed;
  };
  const queues = { describe: async () => found && { resourcePolicy: found.hasPolicy ? {} : undefined }, policyAllows };
  const topics = { describe: async () => found, policyAllows };
  const admission = createAdmission({ queues, topics } as unknown as AdmissionParts);
  const question = { scope: SCOPE, arn: 'arn:x', service: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::b' } as const;
  return {
    actions,
    both: async () => [await admission({ ...question, kind: 'queue' }), await admission({ ...question, kind: 'topic' })],
  };
}

test('what is not there admits nobody', async () => {
  assert.deepEqual(await asked(undefined, true).both(), ['missing', 'missing']);
});

test('one whose owner has set no policy admits the services of its own account', async () => {
  const { both, actions } = asked({ hasPolicy: false }, false);
  assert.deepEqual([await both(), actions], [['admitted', 'admitted'], []]);
});

test('a policy is held to', async () => {
  const { both, actions } = asked({ hasPolicy: true }, true);
  assert.deepEqual(
    [await both(), actions],
    [
      ['admitted', 'admitted'],
      ['sqs:SendMessage', 'sns:Publish'],
    ],
  );
  assert.deepEqual(await asked({ hasPolicy: true }, false).both(), ['denied', 'denied']);
});
