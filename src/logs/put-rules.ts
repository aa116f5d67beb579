// What PutLogEvents accepts of a batch: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html

import { LIMITS } from '#kernel';
import { bytesOf } from './chunk-pieces.ts';
import { invalid, invalidMember } from './log-answers.ts';
import type { LogLine } from './log-event.ts';

/** Indexes into the batch, with AWS's meaning: `End` is the first that is not, `Start` the first that is. */
export interface RejectedEvents {
  readonly tooNewStart: number | undefined;
  readonly tooOldEnd: number | undefined;
  readonly expiredEnd: number | undefined;
}

export interface ScreenedBatch {
  readonly accepted: readonly LogLine[];
  readonly rejected: RejectedEvents;
}

const DAY_MS = 24 * 3_600_000;

/** Throws for a batch that breaks a rule as a whole; single events that are too old or too new are left out. */
export function screenBatch(lines: readonly LogLine[], nowMs: number, retentionInDays: number | undefined): ScreenedBatch {
  checkShape(lines);
  // In chronological order: each kind of rejected events is one end of the batch.
  const tooOldEnd = countBefore(lines, nowMs - LIMITS.logEventAgeMs);
  const expiredEnd = retentionInDays === undefined ? 0 : countBefore(lines, nowMs - retentionInDays * DAY_MS);
  const tooNewStart = countBefore(lines, nowMs + LIMITS.logEventFutureMs + 1);
  const accepted = lines.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart);
  const spanMs = (accepted.at(-1)?.timestampMs ?? 0) - (accepted[0]?.timestampMs ?? 0);
  if (spanMs > LIMITS.logBatchSpanMs)
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  return {
    accepted,
    rejected: {
      tooNewStart: tooNewStart < lines.length ? tooNewStart : undefined,
      tooOldEnd: tooOldEnd > 0 ? tooOldEnd : undefined,
      // Too old for everybody is not told twice.
      expiredEnd: expiredEnd > tooOldEnd ? expiredEnd : undefined,
    },
  };
}

function checkShape(lines: readonly LogLine[]): void {
  if (lines.length === 0) throw invalidMember('[]', 'logEvents', 'have length greater than or equal to 1');
  if (lines.length > LIMITS.logBatchEvents) {
    throw invalidMember(`${lines.length} events`, 'logEvents', `have length less than or equal to ${LIMITS.logBatchEvents}`);
  }
  let bytes = 0;
  let previousMs = 0;
  for (const [place, line] of lines.entries()) {
    const member = `logEvents.${place + 1}.member`;
    if (line.text === '') throw invalidMember('', `${member}.message`, 'have length greater than or equal to 1');
    if (!Number.isSafeInteger(line.timestampMs) || line.timestampMs < 0) {
      throw invalidMember(String(line.timestampMs), `${member}.timestamp`, 'have value greater than or equal to 0');
    }
    const eventBytes = bytesOf(line);
    if (eventBytes > LIMITS.logEventBytes)
      throw invalid(`Log event too large: ${eventBytes} bytes exceeds limit of ${LIMITS.logEventBytes}`);
    bytes += eventBytes;
    if (line.timestampMs < previousMs) throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
    previousMs = line.timestampMs;
  }
  if (bytes > LIMITS.logBatchBytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${LIMITS.logBatchBytes}`);
}

function countBefore(lines: readonly LogLine[], timestampMs: number): number {
  const place = lines.findIndex((line) => line.timestampMs >= timestampMs);
  return place === -1 ? lines.length : place;
}
