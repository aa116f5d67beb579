// Where an alias leads, as the wire has it, and back.

import type { RoutingConfigurationListItem } from '@aws-sdk/client-sfn';
import type { Routing } from '#executions';

type Routes = readonly { readonly stateMachineVersionArn: string; readonly weight: number }[];

export function routingOf(routes: Routes): Routing {
  return routes.map(({ stateMachineVersionArn, weight }) => ({ versionArn: stateMachineVersionArn, weight }));
}

export function describeRouting(routing: Routing): RoutingConfigurationListItem[] {
  return routing.map(({ versionArn, weight }) => ({ stateMachineVersionArn: versionArn, weight }));
}
