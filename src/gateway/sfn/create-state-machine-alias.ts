// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html

import { routingOf } from './alias.ts';
import { invalid, type SfnHandler } from './operation.ts';

export const createStateMachineAlias: SfnHandler<'CreateStateMachineAlias'> =
  ({ machines }) =>
  async ({ name, description, routingConfiguration }, { scope }) => {
    if (routingConfiguration === undefined) throw invalid('routingConfiguration: name one or two versions.');
    const alias = await machines.aliases.create(scope, { name, description, routing: routingOf(routingConfiguration) });
    return { stateMachineAliasArn: alias.arn, creationDate: new Date(alias.createdAtMs) };
  };
