// Terraform and its AWS provider: makes buckets with everything that is served around them, finds nothing to change afterwards, and removes
// all of it. Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { s3House } from '../support/s3-house.ts';
import { inTerraform, NO_TERRAFORM } from '../support/terraform.ts';

const RESOURCES = `
resource "aws_s3_bucket" "photos" {
  bucket        = "terraform-photos"
  force_destroy = true
  tags          = { team = "blue" }
}
resource "aws_s3_bucket_ownership_controls" "photos" {
  bucket = aws_s3_bucket.photos.id
  rule { object_ownership = "BucketOwnerEnforced" }
}
resource "aws_s3_bucket_public_access_block" "photos" {
  bucket                  = aws_s3_bucket.photos.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_cors_configuration" "photos" {
  bucket = aws_s3_bucket.photos.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://example.test"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 60
  }
}
resource "aws_s3_bucket_notification" "photos" {
  bucket = aws_s3_bucket.photos.id
  lambda_function {
    lambda_function_arn = "arn:aws:lambda:us-east-1:111111111111:function:thumbnails"
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
    filter_suffix       = ".jpg"
  }
}
resource "aws_s3_object" "note" {
  bucket  = aws_s3_bucket.photos.id
  key     = "in/a note.txt"
  content = "hello"
  tags    = { kind = "note" }
}
`;

test('Terraform applies, finds nothing to change, and destroys', { skip: NO_TERRAFORM }, async (t) => {
  const { endpoint, credentials, buckets, scope } = await s3House(t);
  await inTerraform(t, {
    endpoint,
    key: credentials,
    resources: RESOURCES,
    async whenApplied() {
      assert.equal((await buckets.listObjects({ scope, bucket: 'terraform-photos', limit: 10 })).objects.length, 1);
      const left = await buckets.readObject(scope, 'terraform-photos', 'in/a note.txt');
      assert.equal(Buffer.concat(await left.content.toArray()).toString(), 'hello');
    },
  });
  assert.deepEqual((await buckets.listBuckets({ scope, limit: 10 })).buckets, []);
});
