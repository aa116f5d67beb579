// What a Task state's Resource names: a function, an activity, or an action of a service with the way to wait for it.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html

export type IntegrationPattern = 'requestResponse' | 'sync' | 'sync2' | 'waitForTaskToken';

export type TaskResource =
  | { readonly kind: 'function'; readonly arn: string }
  | { readonly kind: 'activity'; readonly arn: string }
  | {
      readonly kind: 'service';
      readonly arn: string;
      readonly service: string;
      readonly action: string;
      readonly pattern: IntegrationPattern;
      /** Through `aws-sdk:`, which reaches each operation of a service as its API has it. */
      readonly sdk: boolean;
      /** As the history shows them: `sendMessage.waitForTaskToken` of `sqs`, `putItem` of `aws-sdk:dynamodb`. */
      readonly resource: string;
      readonly resourceType: string;
    };

const SUFFIXES: ReadonlyMap<string, IntegrationPattern> = new Map([
  ['.sync:2', 'sync2'],
  ['.sync', 'sync'],
  ['.waitForTaskToken', 'waitForTaskToken'],
]);

export function parseTaskResource(arn: string): TaskResource | undefined {
  const integration =
    /^arn:[a-z-]+:states:(?:[a-z0-9-]*):(?:\d*):((aws-sdk:)?([A-Za-z0-9-]+)):([A-Za-z0-9]+)((?:\.sync(?::2)?|\.waitForTaskToken)?)$/.exec(
      arn,
    );
  if (integration !== null) {
    const [, resourceType = '', sdk, service = '', action = '', suffix = ''] = integration;
    if (service !== 'activity') {
      const pattern = SUFFIXES.get(suffix) ?? 'requestResponse';
      return {
        kind: 'service',
        arn,
        service,
        action,
        pattern,
        sdk: sdk !== undefined,
        resource: `${action}${suffix}`,
        resourceType,
      };
    }
  }
  if (/^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:activity:.+$/.test(arn)) return { kind: 'activity', arn };
  if (/^arn:[a-z-]+:lambda:[a-z0-9-]*:[A-Za-z0-9-]*:function:.+$/.test(arn)) return { kind: 'function', arn };
  return undefined;
}
