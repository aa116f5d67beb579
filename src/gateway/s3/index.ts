// S3: the operations on buckets and objects. Each is thin: AWS's members → the room's verb → AWS's members. What is not done is refused by
// name in features-not-offered.ts and refused-members.ts.

import type { Buckets } from '#buckets';
import { abortMultipartUpload } from './abort-multipart-upload.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './access-control-lists.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './bucket-cors.ts';
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from './bucket-notifications.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './bucket-tagging.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { createBucket } from './create-bucket.ts';
import { createMultipartUpload } from './create-multipart-upload.ts';
import { deleteBucket } from './delete-bucket.ts';
import { deleteObject } from './delete-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { featuresNotOffered } from './features-not-offered.ts';
import { freshBucketHandlers } from './fresh-bucket.ts';
import { getBucketLocation } from './get-bucket-location.ts';
import { getObjectAttributes } from './get-object-attributes.ts';
import { getObject } from './get-object.ts';
import { guarded } from './guarded.ts';
import { headBucket } from './head-bucket.ts';
import { headObject } from './head-object.ts';
import { listBuckets } from './list-buckets.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjectsV2 } from './list-objects-v2.ts';
import { listObjects } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import type { S3Handlers } from './operation.ts';
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketOwnershipControls,
  getPublicAccessBlock,
  putBucketOwnershipControls,
  putPublicAccessBlock,
} from './public-access.ts';
import { putObject } from './put-object.ts';
import { uploadPartCopy } from './upload-part-copy.ts';
import { uploadPart } from './upload-part.ts';

export { createCrossOriginRoute } from './cross-origin-route.ts';
export type { CrossOriginRouteOptions } from './cross-origin-route.ts';
export type { S3Handlers } from './operation.ts';

export function createS3Handlers({ buckets }: { readonly buckets: Buckets }): S3Handlers {
  return guarded({
    ...freshBucketHandlers(buckets),
    ...featuresNotOffered(buckets),
    AbortMultipartUpload: abortMultipartUpload(buckets),
    CompleteMultipartUpload: completeMultipartUpload(buckets),
    CopyObject: copyObject(buckets),
    CreateBucket: createBucket(buckets),
    CreateMultipartUpload: createMultipartUpload(buckets),
    DeleteBucket: deleteBucket(buckets),
    DeleteBucketCors: deleteBucketCors(buckets),
    DeleteBucketOwnershipControls: deleteBucketOwnershipControls(buckets),
    DeleteBucketTagging: deleteBucketTagging(buckets),
    DeleteObject: deleteObject(buckets),
    DeleteObjectTagging: deleteObjectTagging(buckets),
    DeleteObjects: deleteObjects(buckets),
    DeletePublicAccessBlock: deletePublicAccessBlock(buckets),
    GetBucketAcl: getBucketAcl(buckets),
    GetBucketCors: getBucketCors(buckets),
    GetBucketLocation: getBucketLocation(buckets),
    GetBucketNotificationConfiguration: getBucketNotificationConfiguration(buckets),
    GetBucketOwnershipControls: getBucketOwnershipControls(buckets),
    GetBucketTagging: getBucketTagging(buckets),
    GetObject: getObject(buckets),
    GetObjectAcl: getObjectAcl(buckets),
    GetObjectAttributes: getObjectAttributes(buckets),
    GetObjectTagging: getObjectTagging(buckets),
    GetPublicAccessBlock: getPublicAccessBlock(buckets),
    HeadBucket: headBucket(buckets),
    HeadObject: headObject(buckets),
    ListBuckets: listBuckets(buckets),
    ListMultipartUploads: listMultipartUploads(buckets),
    ListObjectVersions: listObjectVersions(buckets),
    ListObjects: listObjects(buckets),
    ListObjectsV2: listObjectsV2(buckets),
    ListParts: listParts(buckets),
    PutBucketAcl: putBucketAcl(buckets),
    PutBucketCors: putBucketCors(buckets),
    PutBucketNotificationConfiguration: putBucketNotificationConfiguration(buckets),
    PutBucketOwnershipControls: putBucketOwnershipControls(buckets),
    PutBucketTagging: putBucketTagging(buckets),
    PutObject: putObject(buckets),
    PutObjectAcl: putObjectAcl(buckets),
    PutObjectTagging: putObjectTagging(buckets),
    PutPublicAccessBlock: putPublicAccessBlock(buckets),
    UploadPart: uploadPart(buckets),
    UploadPartCopy: uploadPartCopy(buckets),
  });
}
