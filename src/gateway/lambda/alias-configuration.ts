// An alias as Lambda's API shows it. https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html

import type { AliasConfiguration } from '@aws-sdk/client-lambda';
import type { FunctionName, Scope } from '#kernel';
import type { AliasRecord } from '#registry';
import { functionArn } from '#registry';

export function aliasConfigurationOf(scope: Scope, name: FunctionName, alias: AliasRecord): AliasConfiguration {
  return {
    AliasArn: functionArn(scope, name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    RoutingConfig:
      alias.additional === null ? undefined : { AdditionalVersionWeights: { [alias.additional.version]: alias.additional.weight } },
    RevisionId: alias.revisionId,
  };
}
