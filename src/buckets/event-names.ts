// The names of bucket events, as notification configurations select them.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

/** The events that happen here. */
export type ObjectEventName =
  | 's3:ObjectCreated:Put'
  | 's3:ObjectCreated:Copy'
  | 's3:ObjectCreated:CompleteMultipartUpload'
  | 's3:ObjectRemoved:Delete'
  | 's3:ObjectTagging:Put'
  | 's3:ObjectTagging:Delete';

/**
 * Families that S3 lets one subscribe to as a whole, and single events. What happens here are the events above: the others belong
 * to features that a bucket here cannot be given (versions, lifecycles, replication, archives), and never fire, as in an S3 bucket
 * without those features.
 */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  's3:ObjectCreated': ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  's3:ObjectRemoved': ['Delete', 'DeleteMarkerCreated'],
  's3:ObjectRestore': ['Post', 'Completed', 'Delete'],
  's3:ObjectTagging': ['Put', 'Delete'],
  's3:ObjectAnnotation': ['Put', 'Delete'],
  's3:LifecycleExpiration': ['Delete', 'DeleteMarkerCreated'],
  's3:Replication': [
    'OperationFailedReplication',
    'OperationMissedThreshold',
    'OperationReplicatedAfterThreshold',
    'OperationNotTracked',
  ],
};
const SINGLES = [
  's3:ReducedRedundancyLostObject',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectAcl:Put',
  's3:ObjectRetention:Put',
];

const KNOWN: ReadonlySet<string> = new Set([
  ...SINGLES,
  ...Object.entries(FAMILIES).flatMap(([family, members]) => [`${family}:*`, ...members.map((member) => `${family}:${member}`)]),
]);

export function isEventSelector(name: string): boolean {
  return KNOWN.has(name);
}

/** `s3:ObjectCreated:*` selects every event of its family. */
export function selectsEvent(selector: string, event: string): boolean {
  return selector === event || (selector.endsWith(':*') && event.startsWith(selector.slice(0, -1)));
}

/** Whether some event is selected by both. */
export function selectorsOverlap(one: string, other: string): boolean {
  return selectsEvent(one, other) || selectsEvent(other, one);
}
