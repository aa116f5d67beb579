// A runtime that the function brings: a program named bootstrap, served Lambda's Runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
'use strict';

const { RuntimeApi } = require('./runtime-api.cjs');
const { KIND } = require('./channel.cjs');
const { firstPresent, start } = require('./programs.cjs');

const ANSWERS = { returned: KIND.returned, threw: KIND.threw, tooLarge: KIND.tooLarge };

class BootstrapRuntime {
  api;

  /** `listener`: ready(), initFailed(payload), answered(kind, members, payload), idle() */
  constructor({ maxResponseBytes, listener }) {
    this.api = new RuntimeApi(maxResponseBytes, {
      ready: () => listener.ready(),
      initFailed: (payload) => listener.initFailed(payload),
      answered: ({ kind, payload, bytes }) => listener.answered(ANSWERS[kind], bytes === undefined ? {} : { bytes }, payload),
      asksForNext: () => listener.idle(),
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
    this.api.invoke(head, payload);
  }
}

module.exports = { BootstrapRuntime };
