// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html

import { routingOf } from './alias.ts';
import type { SfnHandler } from './operation.ts';

export const updateStateMachineAlias: SfnHandler<'UpdateStateMachineAlias'> =
  ({ machines }) =>
  async ({ stateMachineAliasArn, description, routingConfiguration }, { scope }) => {
    const routing = routingConfiguration === undefined ? undefined : routingOf(routingConfiguration);
    const alias = await machines.aliases.update(scope, stateMachineAliasArn, { description, routing });
    return { updateDate: new Date(alias.updatedAtMs) };
  };
