// Terraform and its AWS provider against our endpoint: applies, finds nothing to change afterwards, and removes all of it. Runs where
// MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram, runProgram } from '../buckets/programs.ts';

const plugins = process.env['MAYFLY_TERRAFORM_PLUGINS'];

/** Why these tests are skipped here; false where they are not. */
export const NO_TERRAFORM =
  findProgram('terraform') === undefined
    ? 'terraform is not installed'
    : plugins === undefined
      ? 'MAYFLY_TERRAFORM_PLUGINS is not set'
      : false;

export interface Deployment {
  readonly endpoint: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Without the provider, which is configured for our endpoint. */
  readonly resources: string;
  readonly whenApplied: () => Promise<void>;
  /** What is applied in their place afterwards. */
  readonly updated?: string;
  readonly whenUpdated?: () => Promise<void>;
}

export async function inTerraform(t: TestContext, deployment: Deployment): Promise<void> {
  const { endpoint, key, resources, whenApplied, updated, whenUpdated } = deployment;
  const cwd = mkdtempSync(join(tmpdir(), 'mayfly-terraform-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'main.tf'), PROVIDER + resources);
  writeFileSync(
    join(cwd, 'terraform.rc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(plugins)}\n  }\n}\n`,
  );
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: join(cwd, 'terraform.rc'),
    TF_IN_AUTOMATION: '1',
  };
  const terraform = (...rest: readonly string[]) => runProgram({ program: 'terraform', arguments: rest, cwd, environment });
  await terraform('init', '-no-color');
  await terraform('apply', '-auto-approve', '-no-color');
  await whenApplied();
  // Exit code 2, and thus a rejection, would mean that something is to be changed.
  await terraform('plan', '-detailed-exitcode', '-no-color');
  if (updated !== undefined) {
    writeFileSync(join(cwd, 'main.tf'), PROVIDER + updated);
    await terraform('apply', '-auto-approve', '-no-color');
    await whenUpdated?.();
    await terraform('plan', '-detailed-exitcode', '-no-color');
  }
  await terraform('destroy', '-auto-approve', '-no-color');
}

const PROVIDER = `
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
`;
