// The link under which an archive can be downloaded for a few minutes, as Lambda's presigned ones.

import type { Registry } from '#registry';
import type { CallContext } from '../operation.ts';

export const CODE_DOWNLOAD_PATH = '/_mayfly/code/';

export const downloadLocation = (
  registry: Registry,
  { endpoint }: CallContext,
  hash: Parameters<Registry['downloads']['issue']>[0],
) => `${endpoint}${CODE_DOWNLOAD_PATH}${registry.downloads.issue(hash)}`;
