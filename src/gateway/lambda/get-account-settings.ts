// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

import type { LambdaHandler } from './operation.ts';

export const getAccountSettings: LambdaHandler<'GetAccountSettings'> =
  ({ registry }) =>
  async (_input, { scope }) => {
    const settings = await registry.accountSettings(scope);
    return {
      AccountLimit: {
        TotalCodeSize: settings.codeStorageBytes,
        CodeSizeUnzipped: settings.unzippedBytes,
        CodeSizeZipped: settings.zipBytes,
        ConcurrentExecutions: settings.concurrency,
        UnreservedConcurrentExecutions: settings.unreservedConcurrency,
      },
      AccountUsage: { TotalCodeSize: settings.storedBytes, FunctionCount: settings.functions },
    };
  };
