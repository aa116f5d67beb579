// The process of expressions: one job after another, each of which may be its last.

import { LIMITS } from '#kernel';
import { readExpression } from './expression.ts';
import { givenOf } from './expression-messages.ts';
import type { Job, JobAnswer } from './expression-messages.ts';
import { EvaluationError } from './failure.ts';
import { evaluateJsonata } from './jsonata.ts';

process.on('message', (job: Job) => void answer(job));
// The platform is gone.
process.on('disconnect', () => process.exit());

async function answer(job: Job): Promise<void> {
  process.send?.(await evaluated(job));
}

async function evaluated(job: Job): Promise<JobAnswer> {
  try {
    const value = await evaluateJsonata(readExpression(job.source), givenOf(job));
    if (value === undefined) return { kind: 'nothing' };
    const text = JSON.stringify(value);
    // What it answers is read by the platform's own thread.
    if (text.length > LIMITS.expressionTextLength)
      return { kind: 'failed', code: undefined, text: 'The result of the expression is too large' };
    return { kind: 'value', text };
  } catch (error) {
    if (error instanceof EvaluationError && error.reason.kind === 'jsonata')
      return { kind: 'failed', code: error.reason.code, text: error.message };
    return { kind: 'bug', text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
