// Terraform and its AWS provider: makes buckets with everything that is served around them, finds nothing to change afterwards, and removes
// all of it. Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { s3House } from '../support/s3-house.ts';
import { findProgram, runProgram } from './programs.ts';

const plugins = process.env['MAYFLY_TERRAFORM_PLUGINS'];
const reason =
  findProgram('terraform') === undefined
    ? 'terraform is not installed'
    : plugins === undefined
      ? 'MAYFLY_TERRAFORM_PLUGINS is not set'
      : false;

const CONFIGURATION = `
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags { tags = { made_by = "terraform" } }
}
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

test('Terraform applies, finds nothing to change, and destroys', { skip: reason }, async (t) => {
  const { endpoint, credentials, buckets, scope } = await s3House(t);
  const cwd = mkdtempSync(join(tmpdir(), 'mayfly-terraform-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'main.tf'), CONFIGURATION);
  writeFileSync(
    join(cwd, 'terraform.rc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(plugins)}\n  }\n}\n`,
  );
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: join(cwd, 'terraform.rc'),
    TF_IN_AUTOMATION: '1',
  };
  const terraform = (...rest: readonly string[]) => runProgram({ program: 'terraform', arguments: rest, cwd, environment });
  await terraform('init', '-no-color');
  await terraform('apply', '-auto-approve', '-no-color');
  assert.equal((await buckets.listObjects({ scope, bucket: 'terraform-photos', limit: 10 })).objects.length, 1);
  // Exit code 2, and thus a rejection, would mean that something is to be changed.
  await terraform('plan', '-detailed-exitcode', '-no-color');
  const left = await buckets.readObject(scope, 'terraform-photos', 'in/a note.txt');
  assert.equal(Buffer.concat(await left.content.toArray()).toString(), 'hello');
  await terraform('destroy', '-auto-approve', '-no-color');
  assert.deepEqual((await buckets.listBuckets({ scope, limit: 10 })).buckets, []);
});
