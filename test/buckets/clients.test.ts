// Clients that nobody here wrote: AWS CLI, boto3, rclone and s3cmd create, upload, list, download, copy and remove, with files small and
// large and names that are hard. Each is skipped where it is not installed.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { openS3House, type S3House } from '../support/s3-house.ts';
import { findProgram, runProgram } from './programs.ts';

let house: S3House | undefined;
let opening: Promise<S3House> | undefined;
const open = async () => (house ??= await (opening ??= openS3House()));
before(open);
after(() => house?.close());

/** Large enough that every client sends it in parts. */
const LARGE = Buffer.alloc(20 * 1024 * 1024, 'a large file ');

async function workshop(t: TestContext) {
  const { endpoint, credentials } = await open();
  const cwd = mkdtempSync(join(tmpdir(), 'mayfly-clients-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  mkdirSync(join(cwd, 'in', 'sub dir'), { recursive: true });
  writeFileSync(join(cwd, 'in', 'small + ü.txt'), 'small');
  writeFileSync(join(cwd, 'in', 'sub dir', 'empty'), '');
  writeFileSync(join(cwd, 'in', 'large'), LARGE);
  const environment = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    cwd,
    endpoint,
    credentials,
    run: (program: string, ...rest: readonly string[]) => runProgram({ program, arguments: rest, cwd, environment }),
    same: () => {
      for (const name of ['small + ü.txt', join('sub dir', 'empty'), 'large'])
        assert.ok(readFileSync(join(cwd, 'out', name)).equals(readFileSync(join(cwd, 'in', name))), name);
    },
  };
}

for (const [name, path, bucket] of [
  ['AWS CLI', 'aws', 'cli-one'],
  ["Debian's AWS CLI", '/usr/bin/aws', 'cli-two'],
] as const)
  test(name, { skip: findProgram(path) === undefined ? `${path} is not installed` : false }, async (t) => {
    const { run, same, endpoint } = await workshop(t);
    const aws = (...rest: readonly string[]) => run(findProgram(path) ?? path, '--endpoint-url', endpoint, ...rest);
    await aws('s3', 'mb', `s3://${bucket}`);
    await aws('s3', 'sync', 'in', `s3://${bucket}/pre fix`);
    assert.match(await aws('s3', 'ls', '--recursive', `s3://${bucket}`), /pre fix\/small \+ ü\.txt/);
    assert.doesNotMatch(await aws('s3', 'sync', 'in', `s3://${bucket}/pre fix`), /upload/, 'a second sync finds nothing to do');
    await aws('s3', 'sync', `s3://${bucket}/pre fix`, 'out');
    same();
    await aws('s3', 'cp', `s3://${bucket}/pre fix/large`, `s3://${bucket}/copy of large`);
    const head = JSON.parse(await aws('s3api', 'head-object', '--bucket', bucket, '--key', 'copy of large')) as {
      ContentLength: number;
    };
    assert.equal(head.ContentLength, LARGE.length);
    await assert.rejects(aws('s3api', 'get-object', '--bucket', bucket, '--key', 'nope', 'x'), /NoSuchKey/);
    const url = (await aws('s3', 'presign', `s3://${bucket}/pre fix/small + ü.txt`)).trim();
    assert.equal(await (await fetch(url)).text(), 'small');
    await aws('s3', 'rb', '--force', `s3://${bucket}`);
  });

for (const [name, python, bucket] of [
  ['boto3', 'python3', 'boto-one'],
  ["Debian's boto3", '/usr/bin/python3', 'boto-two'],
] as const)
  test(name, async (t) => {
    const { run, same, endpoint, cwd } = await workshop(t);
    const path = findProgram(python);
    if (path === undefined || (await run(path, '-c', 'import boto3').catch(() => undefined)) === undefined) {
      t.skip(`${python} has no boto3`);
      return;
    }
    writeFileSync(join(cwd, 'drive.py'), BOTO);
    assert.match(await run(path, 'drive.py', endpoint, bucket), /all is well/);
    same();
  });

const BOTO = `
import os, sys, boto3, urllib.request
from botocore.client import Config
from botocore.exceptions import ClientError
endpoint, bucket = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=endpoint, config=Config(signature_version='s3v4'))
s3.create_bucket(Bucket=bucket)
files = ['small + ü.txt', 'sub dir/empty', 'large']
for name in files:
    s3.upload_file('in/' + name, bucket, 'a//b/' + name, ExtraArgs={'Metadata': {'name': 'x'}})
keys = [o['Key'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, PaginationConfig={'PageSize': 1}) for o in page['Contents']]
assert sorted(keys) == sorted('a//b/' + name for name in files), keys
for name in files:
    os.makedirs(os.path.dirname('out/' + name), exist_ok=True)
    s3.download_file(bucket, 'a//b/' + name, 'out/' + name)
assert s3.head_object(Bucket=bucket, Key='a//b/large')['Metadata'] == {'name': 'x'}
assert s3.get_object(Bucket=bucket, Key='a//b/large', Range='bytes=0-6')['Body'].read() == b'a large'
s3.put_object_tagging(Bucket=bucket, Key='a//b/large', Tagging={'TagSet': [{'Key': 'k', 'Value': 'v'}]})
assert s3.get_object_tagging(Bucket=bucket, Key='a//b/large')['TagSet'] == [{'Key': 'k', 'Value': 'v'}]
try:
    s3.get_object(Bucket=bucket, Key='nope'); assert False
except ClientError as e:
    assert e.response['Error']['Code'] == 'NoSuchKey', e
for version in ['s3', 's3v4']:
    signer = boto3.client('s3', endpoint_url=endpoint, config=Config(signature_version=version))
    url = signer.generate_presigned_url('get_object', Params={'Bucket': bucket, 'Key': 'a//b/small + ü.txt'})
    assert urllib.request.urlopen(url).read() == b'small', url
    put = signer.generate_presigned_url('put_object', Params={'Bucket': bucket, 'Key': 'put'})
    urllib.request.urlopen(urllib.request.Request(put, data=b'by url', method='PUT', headers={'Content-Type': ''} if version == 's3' else {}))
    assert s3.get_object(Bucket=bucket, Key='put')['Body'].read() == b'by url'
boto3.resource('s3', endpoint_url=endpoint).Bucket(bucket).objects.all().delete()
s3.delete_bucket(Bucket=bucket)
print('all is well')
`;

test('rclone', { skip: findProgram('rclone') === undefined ? 'rclone is not installed' : false }, async (t) => {
  const { run, same, endpoint, credentials, cwd } = await workshop(t);
  const remote = `[m]\ntype = s3\nprovider = Other\naccess_key_id = ${credentials.accessKeyId}\nsecret_access_key = ${credentials.secretAccessKey}\nendpoint = ${endpoint}\nforce_path_style = true\n`;
  writeFileSync(join(cwd, 'rclone.conf'), remote);
  const rclone = (...rest: readonly string[]) =>
    run('rclone', '--config', 'rclone.conf', '--s3-upload-cutoff', '8M', '--retries', '1', ...rest);
  await rclone('copy', 'in', 'm:rclone/deep/er');
  await rclone('check', 'in', 'm:rclone/deep/er', '--download');
  await rclone('copy', 'm:rclone/deep/er', 'out');
  same();
  await rclone('copyto', 'm:rclone/deep/er/large', 'm:rclone/copied');
  assert.match(await rclone('lsf', '-R', 'm:rclone'), /^copied$/m);
  await rclone('purge', 'm:rclone');
  assert.doesNotMatch(await rclone('lsd', 'm:'), /rclone/);
});

test('s3cmd', { skip: findProgram('s3cmd') === undefined ? 's3cmd is not installed' : false }, async (t) => {
  const { run, endpoint, credentials, cwd } = await workshop(t);
  const { host } = new URL(endpoint);
  const config = `[default]\naccess_key = ${credentials.accessKeyId}\nsecret_key = ${credentials.secretAccessKey}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = False\nmultipart_chunk_size_mb = 8\n`;
  writeFileSync(join(cwd, 's3cfg'), config);
  const s3cmd = (...rest: readonly string[]) => run('s3cmd', '-c', 's3cfg', '--no-progress', ...rest);
  await s3cmd('mb', 's3://s3cmd');
  await s3cmd('put', 'in/large', 's3://s3cmd/a b/large');
  await s3cmd('put', 'in/small + ü.txt', 's3://s3cmd/a b/');
  assert.match(await s3cmd('ls', '--recursive', 's3://s3cmd'), /small \+ ü\.txt/);
  assert.match(await s3cmd('info', 's3://s3cmd/a b/large'), /File size: 20971520/);
  await s3cmd('cp', 's3://s3cmd/a b/large', 's3://s3cmd/copy');
  await s3cmd('get', 's3://s3cmd/copy', 'got');
  assert.ok(readFileSync(join(cwd, 'got')).equals(LARGE));
  await s3cmd('del', '--recursive', '--force', 's3://s3cmd');
  await s3cmd('rb', 's3://s3cmd');
});
