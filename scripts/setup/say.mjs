// What setup prints: short lines on stderr, with the time that passes where something takes long.

/** @param {string} text */
export function say(text) {
  process.stderr.write(`mayfly: ${text}\n`);
}

/**
 * Shows that something long is going on: a counting line on a terminal, a line every 20 seconds in a log.
 *
 * @template Result
 * @param {string} what
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function during(what, work) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const live = process.stderr.isTTY;
  if (!live) say(`${what} …`);
  const ticks = setInterval(
    () => (live ? process.stderr.write(`\r\x1b[Kmayfly: ${what} … ${seconds()} s`) : say(`  still at it after ${seconds()} s`)),
    live ? 200 : 20_000,
  );
  try {
    const result = await work();
    if (live) process.stderr.write('\r\x1b[K');
    say(`${live ? `${what}: ` : '  '}done in ${seconds()} s`);
    return result;
  } catch (error) {
    if (live) process.stderr.write('\r\x1b[K');
    throw error;
  } finally {
    clearInterval(ticks);
  }
}

/** Setup cannot go on; the message says why and what to do, so no stack is shown. */
export class SetupFailed extends Error {}
