// A runtime that the function brings: a program named bootstrap, served Lambda's Runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
'use strict';

const { RuntimeApi } = require('./runtime-api.cjs');
const { KIND } = require('./channel.cjs');
const { firstPresent, start } = require('./programs.cjs');

const ANSWERS = { returned: KIND.returned, threw: KIND.threw, tooLarge: KIND.tooLarge };

class BootstrapRuntime {
  api;

  #listener;
  #nonce;

  /** `listener`: ready(), initFailed(payload), answered(kind, members, payload), idle(), passUp(kind, head, payload) */
  constructor({ limits, listener }) {
    this.#listener = listener;
    this.api = new RuntimeApi(limits, {
      ready: () => listener.ready(),
      initFailed: (payload) => listener.initFailed(payload),
      answered: ({ kind, payload, bytes }) => listener.answered(ANSWERS[kind], bytes === undefined ? {} : { bytes }, payload),
      asksForNext: () => listener.idle(),
      streamBegun: (contentType) => listener.passUp(KIND.streamBegun, { nonce: this.#nonce, contentType }),
      streamChunk: (bytes) => listener.passUp(KIND.streamChunk, { nonce: this.#nonce }, bytes),
    });
  }

  /** Resolves with `{ child }` or `{ failure }`. */
  start({ head, environment, onLine }) {
    const candidates = [`${head.taskRoot}/bootstrap`, `${head.layerRoot}/bootstrap`];
    const program = firstPresent(candidates);
    if (program === undefined) return Promise.resolve({ failure: `Couldn't find valid bootstrap(s): [${candidates.join(' ')}]` });
    return start({ command: [program], environment, cwd: head.taskRoot, onLine });
  }

  invoke(head, payload) {
    this.#nonce = head.nonce;
    this.api.invoke(head, payload);
  }

  /** What the platform says besides. There is no code cache of a program. */
  passDown(kind, { nonce, bytes }) {
    if (kind === KIND.makeCodeCache) this.#listener.passUp(KIND.codeCache, { nonce });
    else if (nonce !== this.#nonce) return;
    else if (kind === KIND.streamCredit) this.api.credit(bytes);
    else if (kind === KIND.streamGone) this.api.clientGone();
  }
}

module.exports = { BootstrapRuntime };
