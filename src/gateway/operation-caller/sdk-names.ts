// What AWS's SDK for Java calls services, members and errors: Step Functions shows its names. Pure.
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html

import type { MemberNames } from '#executions';
import { SERVICES } from '#wire';
import type { Member, ServiceName, StructureShape } from '#wire';

/** `cloudwatchlogs`: how resources name the services that are modelled. */
const BY_SDK_NAME: ReadonlyMap<string, ServiceName> = new Map([...SERVICES.keys()].map((name) => [name.replaceAll('-', ''), name]));

export function serviceNamed(sdkName: string): ServiceName | undefined {
  return BY_SDK_NAME.get(sdkName);
}

/** `sendMessage` is the operation SendMessage, `describeDBInstances` DescribeDBInstances. */
export function operationName(action: string): string {
  return capitalised(action);
}

/** Members that the SDK renames, for what they are called is a word of the language. */
const RENAMED: Readonly<Record<string, string>> = { 'AttributeValue.NULL': 'Nul' };

export function shownName(shape: StructureShape, { name }: Pick<Member, 'name'>, names: MemberNames): string {
  return names === 'api' ? capitalised(name) : (RENAMED[`${shape.name}.${name}`] ?? capitalised(uncapitalised(name)));
}

/** `MD5OfBody` → `md5OfBody`, `DBInstances` → `dbInstances`, `ETag` → `eTag`: capitals go as far as the first word does. */
function uncapitalised(name: string): string {
  return name.replace(/^[A-Z](?:[A-Z](?![a-z]))*/, (first) => first.toLowerCase());
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `DynamoDB` → `DynamoDb`, `CloudWatch Logs` → `CloudWatchLogs`: classes have no acronyms. */
export function className(name: string): string {
  const words = name
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .replaceAll(/([^A-Z]{2,})V([0-9]+)/g, '$1 V$2 ')
    .replaceAll(/(?<=[a-z])(?=[A-Z][a-zA-Z0-9])/g, ' ')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/([0-9])([a-zA-Z])/g, '$1 $2')
    .split(' ')
    .filter((word) => word !== '');
  return words.map((word) => capitalised(word.toLowerCase())).join('');
}

/** The class of a modelled error; the older SDK, which optimised integrations use, leaves acronyms as they are. */
export function exceptionName(shapeName: string, names: MemberNames): string {
  const name = names === 'sdk' ? className(shapeName) : shapeName;
  if (name.endsWith('Exception')) return name;
  return `${name.replace(/Fault$/, '')}Exception`;
}
