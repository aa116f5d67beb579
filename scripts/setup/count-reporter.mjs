// A reporter for node:test that writes one line: the counts of a whole run. The specification reporter prints the failures last,
// which pushes its own counts out of sight.

/** @param {AsyncIterable<{ type: string, data: { file?: string, counts?: Record<string, number>, duration_ms?: number } }>} events */
export async function* countReporter(events) {
  for await (const { type, data } of events) {
    // Each file has a summary of its own; the one without a file is that of the run.
    if (type !== 'test:summary' || data.file !== undefined) continue;
    const { tests, passed, failed, cancelled, skipped } = data.counts;
    yield `tests ${tests}, passed ${passed}, failed ${failed}, cancelled ${cancelled}, skipped ${skipped}, ${Math.round(data.duration_ms / 1000)} s`;
  }
}

// oxlint-disable-next-line import/no-default-export -- node:test takes a reporter's default export
export { countReporter as default };
