// The events that the platform has sent: which of them run, which wait, and what the process does when one has ended.
//
// Owns: the list of events in the order in which they came.
// Invariants:
//   I1 At most `atOnce` events run. The next one begins after the answer of the one before was written, and never inside its call stack.
//   I2 An event that waits can be taken back; one that has begun cannot. Who takes one back hears of it before the answer before it.
'use strict';

const p = require('./primordials.cjs');

/** From this on a run may have kept the event loop to itself, with a recall unread. */
const LONG_MS = 2;

/**
 * `begin(run)` calls the handler, `recalled(run)` confirms, `readNow()` reads what lies in the channel at this moment. A run is `{ nonce, head,
 * payload, … }`; the list is linked by hand, since methods of arrays can be replaced by user code.
 */
function createRuns({ begin, recalled, readNow }) {
  let first;
  let last;
  let count = 0;
  let running = 0;
  let isScheduled = false;
  let isStopped = false;
  let isHeld = false;
  const runs = {
    atOnce: 1,
    hold,
    release,
    add,
    takeBack,
    ended,
    stop,
    each,
    isEmpty: () => first === undefined,
    oldest: () => first,
  };
  return runs;

  /** Events may come while the handler is being loaded; none begins before `release`. */
  function hold() {
    isHeld = true;
  }

  function release() {
    isHeld = false;
    if (first !== undefined) schedule();
  }

  function add(head, payload) {
    const run = {
      head,
      payload,
      nonce: head.nonce,
      next: undefined,
      hasWaited: isHeld || count >= runs.atOnce,
      hasBegun: false,
      isSettled: false,
      beganMs: 0,
      ranUs: 0,
      idle: undefined,
      stream: undefined,
    };
    if (last === undefined) first = run;
    else last.next = run;
    last = run;
    count += 1;
    schedule();
  }

  /** In a microtask: outside of the reader, which may have more frames, and of the function that has just called back. */
  function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    p.queueMicrotask(beginDue);
  }

  function beginDue() {
    isScheduled = false;
    if (isHeld) return;
    for (let run = first; run !== undefined && running < runs.atOnce; run = run.next) {
      if (isStopped) return;
      if (run.hasBegun) continue;
      run.hasBegun = true;
      run.beganMs = p.monotonicMs();
      // The platform counts its time from now, so the function does too.
      if (run.hasWaited) run.head.deadlineMs = p.now() + run.head.timeoutMs;
      running += 1;
      begin(run);
    }
  }

  /** Whose turn has come, because an answer has left, counts as begun, also in the moment before it is: the platform counts so too. */
  function takeBack(nonce) {
    let place = 0;
    for (let run = first; run !== undefined; run = run.next) {
      place += 1;
      if (run.nonce !== nonce || run.hasBegun || place <= runs.atOnce) continue;
      remove(run);
      recalled(run);
      return;
    }
  }

  /** Called once for a run, before its answer is written. */
  function ended(run) {
    const ranMs = p.monotonicMs() - run.beganMs;
    run.ranUs = (ranMs * 1000) >>> 0;
    // While the next one's turn has not come.
    if (ranMs >= LONG_MS && first !== last) readNow();
    running -= 1;
    remove(run);
    if (first === undefined) return;
    schedule();
  }

  /** Nothing begins any more. */
  function stop() {
    isStopped = true;
  }

  function remove(run) {
    count -= 1;
    if (first === run) first = run.next;
    else {
      let before = first;
      while (before.next !== run) before = before.next;
      before.next = run.next;
      if (last === run) last = before;
    }
    if (first === undefined) last = undefined;
  }

  function each(visit) {
    for (let run = first; run !== undefined;) {
      const { next } = run;
      if (run.hasBegun) visit(run);
      run = next;
    }
  }
}

module.exports = { createRuns };
