// The worker thread that opens zips: takes one job at a time, answers with a summary, a refusal or a fault.

import { parentPort } from 'node:worker_threads';
import assert from 'node:assert/strict';
import { RefusedArchive } from './archive-rules.ts';
import type { ArchiveSummary } from './unzip.ts';
import { extractArchive, inspectArchive } from './unzip.ts';

export type UnzipJob =
  | { readonly kind: 'inspect'; readonly archive: string }
  | { readonly kind: 'extract'; readonly archive: string; readonly target: string; readonly temporary: string };

export type UnzipAnswer =
  | { readonly kind: 'done'; readonly summary: ArchiveSummary }
  | { readonly kind: 'refused'; readonly reason: string; readonly tooLarge: boolean }
  /** Errors lose their members between threads; what a reader needs is copied. */
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };

async function answer(job: UnzipJob): Promise<UnzipAnswer> {
  try {
    const summary =
      job.kind === 'inspect' ? await inspectArchive(job.archive) : await extractArchive(job.archive, job.target, job.temporary);
    return { kind: 'done', summary };
  } catch (error) {
    if (error instanceof RefusedArchive) return { kind: 'refused', reason: error.message, tooLarge: error.tooLarge };
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error), code };
  }
}

assert(parentPort, 'this file runs as a worker thread');
const port = parentPort;
port.on('message', (job: UnzipJob) => void answer(job).then((result) => port.postMessage(result)));
