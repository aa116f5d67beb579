// Operations of SNS that Mayfly has nothing behind: text messages, pushes to phones, data protection. Each says what to do instead.

import { ApiError } from '#kernel';
import type { SnsHandlers } from './operation.ts';

function refuse(sentence: string): () => Promise<never> {
  return () => Promise.reject(new ApiError('InvalidParameter', `Invalid parameter: Action Reason: ${sentence}`));
}

const noTexts = refuse('Text messages are not sent from here. Subscribe a function that calls your provider.');
const noPushes = refuse('Push notifications to phones are not sent from here. Subscribe a function that calls your push service.');
const noDataProtection = refuse('Messages are not searched for sensitive data here. Subscribe a function that does it.');

export const featuresNotOffered = {
  CheckIfPhoneNumberIsOptedOut: noTexts,
  CreatePlatformApplication: noPushes,
  CreatePlatformEndpoint: noPushes,
  CreateSMSSandboxPhoneNumber: noTexts,
  DeleteEndpoint: noPushes,
  DeletePlatformApplication: noPushes,
  DeleteSMSSandboxPhoneNumber: noTexts,
  GetDataProtectionPolicy: noDataProtection,
  GetEndpointAttributes: noPushes,
  GetPlatformApplicationAttributes: noPushes,
  GetSMSAttributes: noTexts,
  GetSMSSandboxAccountStatus: noTexts,
  ListEndpointsByPlatformApplication: noPushes,
  ListOriginationNumbers: noTexts,
  ListPhoneNumbersOptedOut: noTexts,
  ListPlatformApplications: noPushes,
  ListSMSSandboxPhoneNumbers: noTexts,
  OptInPhoneNumber: noTexts,
  PutDataProtectionPolicy: noDataProtection,
  SetEndpointAttributes: noPushes,
  SetPlatformApplicationAttributes: noPushes,
  SetSMSAttributes: noTexts,
  VerifySMSSandboxPhoneNumber: noTexts,
} satisfies SnsHandlers;
