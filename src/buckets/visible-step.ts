// The step that makes an object or a part visible: what came of it is settled here, and what it leaves behind is let go.

import { ApiError } from '#kernel';
import type { NewDelivery, ObjectCondition, PutOutcome } from '#store';
import { noSuchBucket, type Bucket } from './bucket-settings.ts';
import { preconditionFailed } from './conditions.ts';
import type { ObjectChange } from './object-change.ts';
import type { ObjectRef, Room } from './room.ts';

export interface VisibleStep {
  readonly ref: ObjectRef;
  readonly condition: ObjectCondition;
  /** Blobs that were written for this step: they go if it does not happen. */
  readonly written: readonly string[];
  readonly run: () => Promise<PutOutcome>;
}

export async function makeVisible(room: Room, step: VisibleStep): Promise<void> {
  let outcome: PutOutcome;
  try {
    outcome = await step.run();
  } catch (error) {
    room.lifetimes.letGo(step.written);
    throw error;
  }
  if (outcome.kind === 'put') {
    room.lifetimes.letGo(outcome.orphans);
    return;
  }
  room.lifetimes.letGo(step.written);
  throw refusalOf(step, outcome);
}

function refusalOf({ ref, condition }: VisibleStep, outcome: Exclude<PutOutcome, { kind: 'put' }>): ApiError {
  switch (outcome.kind) {
    case 'noBucket':
      return noSuchBucket(ref.bucket);
    case 'noUpload':
      return noSuchUpload();
    case 'noPart':
      return invalidPart();
    case 'conditionFailed':
      if (outcome.found === undefined) return noSuchKey(ref.key);
      return preconditionFailed(condition.kind === 'absent' ? 'If-None-Match' : 'If-Match');
    default:
      return outcome satisfies never;
  }
}

/** Made in the turn in which the step is handed to the store (see `createChangeSequence`). */
export function deliveriesOf(room: Room, bucket: Bucket, change: Omit<ObjectChange, 'scope' | 'bucket'>): readonly NewDelivery[] {
  const { notifications } = bucket.settings;
  if (notifications === undefined) return [];
  return room.deliveriesFor({ ...change, scope: bucket.scope, bucket: bucket.bucket }, notifications);
}

export function noSuchKey(key: string): ApiError {
  return new ApiError('NoSuchKey', 'The specified key does not exist.', { fields: { Key: key } });
}

export function noSuchUpload(): ApiError {
  return new ApiError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

export function invalidPart(number?: number): ApiError {
  return new ApiError(
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    number === undefined ? {} : { fields: { PartNumber: number } },
  );
}
