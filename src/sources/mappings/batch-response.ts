// Which records of a batch a function says that it could not handle. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

/**
 * The ids that failed, all of them among `ids`; undefined where what the function returned means that the whole batch failed: no JSON, no
 * object, a list that is none, an item without an identifier, or one that was not in the batch.
 */
export function failuresIn(payload: Uint8Array, ids: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (payload.byteLength === 0) return NONE;
  let response: unknown;
  try {
    response = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined; // A runtime of the user's own may answer with anything; AWS takes that for a failure.
  }
  if (response === null || response === '') return NONE;
  if (typeof response !== 'object' || Array.isArray(response)) return undefined;
  const items = (response as Readonly<Record<string, unknown>>)['batchItemFailures'];
  if (items === undefined || items === null) return NONE;
  if (!Array.isArray(items)) return undefined;
  const failed = new Set<string>();
  for (const item of items as readonly unknown[]) {
    const id = typeof item === 'object' && item !== null && 'itemIdentifier' in item ? item.itemIdentifier : undefined;
    if (typeof id !== 'string' || !ids.has(id)) return undefined;
    failed.add(id);
  }
  return failed;
}

const NONE: ReadonlySet<string> = new Set();
