// One event of a history as a line in a log group, in Step Functions' form.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-format

import { LIMITS } from '#kernel';
import type { ExecutionFacts, HistoryEvent, Json, JsonObject } from '#workflows';

/** What went through the execution, as against what its definition says. */
const DATA: ReadonlySet<string> = new Set(['input', 'output', 'parameters', 'assignedVariables']);

export function logLine(facts: ExecutionFacts, event: HistoryEvent, includeExecutionData: boolean): string {
  return JSON.stringify({
    // Numbers are texts here, as AWS writes them.
    id: String(event.id),
    type: event.type,
    ...(event.details === undefined ? {} : { details: detailsOf(event.details.value, includeExecutionData) }),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timestampMs),
    execution_arn: facts.arn,
    ...(facts.executionType === 'STANDARD' ? { redrive_count: String(facts.redriveCount) } : {}),
  });
}

function detailsOf(details: JsonObject, includeExecutionData: boolean): JsonObject {
  const shown: [string, Json][] = [];
  for (const [name, value] of Object.entries(details)) {
    const data = name.endsWith('Details') ? name.slice(0, -'Details'.length) : name;
    if (!DATA.has(data)) shown.push([name, value]);
    else if (!includeExecutionData) continue;
    else if (name !== data) shown.push([name, { truncated: isTooLong(details[data]) }]);
    else if (!isTooLong(value)) shown.push([name, value]);
  }
  return Object.fromEntries(shown);
}

/** AWS leaves out what is longer as it stands in the line, and says that it was truncated. So a line is never cut, and is JSON. */
function isTooLong(value: Json | undefined): boolean {
  // A character of a text takes at most six.
  if (typeof value === 'string' && value.length * 6 <= LIMITS.executionLogDataBytes) return false;
  return Buffer.byteLength(JSON.stringify(value ?? '')) > LIMITS.executionLogDataBytes;
}
