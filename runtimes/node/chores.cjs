// What a waiting sandbox does while nobody needs it, so that its first invocation finds everything done once before: built-in modules are
// loaded, and a function that does nothing goes all the way through files, compiler, both module loaders, console and channel.
// Measured, specialise and first invocation of a small function: 1.7 ms without rehearsals, 1.2 with them.
//
// Never: begins while a function is on its way, which after a launch on demand comes at once: the first chore waits a moment.
'use strict';

const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { closeSync, openSync } = require('node:fs');
const { NAMES } = require('./preload.cjs');
const { KIND, createFrameReader, encodeFrame } = require('./frames.cjs');

/** Somebody who waits for the launch has sent the function by then (measured: 1 to 3 ms). */
const REST_MS = 15;
const WARM_ROOT = path.join(__dirname, 'warm');
/** ES modules are never loaded twice, so each rehearsal has one of its own: odd ones stand alone, even ones need Node's own loader. */
const HANDLERS = ['index', 'module-1', 'module-2', 'index', 'module-3', 'module-4', 'index'].map((name) => `${name}.handler`);
/** Node has no public name for forgetting a module. */
const MODULE_CACHE = '_cache';

const PLACED = encodeFrame(KIND.placed, '{}');
const INVOCATION = encodeFrame(
  KIND.invoke,
  JSON.stringify({ nonce: '00', requestId: '00000000-0000-4000-8000-000000000000', arn: 'arn', deadlineMs: 0 }),
  Buffer.from('{"warm":[1,2,{"three":4}]}'),
);

/**
 * What the chores left behind goes back to the kernel (measured: 16.7 MiB become 14.5; an ordinary collection gives nothing back). V8 shows its
 * collector to contexts that are made while the flag is set, and the function's is older.
 */
function tidyUp() {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  const thoroughly = { type: 'major', execution: 'sync', flavor: 'last-resort' };
  collect(thoroughly);
  collect(thoroughly);
}

/**
 * `createDummy(channel, logFd)` makes a function that is like the real one; `isTaken` says that the real one has come. Returns
 * `underWay()`: a promise while a chore runs, which whatever comes meanwhile has to wait for.
 */
function beginChores({ createDummy, isTaken }) {
  const chores = NAMES.map((name) => () => require(name));
  for (const handler of HANDLERS) chores.push(() => rehearse(createDummy, handler));
  chores.push(tidyUp);
  let running;
  const next = () => {
    if (isTaken() || chores.length === 0) return;
    running = Promise.resolve(chores.shift()()).then(() => {
      running = undefined;
      // One a turn, so that a function that comes early does not wait for the rest.
      setImmediate(next);
    });
  };
  setTimeout(next, REST_MS).unref();
  return () => running;
}

/** Specialises and invokes a dummy, with a channel that leads nowhere. */
async function rehearse(createDummy, handler) {
  const sink = openSync('/dev/null', 'w');
  await new Promise((settled) => {
    const nowhere = {
      ref() {},
      unref() {},
      send: (kind) => (kind === KIND.initialised ? receive(INVOCATION) : settled()),
    };
    const dummy = createDummy(nowhere, sink);
    const reader = createFrameReader((kind, head, payload) => dummy.onFrame(kind, head, payload));
    const receive = (frame) => reader(frame, frame.byteLength);
    const head = {
      nonce: '00',
      handler,
      taskRoot: WARM_ROOT,
      environment: process.env,
      isEarly: true,
      memoryMiB: 128,
      constants: {},
    };
    receive(encodeFrame(KIND.specialise, JSON.stringify(head)));
    receive(PLACED);
  });
  closeSync(sink);
  delete Module[MODULE_CACHE][path.join(WARM_ROOT, 'index.cjs')];
}

module.exports = { beginChores };
