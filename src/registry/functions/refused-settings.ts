// Settings of Lambda that are not served: each is refused in words, unless what is asked for is what happens anyway.

import type { CreateFunctionRequest } from '@aws-sdk/client-lambda';
import { invalidParameter } from '../refusals.ts';
import type { Architecture } from './function-record.ts';

/** Everything but name, code and tags, as Lambda's API names it; what is absent is not asked for. */
export type RequestedSettings = Readonly<Partial<Omit<CreateFunctionRequest, 'FunctionName' | 'Code' | 'Publish' | 'Tags'>>>;

interface Refusal {
  readonly setting: string;
  readonly isAsked: (requested: RequestedSettings) => boolean;
  readonly because: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    setting: 'PackageType Image',
    isAsked: ({ PackageType, ImageConfig }) => (PackageType ?? 'Zip') !== 'Zip' || Object.values(ImageConfig ?? {}).some(isGiven),
    because: 'Container images are not served. Deploy a .zip archive with PackageType Zip.',
  },
  {
    setting: 'VpcConfig',
    isAsked: ({ VpcConfig }) =>
      isGiven(VpcConfig?.SubnetIds) || isGiven(VpcConfig?.SecurityGroupIds) || VpcConfig?.Ipv6AllowedForDualStack === true,
    because: 'There are no VPCs here. Leave the lists of subnets and security groups empty.',
  },
  {
    setting: 'FileSystemConfigs',
    isAsked: ({ FileSystemConfigs }) => isGiven(FileSystemConfigs),
    because: 'File systems cannot be mounted. Use /tmp (EphemeralStorage) or a bucket.',
  },
  {
    setting: 'KMSKeyArn',
    isAsked: ({ KMSKeyArn }) => isGiven(KMSKeyArn),
    because: "There is no KMS. Environments are always encrypted, with the platform's own key.",
  },
  {
    setting: 'TracingConfig Active',
    isAsked: ({ TracingConfig }) => (TracingConfig?.Mode ?? 'PassThrough') !== 'PassThrough',
    because: 'There is no X-Ray. With PassThrough the trace header reaches the function.',
  },
  {
    setting: 'LoggingConfig JSON',
    isAsked: ({ LoggingConfig: logging }) =>
      (logging?.LogFormat ?? 'Text') !== 'Text' || isGiven(logging?.ApplicationLogLevel) || isGiven(logging?.SystemLogLevel),
    because: 'Logs are written as text. Use LogFormat Text, which has no levels.',
  },
  {
    setting: 'CodeSigningConfigArn',
    isAsked: ({ CodeSigningConfigArn }) => isGiven(CodeSigningConfigArn),
    because: 'Code signing is not served.',
  },
  {
    setting: 'CapacityProviderConfig',
    isAsked: ({ CapacityProviderConfig, PublishTo }) => CapacityProviderConfig !== undefined || PublishTo !== undefined,
    because: 'There are no capacity providers: every function runs on this platform.',
  },
  {
    setting: 'DurableConfig.KMSKeyArn',
    isAsked: ({ DurableConfig }) => isGiven(DurableConfig?.KMSKeyArn),
    because: 'There is no KMS. Put the data folder on an encrypted disk.',
  },
];

/** Throws InvalidParameterValueException for the first that cannot be honoured. */
export function refuseUnservedSettings(requested: RequestedSettings, hostArchitecture: Architecture): void {
  const refused = REFUSALS.find((refusal) => refusal.isAsked(requested));
  if (refused !== undefined) throw invalidParameter(`${refused.setting} cannot be honoured. ${refused.because}`);
  const foreign = requested.Architectures?.find((architecture) => architecture !== hostArchitecture);
  if (foreign !== undefined)
    throw invalidParameter(`Architecture ${foreign} cannot be honoured: this machine runs ${hostArchitecture} and nothing else.`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}
