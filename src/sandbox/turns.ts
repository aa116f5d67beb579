// The two moments of the event loop that the hot path waits for, shared by all sandboxes, so that what happens in one turn is done in one go.
//
// Owns: what waits for these moments. There is one event loop in a process, and so there is one of these.

type Step = () => void;

let afterPoll: Step[] = [];
let atTurnEnd: Step[] = [];
/** Between a conclusion and the end of everything that it sets off. */
let isConcluding = false;

/**
 * Calls back after a complete poll of the event loop that begins after this call: what was in a pipe or socket by now has been read then.
 * The first `setImmediate` runs when the poll that is under way is over, the second after the next one.
 */
export function onceEverythingIsRead(step: Step): void {
  afterPoll.push(step);
  if (afterPoll.length > 1) return;
  setImmediate(() => {
    const steps = afterPoll;
    // Who comes from now on needs a poll that has not begun yet.
    afterPoll = [];
    setImmediate(() => {
      isConcluding = true;
      for (const one of steps) one();
      // The outcomes of all steps are acted on in the microtasks that follow; after the last of them:
      queueMicrotask(() => process.nextTick(() => (isConcluding = false)));
    });
  });
}

/** Calls back when the callbacks of this turn have run: once all sockets that were readable have been read, or all outcomes acted on. */
export function onceThisTurnEnds(step: Step): void {
  atTurnEnd.push(step);
  if (atTurnEnd.length > 1) return;
  // A `setImmediate` out of a `setImmediate` would wait for another poll.
  if (isConcluding) queueMicrotask(() => process.nextTick(endTurn));
  else setImmediate(endTurn);
}

function endTurn(): void {
  const steps = atTurnEnd;
  atTurnEnd = [];
  for (const step of steps) step();
}
