// A change of an object becomes the events that its bucket's notification configurations ask for. Pure, but for the ids that it draws.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

import { createHash } from 'node:crypto';
import { notificationsFor, type DeliveriesFor, type FunctionNotification, type ObjectChange } from '#buckets';
import { EVENT_LANE } from '#invocation';
import type { Random } from '#kernel';

/** What the buckets room is given: it accepts these deliveries in the step that makes the change visible. */
export function createBucketNotifications({ random }: { readonly random: Random }): DeliveriesFor {
  return (change, configuration) =>
    notificationsFor(configuration, change.event, change.key).map((notification) => ({
      id: random.uuid(),
      scope: change.scope,
      lane: EVENT_LANE,
      target: notification.functionArn,
      payload: Buffer.from(JSON.stringify(eventDocument(change, notification))),
      attributes: {},
      acceptedAtMs: change.atMs,
      dueAtMs: change.atMs,
    }));
}

/** The document that a function gets: one record, as S3 sends them. */
export function eventDocument(change: ObjectChange, { id }: Pick<FunctionNotification, 'id'>) {
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
          'x-amz-id-2': createHash('sha256').update(actor.requestId).digest('base64'),
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
