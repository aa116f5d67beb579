// The documents that tell of a bucket's changes, in S3's three forms: records, details of EventBridge's events, and the test event. Pure.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

import { createHash } from 'node:crypto';
import type { BucketNotification, ObjectChange, ObjectEventName, TestEvent } from '#buckets';

/** The document that functions, queues and topics get: one record, as S3 sends them. */
export function eventDocument(change: ObjectChange, { id }: Pick<BucketNotification, 'id'>) {
  const { scope, bucket, actor, event } = change;
  return {
    Records: [
      {
        eventVersion: event.startsWith('s3:ObjectTagging:') ? '2.3' : '2.1',
        eventSource: 'aws:s3',
        awsRegion: scope.region,
        eventTime: new Date(change.atMs).toISOString(),
        eventName: event.slice('s3:'.length),
        userIdentity: { principalId: actor.principalId },
        requestParameters: { sourceIPAddress: actor.sourceAddress },
        responseElements: {
          'x-amz-request-id': actor.requestId,
          'x-amz-id-2': hostIdOf(actor.requestId),
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: id,
          bucket: { name: bucket, ownerIdentity: { principalId: scope.account }, arn: `arn:aws:s3:::${bucket}` },
          object: objectOf(change),
        },
      },
    ],
  };
}

function objectOf({ key, object, sequencer }: ObjectChange) {
  const name = encodedKey(key);
  return object === undefined ? { key: name, sequencer } : { key: name, size: object.bytes, eTag: object.etag, sequencer };
}

/** As a form would have it: functions decode it with `replace(/\+/g, ' ')` and `decodeURIComponent`, as AWS's examples show. */
function encodedKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

const BUS_EVENTS: Readonly<Record<ObjectEventName, { readonly type: string; readonly reason?: string }>> = {
  's3:ObjectCreated:Put': { type: 'Object Created', reason: 'PutObject' },
  's3:ObjectCreated:Copy': { type: 'Object Created', reason: 'CopyObject' },
  's3:ObjectCreated:CompleteMultipartUpload': { type: 'Object Created', reason: 'CompleteMultipartUpload' },
  's3:ObjectRemoved:Delete': { type: 'Object Deleted', reason: 'DeleteObject' },
  's3:ObjectTagging:Put': { type: 'Object Tags Added' },
  's3:ObjectTagging:Delete': { type: 'Object Tags Deleted' },
};

export function busDetailType(event: ObjectEventName): string {
  return BUS_EVENTS[event].type;
}

/** Keys stand in it as they are. */
export function busDetail(change: ObjectChange) {
  const { scope, bucket, actor, event } = change;
  const { type, reason } = BUS_EVENTS[event];
  return {
    version: '0',
    bucket: { name: bucket },
    object: busObject(change),
    'request-id': actor.requestId,
    requester: scope.account,
    'source-ip-address': actor.sourceAddress,
    ...(reason === undefined ? {} : { reason }),
    ...(type === 'Object Deleted' ? { 'deletion-type': 'Permanently Deleted' } : {}),
  };
}

/** Events of tags have neither a size nor a sequencer. */
function busObject({ event, key, object, sequencer }: ObjectChange) {
  if (event.startsWith('s3:ObjectTagging:')) return { key, ...(object === undefined ? {} : { etag: object.etag }) };
  return object === undefined ? { key, sequencer } : { key, size: object.bytes, etag: object.etag, sequencer };
}

export function testDocument({ bucket, requestId, atMs }: TestEvent) {
  return {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(atMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostIdOf(requestId),
  };
}

function hostIdOf(requestId: string): string {
  return createHash('sha256').update(requestId).digest('base64');
}
