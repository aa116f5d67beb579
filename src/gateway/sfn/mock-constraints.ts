// What AWS knows of answers and the frozen models do not, whose constraints are those of requests: ranges and values of well-known members, and answers of
// services that are not served here but are mocked often.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html

import type { MockMember, MockSchema } from '#workflows';

/** By service and member: each of them means the same in all answers of its service. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, MockSchema>>>> = {
  lambda: {
    MemorySize: { kind: 'number', min: 128, max: 10_240 },
    Timeout: { kind: 'number', min: 1 },
    PackageType: oneOf('Zip', 'Image'),
    State: oneOf('Pending', 'Active', 'Inactive', 'Failed'),
    LastUpdateStatus: oneOf('Successful', 'Failed', 'InProgress'),
    LogFormat: oneOf('JSON', 'Text'),
  },
  s3: {
    StorageClass: oneOf(
      'STANDARD',
      'REDUCED_REDUNDANCY',
      'STANDARD_IA',
      'ONEZONE_IA',
      'INTELLIGENT_TIERING',
      'GLACIER',
      'DEEP_ARCHIVE',
      'OUTPOSTS',
      'GLACIER_IR',
      'SNOW',
      'EXPRESS_ONEZONE',
      'FSX_OPENZFS',
    ),
    ServerSideEncryption: oneOf('AES256', 'aws:fsx', 'aws:kms', 'aws:kms:dsse'),
    ReplicationStatus: oneOf('COMPLETE', 'PENDING', 'FAILED', 'REPLICA', 'COMPLETED'),
    RequestCharged: oneOf('requester'),
    ObjectLockMode: oneOf('GOVERNANCE', 'COMPLIANCE'),
    ObjectLockLegalHoldStatus: oneOf('ON', 'OFF'),
    ChecksumType: oneOf('COMPOSITE', 'FULL_OBJECT'),
  },
  dynamodb: {
    TableStatus: oneOf(
      'CREATING',
      'UPDATING',
      'DELETING',
      'ACTIVE',
      'INACCESSIBLE_ENCRYPTION_CREDENTIALS',
      'ARCHIVING',
      'ARCHIVED',
      'REPLICATION_NOT_AUTHORIZED',
    ),
    BillingMode: oneOf('PROVISIONED', 'PAY_PER_REQUEST'),
  },
};

const KEY_ID: MockSchema = { kind: 'string', lengthMin: 1, lengthMax: 2048 };
const ALGORITHM = oneOf('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE');
const CIPHERTEXT: MockSchema = { kind: 'string', lengthMin: 1, lengthMax: 6144 };
const PLAINTEXT: MockSchema = { kind: 'string', lengthMin: 1, lengthMax: 4096 };

const ANSWERS: Readonly<Record<string, MockSchema>> = {
  'kms:encrypt': answer({ CiphertextBlob: CIPHERTEXT, KeyId: KEY_ID, EncryptionAlgorithm: ALGORITHM }),
  'kms:decrypt': answer({ Plaintext: PLAINTEXT, KeyId: KEY_ID, EncryptionAlgorithm: ALGORITHM }),
  'kms:generateDataKey': answer({ CiphertextBlob: CIPHERTEXT, Plaintext: PLAINTEXT, KeyId: KEY_ID }),
};

export function knownMember(service: string, member: string): MockSchema | undefined {
  const members = MEMBERS[service];
  return members !== undefined && Object.hasOwn(members, member) ? members[member] : undefined;
}

export function knownAnswer(service: string, action: string): MockSchema | undefined {
  const name = `${service}:${action}`;
  return Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
}

function oneOf(...values: readonly string[]): MockSchema {
  return { kind: 'string', values };
}

function answer(members: Readonly<Record<string, MockSchema>>): MockSchema {
  const all: readonly MockMember[] = Object.entries(members).map(([name, schema]) => ({ name, isRequired: false, schema }));
  return { kind: 'structure', members: () => all };
}
